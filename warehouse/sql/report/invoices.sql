-- One row per invoice. Amounts in euros; usage_eur is exact, rounding_eur is what rounding each line to cents added.
select
    invoice_number,
    period,
    issued_on,
    customer_id,
    customers.name as customer_name,
    usage_micro_eur * 0.000001 as usage_eur,
    usage_cents * 0.01 as usage_rounded_eur,
    (usage_cents * 10000 - usage_micro_eur) * 0.000001 as rounding_eur,
    net_cents * 0.01 as net_eur,
    vat_cents * 0.01 as vat_eur,
    gross_cents * 0.01 as gross_eur
from core.invoices
left join core.customers using (customer_id)
