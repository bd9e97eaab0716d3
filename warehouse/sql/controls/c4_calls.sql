-- C4: every call of a period is rated, free or unrated, exactly once, in its own billing period or a later one.
-- Purged calls count as they stood when they went: calls in, and rated calls out. Two rows per period of use. Units: calls (as many out as in), calls out once (each of them one time).
with wanted as (
    select period from periods
    union
    select period from rated_calls where billing_period in (select period from periods)
),

came_in as (
    select call_id, period from calls where period in (select period from wanted)
),

went_out as (
    select call_id, period, status from rated_calls
    where period in (select period from wanted) or call_id in (select call_id from came_in)
),

times_out as (
    select call_id, count(*) as times from went_out group by call_id
),

per_call as (
    select came_in.period, coalesce(times, 0) as times from came_in left join times_out using (call_id)
),

in_by_period as (
    select
        period,
        count(*) as calls,
        count(*) filter (times = 1) as once,
        count(*) filter (times = 0) as missing,
        count(*) filter (times > 1) as repeated
    from per_call
    group by period
),

out_by_period as (
    select
        period,
        count(*) filter (status = 'rated') as rated,
        count(*) filter (status = 'free') as free,
        count(*) filter (status = 'unrated') as unrated,
        count(*) filter (call_id not in (select call_id from came_in)) as strangers
    from went_out
    group by period
),

purged as (
    select
        usage_period as period,
        sum(stored_calls)::bigint as purged_in,
        sum(calls)::bigint as purged_out
    from purged_usage
    group by all
),

tied as (
    select
        period,
        coalesce(purged_in, 0) as purged_in,
        coalesce(purged_out, 0) as purged_out,
        coalesce(calls, 0) as calls,
        coalesce(once, 0) as once,
        coalesce(missing, 0) as missing,
        coalesce(repeated, 0) as repeated,
        coalesce(rated, 0) as rated,
        coalesce(free, 0) as free,
        coalesce(unrated, 0) as unrated,
        coalesce(strangers, 0) as strangers
    from wanted
    left join in_by_period using (period)
    left join out_by_period using (period)
    left join purged using (period)
)

select
    'C4' as control,
    period as scope,
    unnest([
        {
            unit: 'calls',
            "left": calls + purged_in,
            "right": rated + free + unrated + purged_out,
            detail: format('{} rated, {} free, {} unrated; {} not among the calls', rated, free, unrated, strangers)
                || if(purged_out = 0, '', format('; {} purged', purged_out))
        },
        {
            unit: 'calls out once',
            "left": calls + purged_in,
            "right": once + purged_out,
            detail: format('{} not rated at all, {} more than once', missing, repeated)
        }
    ], recursive := true)
from tied
