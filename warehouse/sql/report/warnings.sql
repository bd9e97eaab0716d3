-- One row per warning that was decided: subject, period, level, and the limit and what was used at that moment. Of a
-- bundle these are quantities (seconds, messages, bytes), of a cost limit euros; the other pair is empty.
select
    period,
    customer_id,
    customers.name as customer_name,
    kind,
    subject,
    level,
    case when kind = 'bundle' then limit_value end as limit_quantity,
    case when kind = 'bundle' then used_value end as used_quantity,
    case when kind <> 'bundle' then limit_value * 0.000001 end as limit_eur,
    case when kind <> 'bundle' then used_value * 0.000001 end as used_eur,
    outcome,
    decided_on
from core.warnings
left join core.customers using (customer_id)
