-- Does an invoice agree with its calls, number by number, call type by call type and kind of charge by kind of charge?
-- Each row is what a line of an invoice says and what its calls add up to; agrees is true in every row, or control C5
-- says which invoice to look at.
with lines as (
    select
        invoice_number,
        period,
        usage_period,
        customer_id,
        own_number,
        call_type,
        sum(usage_eur) as usage_eur,
        coalesce(sum(usage_eur) filter (charge_kind = 'information'), 0) as information_eur
    from report.invoice_lines
    where kind = 'usage'
    group by all
),
-- a number that moved to another product within the month has a row of use for each, and one line
usage as (
    select
        billing_period,
        period,
        customer_id,
        own_number,
        call_type,
        sum(charge_eur) as charge_eur,
        sum(information_charge_eur) as information_charge_eur
    from report.usage_by_number_and_call_type
    group by all
)
select
    lines.invoice_number,
    lines.own_number,
    lines.call_type,
    lines.usage_period,
    lines.usage_eur,
    usage.charge_eur,
    lines.information_eur,
    usage.information_charge_eur,
    lines.usage_eur = usage.charge_eur and lines.information_eur = usage.information_charge_eur as agrees
from lines
join usage
    on usage.billing_period = lines.period
    and usage.period = lines.usage_period
    and usage.customer_id = lines.customer_id
    and usage.own_number = lines.own_number
    and usage.call_type = lines.call_type
order by all
