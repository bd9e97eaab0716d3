-- Whose bundle is too small or too large?
-- Of the newest month with bundles. too small: something was used beyond it; too large: less than a quarter was used.
select customer_name, pool_id, bundle_name_nl, allowance, used, over, verdict
from bundle_fit((select max(period) from mart.fct_bundle_usage))
where verdict <> 'fits'
order by verdict desc, over desc, pool_id
