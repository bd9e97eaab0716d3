-- Which numbers are paid for and not used?
-- Numbers that are with a subscription now and had no call, message or session since the last whole month began.
select dim_number.customer_id, customer_name, own_number, plan, valid_from_on
from mart.dim_number
left join mart.dim_customer using (customer_id)
where is_current and own_number not in (select own_number from mart.fct_rated_call where period >= last_month())
order by customer_id, own_number
