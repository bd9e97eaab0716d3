-- What is on the invoices: how much is for calls, how much for subscriptions?
-- Sums of invoice lines by the month of the invoice, in whole cents, without VAT.
select billing_period, line_kind, count(*) as lines, sum(amount_eur) as amount_eur
from mart.fct_invoice_line
group by all
order by all
