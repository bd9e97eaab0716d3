-- What is waiting for a price or an owner?
select reason, own_number, other_number, count(*) as calls
from report.suspense
group by all
order by calls desc, own_number, other_number
