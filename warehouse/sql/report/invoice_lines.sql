-- One row per line of an invoice. Amounts in euros without VAT; usage_eur is the exact sum that amount_eur rounds.
select
    invoice_number,
    period,
    customer_id,
    customers.name as customer_name,
    position,
    kind,
    usage_period,
    own_number,
    call_type,
    service,
    charge_kind,
    description,
    quantity,
    usage_micro_eur * 0.000001 as usage_eur,
    amount_cents * 0.01 as amount_eur
from core.invoice_lines
left join core.customers using (customer_id)
