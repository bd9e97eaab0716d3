-- C10: calls of each feed and service on the last full day, against the median of the same weekday in the weeks before;
-- and each of the days before it on which they were too few, too many or none. Units: calls, messages, sessions.
-- A feed is judged once it has brought three such weekdays; weeks in which it brought none count as 0. Days whose calls
-- cannot have come yet by the feed's own settings are not judged, and feeds that nobody reads any more are not either.
with per_day as (
    select feed, service, timezone('Europe/Amsterdam', answered_at)::date as day, count(*) as calls
    from calls, limits
    where answered_at >= "on" - to_days((
            volume_weeks * 7 + volume_days + volume_lag_days + coalesce((select max(lag_days) from feeds), 0) + 2
        )::integer)
        and answered_at < "on" + interval 1 day
    group by all
),

kinds as (
    select feed, service, min(day) as since, greatest(any_value(volume_lag_days), coalesce(any_value(lag_days), 0)) as lag
    from per_day
    cross join limits
    left join feeds using (feed)
    where feeds.feed is not null or (select count(*) from feeds) = 0
    group by feed, service
),

judged as (
    select feed, service, since, limits.*, "on" - days_ago as day, days_ago = 1 + lag as is_last
    from (
        select kinds.*, unnest(generate_series(1 + lag, volume_days + lag))::integer as days_ago from kinds, limits
    ) as kinds, limits
),

weeks as (
    select judged.feed, judged.service, judged.day, coalesce(per_day.calls, 0) as calls
    from (select *, unnest(generate_series(1, volume_weeks))::integer as weeks_ago from judged) as judged
    left join per_day
        on judged.feed = per_day.feed
        and judged.service = per_day.service
        and per_day.day = judged.day - judged.weeks_ago * 7
    where judged.day - judged.weeks_ago * 7 >= judged.since
),

expected as (
    select feed, service, day, floor(median(calls))::bigint as expected, count(*) as weeks
    from weeks
    group by all
    having count(*) >= 3
),

compared as (
    select
        judged.*,
        coalesce(calls, 0) as calls,
        expected,
        weeks,
        case
            when coalesce(calls, 0) = 0 and expected > 0 and expected * 4 >= volume_least then 'none at all'
            when expected < volume_least then ''
            when calls * 100 < expected * volume_low_percent then format('less than {} %', volume_low_percent)
            when calls * 100 > expected * volume_high_percent then format('more than {} %', volume_high_percent)
            else ''
        end as verdict
    from judged
    join expected using (feed, service, day)
    left join per_day using (feed, service, day)
)

select
    'C10' as control,
    format('{} {}', feed, day) as scope,
    case service when 'voice' then 'calls' when 'sms' then 'messages' else 'sessions' end as unit,
    calls as "left",
    expected as "right",
    verdict = '' as is_balanced,
    format(
        '{}: {}, against {} as the median of the {} {}s before{}',
        dayname(day), calls, expected, weeks, dayname(day), case verdict when '' then '' else ': ' || verdict end
    ) as detail
from compared
where is_last or verdict <> ''
