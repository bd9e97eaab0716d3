-- What did each customer use more or less than the month before?
-- The last whole month beside the one before it, by month of use, so that late calls count where they belong. Without VAT.
with months as (
    select
        customer_id,
        any_value(customer_name) as customer_name,
        coalesce(sum(charge_eur) filter (period < last_month()), 0) as before_eur,
        coalesce(sum(charge_eur) filter (period = last_month()), 0) as charge_eur
    from report.usage_total
    where period in (last_month(), strftime((last_month() || '-01')::date - interval 1 month, '%Y-%m'))
    group by customer_id
)

select
    *,
    charge_eur - before_eur as change_eur,
    (change_eur * 100 / nullif(before_eur, 0))::decimal(18, 1) as change_percent
from months
order by change_eur desc, customer_id
