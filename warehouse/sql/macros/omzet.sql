-- omzet(van, tot)
-- Omzet per klant van wat gebeld is vanaf de lokale dag van tot (niet tot en met) de dag tot, zonder btw.
-- Revenue per customer of what was used from one local day until another (that one not included), without VAT.
select
    customer_id,
    customer_name,
    sum(calls)::bigint as calls,
    sum(seconds)::bigint as seconds,
    sum(information_charge_eur) as information_charge_eur,
    sum(charge_eur) as charge_eur
from mart.fct_rated_call
left join mart.dim_customer using (customer_id)
where is_billable
    and answered_at >= timezone('Europe/Amsterdam', van::date::timestamp)
    and answered_at < timezone('Europe/Amsterdam', tot::date::timestamp)
group by all
order by charge_eur desc, customer_id
