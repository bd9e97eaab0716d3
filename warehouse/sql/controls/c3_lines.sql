-- C3: every line of an accepted file is framing, filtered, quarantined, duplicate, a call or a part of a call, and the
-- lake holds as many calls, quarantined lines and parts of the file as the register says.
-- Three rows per feed, and three for each single file of which one does not tie out. Units: lines, calls, quarantined lines.
-- Of a feed whose calls come in parts four more: parts; assembled calls (each has its parts in the lake); assembled
-- calls that are the sum of their parts (made anew here: from answer to hangup, or the sum of all use); and calls that were
-- dropped, which must be no call.
with accepted as (
    select * from source_files where status = 'accepted'
),

-- calls and parts of lines that were retried later are counted in c3_quarantine.sql
retried as (
    select distinct file_id, line_number from quarantine_decisions where became in ('call', 'part')
),

-- calls that parts of retried lines made whole belong to no file's own count
again as (
    select feed, sum(calls)::bigint as calls
    from assembled_again
    join accepted using (file_id)
    group by feed
),

stored as (
    select file_id, any_value(feed) as feed, count(*) as rows_stored
    from calls
    anti join retried using (file_id, line_number)
    group by file_id
),

parked as (
    select file_id, any_value(feed) as feed, count(*) as rows_parked from quarantine group by file_id
),

in_parts as (
    select file_id, any_value(feed) as feed, count(*) as parts_stored
    from call_parts
    anti join retried using (file_id, line_number)
    group by file_id
),

per_file as (
    select
        file_id,
        coalesce(accepted.feed, stored.feed, parked.feed, in_parts.feed, 'no feed') as feed,
        coalesce(file_name, 'not in the register') as file_name,
        coalesce(lines, 0) as lines,
        coalesce(framing_lines, 0) as framing,
        coalesce(filtered_lines, 0) as filtered,
        coalesce(quarantined_lines, 0) as quarantined,
        coalesce(duplicate_calls, 0) as duplicate,
        coalesce(accepted_calls, 0) as accepted,
        coalesce(part_lines, 0) as parts,
        coalesce(assembled_calls, 0) as assembled,
        coalesce(rows_stored, 0) as rows_stored,
        coalesce(rows_parked, 0) as rows_parked,
        coalesce(parts_stored, 0) as parts_stored
    from accepted
    full join stored using (file_id)
    full join parked using (file_id)
    full join in_parts using (file_id)
),

scoped as (
    select feed as scope, * exclude (feed, file_id, file_name) from per_file
    union all by name
    select format('{} {} {}', feed, file_name, left(file_id, 12)) as scope, * exclude (feed, file_id, file_name)
    from per_file
    where lines <> framing + filtered + quarantined + duplicate + accepted + parts
        or accepted + assembled <> rows_stored
        or quarantined <> rows_parked
        or parts <> parts_stored
),

summed as (
    select scope, count(*) as files, sum(columns(* exclude (scope)))::bigint from scoped group by scope
),

joined as (
    select
        parts.feed,
        parts.key,
        any_value(calls.quantity) as quantity,
        coalesce(
            (epoch_us(min(parts.happened_at) filter (role = 'hangup')) - epoch_us(min(parts.happened_at) filter (role = 'answer')))
            // 1_000_000,
            sum(parts.quantity)
        ) as quantity_of_parts
    from call_parts as parts
    inner join calls on calls.call_id = parts.feed || '/' || parts.key
    group by all
),

dropped as (
    select feed, key
    from part_decisions
    group by feed, key
    having arg_max(state, decision_id) = 'dropped'
),

-- a dropped call is not a call: nobody is billed for it
given_up as (
    select dropped.feed, count(*) as dropped, count(*) filter (calls.call_id is null) as apart
    from dropped
    left join calls on calls.call_id = dropped.feed || '/' || dropped.key
    group by dropped.feed
),

not_whole as (
    select feed, count(distinct key) as calls
    from call_parts
    anti join calls on calls.call_id = call_parts.feed || '/' || call_parts.key
    group by feed
),

by_feed as (
    select feed, count(*) as calls, count(*) filter (quantity = quantity_of_parts) as calls_equal from joined group by feed
)

select
    'C3' as control,
    scope,
    unnest([
        {
            unit: 'lines',
            "left": lines,
            "right": framing + filtered + quarantined + duplicate + accepted + parts,
            detail: format(
                '{} framing, {} filtered, {} quarantined, {} duplicate, {} accepted',
                framing, filtered, quarantined, duplicate, accepted
            ) || if(parts = 0, '', format(', {} parts of calls', parts))
        },
        {unit: 'calls', "left": accepted + assembled, "right": rows_stored, detail: format('{} in the lake', rows_stored)},
        {
            unit: 'quarantined lines',
            "left": quarantined,
            "right": rows_parked,
            detail: format('{} in the lake', rows_parked)
        }
    ], recursive := true)
from summed
union all
select
    'C3' as control,
    scope,
    unnest([
        {unit: 'parts of calls', "left": parts, "right": parts_stored, detail: format('{} in the lake', parts_stored)},
        {
            unit: 'assembled calls',
            "left": assembled + coalesce(again.calls, 0),
            "right": coalesce(by_feed.calls, 0),
            detail: format(
                '{} calls in the lake have parts, {} of them of retried lines',
                coalesce(by_feed.calls, 0), coalesce(again.calls, 0)
            )
        },
        {
            unit: 'assembled calls equal to their parts',
            "left": assembled + coalesce(again.calls, 0),
            "right": coalesce(calls_equal, 0),
            detail: format('{} are as long or as large as their parts', coalesce(calls_equal, 0))
        },
        {
            unit: 'dropped calls in parts',
            "left": coalesce(dropped, 0),
            "right": coalesce(apart, 0),
            detail: format(
                '{} of them are no call; {} calls in all are not whole', coalesce(apart, 0), coalesce(not_whole.calls, 0)
            )
        }
    ], recursive := true)
from summed
left join by_feed on by_feed.feed = scope
left join again on again.feed = scope
left join given_up on given_up.feed = scope
left join not_whole on not_whole.feed = scope
where (parts <> 0 or parts_stored <> 0 or assembled <> 0 or coalesce(again.calls, 0) <> 0 or by_feed.feed is not null)
    and scope in (select feed from per_file)
union all
select 'C3', scope, 'parts of calls', parts, parts_stored, format('{} in the lake', parts_stored)
from summed
where parts <> parts_stored and scope not in (select feed from per_file)
