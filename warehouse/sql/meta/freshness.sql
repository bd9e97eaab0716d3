-- How far the figures reach: one row per feed of calls. Reads all stored calls, once, when asked.
select
    feed,
    count(*) as stored_calls,
    min(answered_at) as first_answered_at,
    max(answered_at) as last_answered_at,
    any_value(run_on) as run_on,
    any_value(run_on) - timezone('Europe/Amsterdam', max(answered_at))::date as days_behind
from core.calls
cross join meta.release
group by feed
