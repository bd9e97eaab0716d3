-- C11: nothing waits longer than `[controls]` says: calls in suspense since their answer, lines in quarantine and refused
-- files since they came, calls that wait for a part since their newest one. Three rows, and a fourth where calls come in
-- parts; left is how many wait too long. Units: calls, lines, files.
with newest as (
    select *
    from quarantine_decisions
    qualify row_number() over (partition by file_id, line_number order by decision_id desc) = 1
),

arrivals as (
    select *, timezone('Europe/Amsterdam', received_at)::date as came_on from source_files
),

came as (
    select file_id, min(came_on) as came_on from arrivals where status = 'accepted' group by file_id
),

dropped as (
    select feed, key
    from part_decisions
    group by feed, key
    having arg_max(state, decision_id) = 'dropped'
),

in_parts as (
    select feed, key, max(timezone('Europe/Amsterdam', happened_at)::date) as newest_on
    from call_parts
    anti join dropped using (feed, key)
    anti join calls on calls.call_id = call_parts.feed || '/' || call_parts.key
    group by feed, key
),

waiting as (
    select 'suspense' as place, 'calls' as unit, timezone('Europe/Amsterdam', answered_at)::date as since,
        suspense_days as days
    from rated_calls, limits
    where status = 'unrated'
    union all
    select 'quarantine', 'lines', came_on, quarantine_days
    from quarantine
    cross join limits
    left join newest using (file_id, line_number)
    left join came using (file_id)
    where coalesce(newest.state, 'open') = 'open'
    union all
    select 'refused files', 'files', min(came_on), any_value(quarantine_days)
    from arrivals, limits
    where status = 'refused'
        and file_id not in (select file_id from arrivals where status <> 'refused')
        and coalesce(reason, '') not like 'purged\_period:%' escape '\'
        and file_id not in (select file_id from purged_files where is_raw_gone)
    group by file_id
    union all
    select 'calls in parts', 'calls', newest_on, quarantine_days
    from in_parts, limits
),

places as (
    select unnest([
        {place: 'suspense', unit: 'calls', days: suspense_days},
        {place: 'quarantine', unit: 'lines', days: quarantine_days},
        {place: 'refused files', unit: 'files', days: quarantine_days},
        {place: 'calls in parts', unit: 'calls', days: quarantine_days}
    ], recursive := true)
    from limits
),

counted as (
    select place, count(*) as total, count(*) filter (since < "on" - days::integer) as late, min(since) as oldest,
        count(*) filter (since is null) as of_unknown_age
    from waiting, limits
    group by place
)

select
    'C11' as control,
    places.place as scope,
    places.unit,
    coalesce(late, 0) as "left",
    0 as "right",
    coalesce(late, 0) = 0 as is_balanced,
    concat_ws(
        ', ',
        format('{} of {} {} wait for more than {} days', coalesce(late, 0), coalesce(total, 0), places.unit, places.days),
        format('the oldest since {}', oldest),
        case when of_unknown_age > 0 then format('{} since a day that was not noted', of_unknown_age) end
    ) as detail
from places
left join counted using (place)
where places.place <> 'calls in parts' or exists (select 1 from call_parts)
