-- At what hours do people call?
-- Voice by local hour of answer, 0 to 23; a call counts in the hour in which it was answered.
select answered_hour, sum(calls)::bigint as calls, sum(seconds)::bigint as seconds
from mart.fct_rated_call
where service = 'voice' and is_billable
group by answered_hour
order by answered_hour
