-- C12: a sample of the calls of months that are not closed, rated once more by other code, costs what is stored and is
-- called the same. Two rows per billing period. Units: calls of the sample, micro_eur of the sample.
with per_period as (
    select
        period,
        count(*) as calls,
        count(*) filter (is_same) as same,
        sum(stored_micro_eur)::bigint as stored,
        sum(again_micro_eur)::bigint as again,
        min_by(format('line {} of file {}', line_number, left(file_id, 12)), (file_id, line_number))
            filter (not is_same) as first_other
    from rated_again
    group by period
)

select
    'C12' as control,
    period as scope,
    unnest([
        {
            unit: 'calls of the sample',
            "left": calls,
            "right": same,
            detail: coalesce('the first that differs is ' || first_other, 'priced twice, by different code')
        },
        {
            unit: 'micro_eur of the sample',
            "left": stored,
            "right": again,
            detail: format('{} calls', calls)
        }
    ], recursive := true)
from per_period
