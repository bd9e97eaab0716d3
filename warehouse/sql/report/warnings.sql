-- One row per warning that was decided: subject, period, level and the limit at that moment. Values in the unit of the
-- bundle (seconds, messages, bytes), for a cost limit in micro-euros.
select
    period,
    customer_id,
    customers.name as customer_name,
    kind,
    subject,
    level,
    limit_value,
    used_value,
    outcome,
    decided_on
from core.warnings
left join core.customers using (customer_id)
