-- One row per rated call and billing period. Amounts in euros without VAT, empty while unrated; quantities in seconds
-- (voice), messages (sms) or bytes (data).
select
    billing_period,
    period,
    customer_id,
    customers.name as customer_name,
    subscription_id,
    product,
    own_number,
    other_number,
    direction,
    service,
    call_type,
    destination,
    answered_at,
    timezone('Europe/Amsterdam', answered_at)::date as answered_on,
    strftime(timezone('Europe/Amsterdam', answered_at), '%Y-%m-%d %H:%M:%S')
        || format(
            '+{:02d}:00', datediff('hour', timezone('UTC', answered_at), timezone('Europe/Amsterdam', answered_at))
        ) as answered_local,
    is_answered,
    quantity,
    in_bundle_quantity,
    billed_quantity,
    status,
    reason,
    connect_fee_micro_eur * 0.000001 as connect_fee_eur,
    charge_micro_eur * 0.000001 as charge_eur,
    information_charge_micro_eur * 0.000001 as information_charge_eur,
    country,
    zone,
    deck,
    prefix,
    band,
    call_id,
    feed,
    file_id,
    line_number,
    dialled
from core.rated_calls
left join core.customers using (customer_id)
