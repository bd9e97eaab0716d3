-- What is used abroad, in which country and zone?
-- Of all months; zone is that of the price list on the day itself. Nobody pays where a bundle or the zone covers it.
select
    zone,
    country,
    service,
    count(*) filter (is_answered) as calls,
    readable(sum(quantity), service) as used,
    sum(charge_eur) as charge_eur
from report.calls
where zone <> 'nl' and customer_id is not null
group by zone, country, service
order by charge_eur desc, zone, country, service
