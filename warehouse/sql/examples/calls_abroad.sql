-- Which destinations cost most?
-- Only what is rated; seconds that a bundle paid for are in, with what they cost beside it. Without VAT.
select destination, count(*) as calls, sum(quantity)::bigint as seconds, sum(charge_eur) as charge_eur
from report.calls
where service = 'voice' and status = 'rated'
group by destination
order by charge_eur desc, destination
limit 10
