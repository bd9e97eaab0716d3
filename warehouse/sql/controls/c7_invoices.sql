-- C7: on each invoice the lines make the net amount, in each VAT category the lines make its base and the VAT is that
-- base times the rate, rounded once, half-up, and net and VAT make the total. Four rows per period, in cents and invoices.
with lines as (
    select invoice_number, sum(amount_cents)::bigint as lines_cents from invoice_lines group by all
),

-- what VAT must be: once per category over the sum of its lines, away from zero on a half
taxed as (
    select
        *,
        (sign(lines_cents) * ((abs(lines_cents)::hugeint * basis_points + 5000) // 10000))::bigint as due_cents
    from invoice_vat
),

vat as (
    select
        invoice_number,
        sum(net_cents)::bigint as bases_cents,
        sum(due_cents)::bigint as due_cents,
        count(*) filter (lines_cents <> net_cents or due_cents <> vat_cents) as wrong_categories
    from taxed
    group by all
),

per_invoice as (
    select
        period,
        invoice_number,
        coalesce(lines_cents, 0) as lines_cents,
        coalesce(due_cents, 0) as due_cents,
        coalesce(bases_cents, 0) as bases_cents,
        net_cents,
        vat_cents,
        gross_cents,
        coalesce(lines_cents, 0) = net_cents
        and coalesce(bases_cents, 0) = net_cents
        and coalesce(due_cents, 0) = vat_cents
        and coalesce(wrong_categories, 0) = 0
        and net_cents + vat_cents = gross_cents as is_right
    from invoices
    left join lines using (invoice_number)
    left join vat using (invoice_number)
),

per_period as (
    select
        period,
        count(*) as invoices,
        count(*) filter (is_right) as right_invoices,
        sum(lines_cents)::bigint as lines_cents,
        sum(due_cents)::bigint as due_cents,
        sum(net_cents)::bigint as net_cents,
        sum(vat_cents)::bigint as vat_cents,
        sum(gross_cents)::bigint as gross_cents,
        list(invoice_number order by invoice_number) filter (not is_right) as wrong
    from per_invoice
    group by period
)

select
    'C7' as control,
    period as scope,
    unnest([
        {unit: 'cents net', "left": lines_cents, "right": net_cents, detail: format('{} invoices', invoices)},
        {unit: 'cents VAT', "left": due_cents, "right": vat_cents, detail: 'once per category and rate'},
        {unit: 'cents total', "left": net_cents + vat_cents, "right": gross_cents, detail: 'net and VAT'},
        {
            unit: 'invoices that add up',
            "left": invoices,
            "right": right_invoices,
            detail: coalesce(
                format('wrong are {}', array_to_string(wrong[1:5], ', ')) || case when len(wrong) > 5 then ' …' else '' end,
                'lines, VAT and total of each'
            )
        }
    ], recursive := true)
from per_period
