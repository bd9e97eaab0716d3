-- top_klanten(n := 10, maand := null)
-- De klanten met de meeste omzet in een maand van gebruik (2026-10); zonder maand: over alles. Bedragen zonder btw.
-- The customers with the highest charges in a month of use (2026-10); without a month: of all time. Without VAT.
select
    row_number() over (order by sum(charge_eur) desc, customer_id) as place,
    customer_id,
    customer_name,
    sum(calls)::bigint as calls,
    sum(charge_eur) as charge_eur
from mart.fct_rated_call
left join mart.dim_customer using (customer_id)
where is_billable and (maand is null or period = maand)
group by customer_id, customer_name
order by place
limit n
