-- top_customers(n := 10, month := null)
-- The same as top_klanten: the customers with the highest charges in a month of use, or of all time. Without VAT.
from top_klanten(n := n, maand := month)
