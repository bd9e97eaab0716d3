-- How many attempts are answered, and how long do people talk (ASR and ACD)?
-- Voice of the last whole month. A source that writes only answered calls, as carriers do, stands at 100 percent: that
-- says nothing about its network. average_seconds is over answered calls.
select
    feed,
    direction,
    count(*) as attempts,
    sum(calls)::bigint as answered,
    (sum(calls) * 100 / count(*))::decimal(5, 1) as answered_percent,
    (sum(seconds) / nullif(sum(calls), 0))::bigint as average_seconds
from mart.fct_rated_call
where service = 'voice' and period = last_month()
group by all
order by feed, direction
