-- Which destinations bring in most?
-- Voice of the last whole month. Seconds that a bundle paid for are in, so eur_per_minute is what a minute brings in on
-- average, not its price. Without VAT.
select
    destination,
    sum(calls)::bigint as calls,
    sum(seconds)::bigint as seconds,
    sum(charge_eur) as charge_eur,
    (sum(charge_eur) * 60 / nullif(sum(seconds), 0))::decimal(18, 4) as eur_per_minute
from mart.fct_rated_call
where service = 'voice' and direction = 'out' and is_billable and period = last_month()
group by destination
order by charge_eur desc, destination
limit 10
