-- Which bundles are nearly used up?
-- The percentage is cut off, so 100.00 means used up; quantities are seconds, messages or bytes. Subscription * is
-- the bundle in total.
select customer_name, bundle_name_nl, period, covered_quantity, allowance, percentage
from report.bundle_usage
where subscription_id = '*' and percentage >= 80
order by percentage desc, pool_id
