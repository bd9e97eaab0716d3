-- Which destinations cost most?
select destination, count(*) as calls, sum(quantity) as seconds, sum(charge_eur) as charge_eur
from report.calls
where service = 'voice' and status = 'rated'
group by destination
order by charge_eur desc, destination
limit 10
