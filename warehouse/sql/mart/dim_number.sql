-- One row per own number and subscription it belongs or belonged to, as accounts state it now. Key: own_number and
-- subscription_id. Join facts to it with left join: a call of nobody has no row, and what accounts said before may differ.
with stretches as (
    select
        *,
        timezone('Europe/Amsterdam', valid_from_at)::date as from_on,
        timezone('Europe/Amsterdam', valid_until_at)::date as until_on
    from core.numbers
),

numbers as (
    select
        own_number,
        subscription_id,
        any_value(customer_id) as customer_id,
        any_value(product) as product,
        max_by(plan, valid_from_at) as plan,
        max_by(deck, valid_from_at) as entry_deck,
        min(from_on) as valid_from_on,
        case when count(*) = count(until_on) then max(until_on) end as valid_until_on
    from stretches
    group by own_number, subscription_id
)

select
    numbers.*,
    valid_from_on <= run_on and coalesce(valid_until_on > run_on, true) as is_current
from numbers
cross join meta.release
