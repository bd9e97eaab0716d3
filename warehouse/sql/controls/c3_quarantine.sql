-- C3, of quarantine: every line that came there is open, retried or dropped, by its newest decision, and no other line is;
-- every retried line that became a call is that call in the lake, every one that became a part is that part. Two rows per
-- feed with lines in quarantine, and a third when some became parts. Units: lines in quarantine, calls of retried lines,
-- parts of retried lines.
with parked as (
    select feed, file_id, line_number from quarantine group by all
),

newest as (
    select *
    from quarantine_decisions
    qualify row_number() over (partition by file_id, line_number order by decision_id desc) = 1
),

feeds as (
    select distinct feed, file_id from parked
),

undecided as (
    select feed, count(*) as lines, count(*) filter (state is null) as never
    from parked
    left join newest using (file_id, line_number)
    group by feed
),

decided as (
    select
        coalesce(feeds.feed, 'no feed') as feed,
        count(*) as decided,
        count(*) filter (newest.state = 'open') as still_open,
        count(*) filter (newest.state = 'dropped') as dropped,
        count(*) filter (newest.state = 'retried') as retried,
        count(*) filter (newest.became = 'call') as became_calls,
        count(stored.call_id) filter (newest.became = 'call') as calls_stored,
        count(*) filter (newest.became = 'part') as became_parts,
        count(parts.key) filter (newest.became = 'part') as parts_stored,
        count(*) filter (newest.became = 'duplicate') as became_duplicates,
        count(*) filter (newest.became = 'left_out') as left_out
    from newest
    left join feeds using (file_id)
    left join calls as stored
        on newest.call_id = stored.call_id
        and newest.file_id = stored.file_id
        and newest.line_number = stored.line_number
    left join call_parts as parts
        on newest.became = 'part'
        and newest.call_id = parts.feed || '/' || parts.key
        and newest.file_id = parts.file_id
        and newest.line_number = parts.line_number
    group by all
),

tied as (
    select feed, columns(* exclude (feed))::bigint
    from (
        select feed, coalesce(lines, 0) as lines, coalesce(never, 0) as never, coalesce(decided, 0) as decided,
            coalesce(still_open, 0) as still_open, coalesce(dropped, 0) as dropped, coalesce(retried, 0) as retried,
            coalesce(became_calls, 0) as became_calls, coalesce(calls_stored, 0) as calls_stored,
            coalesce(became_parts, 0) as became_parts, coalesce(parts_stored, 0) as parts_stored,
            coalesce(became_duplicates, 0) as became_duplicates, coalesce(left_out, 0) as left_out
        from undecided
        full join decided using (feed)
    )
)

select
    'C3' as control,
    feed as scope,
    unnest([
        {
            unit: 'lines in quarantine',
            "left": lines,
            "right": never + decided,
            detail: format('{} open, {} retried, {} dropped', never + still_open, retried, dropped)
        },
        {
            unit: 'calls of retried lines',
            "left": became_calls,
            "right": calls_stored,
            detail: format(
                '{} in the lake; {} retried lines were duplicates, {} are left out by the feed',
                calls_stored, became_duplicates, left_out
            )
        }
    ], recursive := true)
from tied
union all
select 'C3', feed, 'parts of retried lines', became_parts, parts_stored, format('{} in the lake', parts_stored)
from tied
where became_parts <> 0
