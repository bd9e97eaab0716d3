-- One row per line of an invoice. Amounts in euros without VAT; usage_eur is the exact sum that amount_eur rounds.
select
    lines.invoice_number,
    position,
    lines.period as billing_period,
    usage_period as period,
    issued_on,
    lines.customer_id,
    kind as line_kind,
    own_number,
    service,
    call_type,
    charge_kind,
    description as line_text,
    quantity,
    lines.usage_micro_eur * 0.000001 as usage_eur,
    amount_cents * 0.01 as amount_eur
from core.invoice_lines as lines
join core.invoices using (invoice_number)
