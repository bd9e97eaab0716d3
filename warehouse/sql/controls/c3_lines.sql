-- C3: every line of an accepted file is framing, filtered, quarantined, duplicate or a call, and the lake holds
-- as many calls and quarantined lines of the file as the register says.
-- Three rows per feed, and three for each single file of which one does not tie out. Units: lines, calls, quarantined lines.
with accepted as (
    select * from source_files where status = 'accepted'
),

-- calls of lines that were retried later are counted in c3_quarantine.sql
retried as (
    select distinct file_id, line_number from quarantine_decisions where became = 'call'
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

per_file as (
    select
        file_id,
        coalesce(accepted.feed, stored.feed, parked.feed, 'no feed') as feed,
        coalesce(file_name, 'not in the register') as file_name,
        coalesce(lines, 0) as lines,
        coalesce(framing_lines, 0) as framing,
        coalesce(filtered_lines, 0) as filtered,
        coalesce(quarantined_lines, 0) as quarantined,
        coalesce(duplicate_calls, 0) as duplicate,
        coalesce(accepted_calls, 0) as accepted,
        coalesce(rows_stored, 0) as rows_stored,
        coalesce(rows_parked, 0) as rows_parked
    from accepted
    full join stored using (file_id)
    full join parked using (file_id)
),

scoped as (
    select feed as scope, * exclude (feed, file_id, file_name) from per_file
    union all by name
    select format('{} {} {}', feed, file_name, left(file_id, 12)) as scope, * exclude (feed, file_id, file_name)
    from per_file
    where lines <> framing + filtered + quarantined + duplicate + accepted
        or accepted <> rows_stored
        or quarantined <> rows_parked
),

summed as (
    select scope, count(*) as files, sum(columns(* exclude (scope)))::bigint from scoped group by scope
)

select
    'C3' as control,
    scope,
    unnest([
        {
            unit: 'lines',
            "left": lines,
            "right": framing + filtered + quarantined + duplicate + accepted,
            detail: format(
                '{} framing, {} filtered, {} quarantined, {} duplicate, {} accepted',
                framing, filtered, quarantined, duplicate, accepted
            )
        },
        {unit: 'calls', "left": accepted, "right": rows_stored, detail: format('{} in the lake', rows_stored)},
        {
            unit: 'quarantined lines',
            "left": quarantined,
            "right": rows_parked,
            detail: format('{} in the lake', rows_parked)
        }
    ], recursive := true)
from summed
