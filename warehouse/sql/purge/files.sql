-- One row per raw file of which calls, parts or quarantined lines go, with how many of each (PurgedFile but for the raw copy).
with newest as (
    select *
    from quarantine_decisions
    qualify row_number() over (partition by file_id, line_number order by decision_id desc) = 1
),

retried as (
    select distinct file_id, line_number from quarantine_decisions where became in ('call', 'part')
),

gone as (
    select calls.* from calls semi join gone_calls using (call_id)
),

of_calls as (
    select
        gone.file_id,
        any_value(gone.feed) as feed,
        count(*) filter (retried.line_number is null) as calls,
        count(*) filter (newest.became = 'call') as retried_calls
    from gone
    left join retried using (file_id, line_number)
    left join newest
        on newest.call_id = gone.call_id and newest.file_id = gone.file_id and newest.line_number = gone.line_number
    group by gone.file_id
),

parts as (
    select call_parts.* from call_parts semi join gone_parts using (feed, key)
),

of_parts as (
    select
        parts.file_id,
        any_value(parts.feed) as feed,
        count(*) filter (retried.line_number is null) as parts,
        count(*) filter (newest.became = 'part') as retried_parts
    from parts
    left join retried using (file_id, line_number)
    left join newest
        on newest.call_id = parts.feed || '/' || parts.key
        and newest.file_id = parts.file_id
        and newest.line_number = parts.line_number
    group by parts.file_id
),

-- as control C3 makes an assembled call anew
joined as (
    select
        gone.file_id,
        gone.call_id,
        any_value(gone.quantity) = coalesce(
            (
                epoch_us(min(parts.happened_at) filter (parts.role = 'hangup'))
                - epoch_us(min(parts.happened_at) filter (parts.role = 'answer'))
            ) // 1_000_000,
            sum(parts.quantity)
        ) as is_equal
    from parts
    inner join gone on gone.call_id = parts.feed || '/' || parts.key
    group by all
),

of_joined as (
    select file_id, count(*) as assembled_calls, count(*) filter (is_equal) as assembled_equal from joined group by file_id
),

lines as (
    select
        quarantine.file_id,
        quarantine.line_number,
        any_value(quarantine.feed) as feed,
        count(*) as line_rows,
        any_value(newest.state) as state,
        any_value(newest.became) as became
    from quarantine
    semi join gone_lines using (file_id, line_number)
    left join newest using (file_id, line_number)
    group by all
),

of_lines as (
    select
        file_id,
        any_value(feed) as feed,
        sum(line_rows)::bigint as quarantined_rows,
        count(*) filter (state is null) as never_decided,
        count(*) filter (state = 'open') as still_open,
        count(*) filter (state = 'dropped') as dropped,
        count(*) filter (became = 'call') as became_call,
        count(*) filter (became = 'part') as became_part,
        count(*) filter (became = 'duplicate') as became_duplicate,
        count(*) filter (became = 'left_out') as left_out
    from lines
    group by file_id
)

select
    file_id,
    coalesce(of_calls.feed, of_parts.feed, of_lines.feed) as feed,
    coalesce(calls, 0) as calls,
    coalesce(retried_calls, 0) as retried_calls,
    coalesce(parts, 0) as parts,
    coalesce(retried_parts, 0) as retried_parts,
    coalesce(assembled_calls, 0) as assembled_calls,
    coalesce(assembled_equal, 0) as assembled_equal,
    coalesce(quarantined_rows, 0) as quarantined_rows,
    coalesce(never_decided, 0) as never_decided,
    coalesce(still_open, 0) as still_open,
    coalesce(dropped, 0) as dropped,
    coalesce(became_call, 0) as became_call,
    coalesce(became_part, 0) as became_part,
    coalesce(became_duplicate, 0) as became_duplicate,
    coalesce(left_out, 0) as left_out
from of_calls
full join of_parts using (file_id)
full join of_lines using (file_id)
left join of_joined using (file_id)
order by file_id
