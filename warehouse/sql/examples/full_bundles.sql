-- Which bundles are nearly used up?
select customer_name, bundle_name_nl, period, covered_quantity, allowance, percentage
from report.bundle_usage
where subscription_id = '*' and percentage >= 80
order by percentage desc, pool_id
