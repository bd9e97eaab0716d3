-- One row per local date, from 2015 to the end of the year after the night's. Key: date_on. Dutch holidays are those of the
-- Algemene termijnenwet (article 3, Good Friday and 5 May with them) and Easter and Whit Sunday.
with years as (
    -- Gauss's Easter, right from 1900 to 2099
    select
        y::int as y,
        (19 * (y % 19) + 24) % 30 as d,
        (2 * (y % 4) + 4 * (y % 7) + 6 * ((19 * (y % 19) + 24) % 30) + 5) % 7 as e
    from (select unnest(range(2015, (select year(run_on) + 2 from meta.release))) as y)
),

easters as (
    select
        y,
        make_date(y, 3, 22) + (d + e - case when e = 6 and (d = 29 or (d = 28 and y % 19 > 10)) then 7 else 0 end)::int
            as easter,
        make_date(y, 4, 27) as kings_day
    from years
),

holidays as (
    select unnest([
        {date_on: make_date(y, 1, 1), nl: 'Nieuwjaarsdag', en: 'New Year''s Day'},
        {date_on: easter - 2, nl: 'Goede Vrijdag', en: 'Good Friday'},
        {date_on: easter, nl: 'Eerste Paasdag', en: 'Easter Sunday'},
        {date_on: easter + 1, nl: 'Tweede Paasdag', en: 'Easter Monday'},
        {
            date_on: kings_day - case when isodow(kings_day) = 7 then 1 else 0 end,
            nl: 'Koningsdag',
            en: 'King''s Day'
        },
        {date_on: make_date(y, 5, 5), nl: 'Bevrijdingsdag', en: 'Liberation Day'},
        {date_on: easter + 39, nl: 'Hemelvaartsdag', en: 'Ascension Day'},
        {date_on: easter + 49, nl: 'Eerste Pinksterdag', en: 'Whit Sunday'},
        {date_on: easter + 50, nl: 'Tweede Pinksterdag', en: 'Whit Monday'},
        {date_on: make_date(y, 12, 25), nl: 'Eerste Kerstdag', en: 'Christmas Day'},
        {date_on: make_date(y, 12, 26), nl: 'Tweede Kerstdag', en: 'Boxing Day'}
    ], recursive := true)
    from easters
),

-- Ascension Day can fall on 5 May
named as (
    select date_on, string_agg(nl, ', ' order by nl) as nl, string_agg(en, ', ' order by en) as en
    from holidays
    group by date_on
),

dates as (
    select unnest(range(make_date(2015, 1, 1), (select make_date(max(y) + 1, 1, 1) from years), interval 1 day))::date
        as date_on
)

select
    date_on,
    year(date_on)::int as year,
    format('{}-Q{}', year(date_on), quarter(date_on)) as quarter,
    strftime(date_on, '%Y-%m') as month,
    ['januari', 'februari', 'maart', 'april', 'mei', 'juni', 'juli', 'augustus', 'september', 'oktober', 'november',
        'december'][month(date_on)] as month_nl,
    strftime(date_on, '%B') as month_en,
    strftime(date_on, '%G-W%V') as iso_week,
    isodow(date_on)::int as weekday,
    ['maandag', 'dinsdag', 'woensdag', 'donderdag', 'vrijdag', 'zaterdag', 'zondag'][isodow(date_on)] as weekday_nl,
    dayname(date_on) as weekday_en,
    isodow(date_on) >= 6 as is_weekend,
    named.date_on is not null as is_holiday,
    named.nl as holiday_nl,
    named.en as holiday_en,
    isodow(date_on) < 6 and named.date_on is null as is_working_day,
    datediff(
        'hour',
        timezone('Europe/Amsterdam', date_on::timestamp),
        timezone('Europe/Amsterdam', (date_on + 1)::timestamp)
    )::int as hours_in_day
from dates
left join named using (date_on)
