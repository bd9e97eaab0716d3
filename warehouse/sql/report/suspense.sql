-- One row per call that has no price yet, with the reason. It is not billed, and never free.
select
    billing_period,
    reason,
    customer_id,
    customer_name,
    own_number,
    other_number,
    dialled,
    direction,
    service,
    call_type,
    answered_at,
    answered_local,
    quantity,
    call_id,
    feed,
    file_id,
    line_number
from report.calls
where status = 'unrated'
