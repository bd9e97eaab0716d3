-- What is waiting for a price or an owner?
-- These calls are on no invoice yet. reason says why: unknown_number needs an owner, no_price a price list row.
select reason, own_number, other_number, count(*) as calls
from report.suspense
group by all
order by calls desc, own_number, other_number
