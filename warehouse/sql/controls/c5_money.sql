-- C5: what was rated is invoiced or still unbilled, to the micro-euro, and rounding to cents is no more than its lines allow.
-- One row per billing period, and one for each single invoice that does not tie out. Units: micro_eur, micro_eur of rounding.
with per_customer as (
    select
        billing_period as period,
        customer_id,
        coalesce(sum(charge_micro_eur), 0)::bigint as rated,
        count(distinct (period, own_number, service, call_type)) as most_lines
    from rated_calls
    where billing_period in (select period from periods)
    group by all
),

per_invoice as (
    select period, customer_id, min(invoice_number) as invoice_number, sum(usage_micro_eur)::bigint as invoiced,
        sum(usage_cents * 10000 - usage_micro_eur)::bigint as rounding
    from invoices
    where period in (select period from periods)
    group by all
),

tied as (
    select
        period,
        customer_id,
        invoice_number,
        coalesce(rated, 0) as rated,
        coalesce(most_lines, 0) * 5000 as most_rounding, -- half a cent per line
        coalesce(invoiced, 0) as invoiced,
        coalesce(rounding, 0) as rounding
    from per_customer
    full join per_invoice using (period, customer_id)
),

per_period as (
    select
        period,
        coalesce(sum(rated), 0)::bigint as rated,
        coalesce(sum(invoiced), 0)::bigint as invoiced,
        coalesce(sum(rated) filter (invoice_number is null), 0)::bigint as unbilled,
        coalesce(sum(rounding), 0)::bigint as rounding,
        count(invoice_number) as invoices
    from periods
    left join tied using (period)
    group by period
)

select
    'C5' as control,
    period as scope,
    'micro_eur' as unit,
    rated as "left",
    invoiced + unbilled as "right",
    format('{} invoiced, {} unbilled; {} invoices, on which rounding to cents adds {}', invoiced, unbilled, invoices, rounding)
        as detail
from per_period
union all
select
    'C5', format('{} invoice {}', period, invoice_number), 'micro_eur', rated, invoiced,
    format('customer {}: {} rated, {} invoiced', customer_id, rated, invoiced)
from tied
where invoice_number is not null and rated <> invoiced
union all
select
    'C5', format('{} invoice {}', period, invoice_number), 'micro_eur of rounding', rounding,
    greatest(least(rounding, most_rounding), -most_rounding),
    format('customer {}: at most {} by half a cent per line', customer_id, most_rounding)
from tied
where invoice_number is not null and abs(rounding) > most_rounding
