-- On which days is most called?
select answered_on, sum(calls) as calls, sum(seconds) as seconds, sum(charge_eur) as charge_eur
from report.usage_by_day
group by answered_on
order by calls desc, answered_on
limit 10
