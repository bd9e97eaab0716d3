-- One row per customer: who is billed. Key: customer_id.
select
    customer_id,
    name as customer_name,
    city,
    language,
    delivery,
    vat_regime
from core.customers
