-- How fresh are the figures?
-- One row per feed: the last call stored, and how many days it lies before the night. 0 or 1 is usual.
select feed, stored_calls, last_answered_at, run_on, days_behind from meta.freshness order by feed
