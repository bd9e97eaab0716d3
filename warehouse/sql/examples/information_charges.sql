-- What did service numbers cost, and how much of it is for their holders?
-- information_eur goes to the holders of the numbers, call_eur is for the call itself; together they are the price.
select
    destination,
    count(*) as calls,
    sum(charge_eur - information_charge_eur) as call_eur,
    sum(information_charge_eur) as information_eur
from report.calls
where information_charge_eur > 0
group by destination
order by information_eur desc, destination
