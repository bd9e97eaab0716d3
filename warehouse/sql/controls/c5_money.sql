-- C5: what was rated is invoiced or still unbilled, to the micro-euro, in total and per kind of charge; and each usage line of
-- an invoice is the sum of its calls, rounded once: per period of use, number, service, call type and kind of charge.
-- Purged calls count as the sums that stayed of them. Four rows per billing period, and one for each single invoice that does not tie out.
-- Units: micro_eur, micro_eur of information, cents, invoice lines.
with charged as (
    select
        billing_period as period,
        customer_id,
        period as usage_period,
        own_number,
        service,
        call_type,
        sum(charge_micro_eur)::bigint as charge,
        sum(information_charge_micro_eur)::bigint as information
    from rated_calls
    where billing_period in (select period from periods)
        and status <> 'unrated'
        and reason is distinct from 'written_off'
    group by all
    union all
    select
        billing_period,
        customer_id,
        usage_period,
        own_number,
        service,
        call_type,
        charge_micro_eur,
        information_charge_micro_eur
    from purged_usage
    where billing_period in (select period from periods)
        and status <> 'unrated'
        and reason is distinct from 'written_off'
),

rated as (
    select * exclude (charge, information), sum(charge)::bigint as charge, sum(information)::bigint as information
    from charged
    group by all
),

per_customer as (
    select period, customer_id, sum(charge)::bigint as charge, sum(information)::bigint as information
    from rated
    group by all
),

-- what invoices must say: a line for each use, and one for its information charge when there is any
due as (
    select * exclude (charge, information), 'call' as charge_kind, charge - information as micro_eur from rated
    union all
    select * exclude (charge, information), 'information', information from rated where information <> 0
),

-- one row per customer, so that a customer who is invoiced twice has more on invoices than was rated
billed as (
    select
        period, customer_id, min(invoice_number) as invoice_number, sum(usage_micro_eur)::bigint as invoiced,
        sum(usage_cents)::bigint as cents_said
    from invoices
    where period in (select period from periods)
    group by all
),

due_lines as (
    select due.*, (micro_eur + 5000) // 10000 as cents -- half-up: charges are never below 0
    from due
    semi join billed using (period, customer_id)
),

-- what they say
said_lines as (
    select
        period, customer_id, usage_period, own_number, service, call_type, charge_kind,
        sum(usage_micro_eur)::bigint as said_micro_eur,
        sum(amount_cents)::bigint as said_cents,
        count(*) as lines
    from invoice_lines
    where kind = 'usage' and period in (select period from periods)
    group by all
),

lines_compared as (
    select
        *,
        case
            when lines is null then 'missing'
            when micro_eur is null then 'without calls'
            when said_micro_eur <> micro_eur or said_cents <> cents or lines > 1 then 'of another amount'
            else 'right'
        end as verdict
    from due_lines
    full join said_lines using (period, customer_id, usage_period, own_number, service, call_type, charge_kind)
),

lines_per_customer as (
    select
        period,
        customer_id,
        count(*) as lines,
        count(*) filter (verdict = 'right') as right_lines,
        count(*) filter (verdict = 'missing') as missing,
        count(*) filter (verdict = 'without calls') as without_calls,
        count(*) filter (verdict = 'of another amount') as other_amount,
        coalesce(sum(said_micro_eur) filter (charge_kind = 'information'), 0)::bigint as information,
        coalesce(sum(cents), 0)::bigint as cents
    from lines_compared
    group by all
),

per_invoice as (
    select
        billed.*,
        coalesce(information, 0) as information_invoiced,
        coalesce(cents, 0) as cents_due,
        coalesce(lines, 0) as lines,
        coalesce(right_lines, 0) as right_lines,
        coalesce(missing, 0) as missing,
        coalesce(without_calls, 0) as without_calls,
        coalesce(other_amount, 0) as other_amount
    from billed
    left join lines_per_customer using (period, customer_id)
),

tied as (
    select
        period,
        customer_id,
        coalesce(charge, 0) as rated,
        coalesce(per_customer.information, 0) as information_rated,
        per_invoice.* exclude (period, customer_id)
    from per_customer
    full join per_invoice using (period, customer_id)
),

per_period as (
    select
        period,
        coalesce(sum(rated), 0)::bigint as rated,
        coalesce(sum(invoiced), 0)::bigint as invoiced,
        coalesce(sum(rated) filter (invoice_number is null), 0)::bigint as unbilled,
        coalesce(sum(information_rated), 0)::bigint as information_rated,
        coalesce(sum(information_invoiced), 0)::bigint as information_invoiced,
        coalesce(sum(information_rated) filter (invoice_number is null), 0)::bigint as information_unbilled,
        coalesce(sum(cents_due), 0)::bigint as cents_due,
        coalesce(sum(cents_said), 0)::bigint as cents_said,
        coalesce(sum(lines), 0)::bigint as lines,
        coalesce(sum(right_lines), 0)::bigint as right_lines,
        coalesce(sum(missing), 0)::bigint as missing,
        coalesce(sum(without_calls), 0)::bigint as without_calls,
        coalesce(sum(other_amount), 0)::bigint as other_amount,
        count(invoice_number) as invoices
    from periods
    left join tied using (period)
    group by period
)

select
    'C5' as control,
    period as scope,
    unnest([
        {
            unit: 'micro_eur',
            "left": rated,
            "right": invoiced + unbilled,
            detail: format(
                '{} invoiced, {} unbilled; {} invoices, on which rounding to cents adds {}',
                invoiced, unbilled, invoices, cents_said * 10000 - invoiced
            )
        },
        {
            unit: 'micro_eur of information',
            "left": information_rated,
            "right": information_invoiced + information_unbilled,
            detail: format('{} invoiced, {} unbilled', information_invoiced, information_unbilled)
        },
        {
            unit: 'cents',
            "left": cents_due,
            "right": cents_said,
            detail: format('{} on {} invoices; each line rounded once, half-up', cents_said, invoices)
        },
        {
            unit: 'invoice lines',
            "left": lines,
            "right": right_lines,
            detail: format(
                '{} missing, {} without calls, {} of another amount', missing, without_calls, other_amount
            )
        }
    ], recursive := true)
from per_period
union all
select
    'C5', format('{} invoice {}', period, invoice_number), 'micro_eur', rated, invoiced,
    format('customer {}: {} rated, {} invoiced', customer_id, rated, invoiced)
from tied
where invoice_number is not null and rated <> invoiced
union all
select
    'C5', format('{} invoice {}', period, invoice_number), 'invoice lines', lines, right_lines,
    format(
        'customer {}: {} missing, {} without calls, {} of another amount',
        customer_id, missing, without_calls, other_amount
    )
from tied
where invoice_number is not null and lines <> right_lines
union all
select
    'C5', format('{} invoice {}', period, invoice_number), 'cents', cents_due, cents_said,
    format('customer {}: {} by its calls, {} on the invoice', customer_id, cents_due, cents_said)
from tied
where invoice_number is not null and cents_due <> cents_said
