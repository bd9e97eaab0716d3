-- C8: the numbers of each series run 1, 2, 3 … without a gap, each once, and the PDF of each stands in the archive as it
-- was made. Two rows per series. Units: numbers, PDFs. The hashes of older PDFs are checked by `belnota verify`.
with placed as (
    select *, lag(sequence, 1, 0) over (partition by series order by sequence) as before
    from invoice_numbers
),

per_series as (
    select
        series,
        max(sequence) as last,
        count(distinct sequence) filter (sequence > 0) as given,
        string_agg(
            case sequence - before when 2 then format('{}', sequence - 1) else format('{}-{}', before + 1, sequence - 1) end,
            ', ' order by sequence
        ) filter (sequence - before > 1) as missing,
        count(*) as numbers,
        count(*) filter (fault = '') as whole,
        min(format('{}: {}', invoice_number, fault)) filter (fault <> '') as first_fault
    from placed
    group by series
)

select
    'C8' as control,
    format('series {}', series) as scope,
    unnest([
        {
            unit: 'numbers',
            "left": last,
            "right": given,
            detail: coalesce('missing ' || missing, format('1 to {}', last))
        },
        {
            unit: 'PDFs',
            "left": numbers,
            "right": whole,
            detail: coalesce('first of them ' || first_fault, 'each in the archive')
        }
    ], recursive := true)
from per_series
