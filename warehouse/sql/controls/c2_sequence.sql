-- C2: no two accepted files of a feed have the same file number. One row per feed that numbers its files. Unit: files.
-- Gaps are told, not unbalanced: a missing file may still come, and its calls are counted nowhere else.
with numbered as (
    select feed, sequence, count(*) as times
    from source_files
    where status = 'accepted' and sequence is not null
    group by all
),

placed as (
    select *, lead(sequence) over (partition by feed order by sequence) as following
    from numbered
)

select
    'C2' as control,
    feed as scope,
    'files' as unit,
    sum(times)::bigint as "left",
    count(*) as "right",
    concat_ws(
        '; ',
        format('numbers {} to {}', min(sequence), max(sequence)),
        'missing ' || string_agg(
            case following - sequence
                when 2 then format('{}', sequence + 1)
                else format('{}-{}', sequence + 1, following - 1)
            end,
            ', ' order by sequence
        ) filter (following - sequence > 1),
        'repeated ' || string_agg(format('{}', sequence), ', ' order by sequence) filter (times > 1)
    ) as detail
from placed
group by feed
