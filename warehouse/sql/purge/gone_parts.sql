-- One row per call whose parts go: those of calls that go, and what waited in vain for a part, all of it up to `through`.
with per_call as (
    select feed, key, feed || '/' || key as call_id, max(period) as newest
    from call_parts
    group by all
)

select feed, key
from per_call
where call_id in (select call_id from gone_calls)
    or (newest <= getvariable('through') and call_id not in (select call_id from calls))
