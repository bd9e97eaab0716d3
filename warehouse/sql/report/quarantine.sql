-- One row per line of a raw file that could not become a call when it arrived, with what is wrong with it now and what
-- was decided about it: open (it waits), retried (read again after a fix) or dropped (by name, with a reason).
with newest as (
    select *
    from core.quarantine_decisions
    qualify row_number() over (partition by file_id, line_number order by decision_id desc) = 1
),

came as (
    select file_id, min(received_at) as received_at from core.source_files where status = 'accepted' group by file_id
)

select
    parked.feed,
    parked.file_name,
    parked.line_number,
    coalesce(newest.state, 'open') as state,
    coalesce(newest.reason, parked.reason) as reason,
    coalesce(newest.detail, parked.detail) as detail,
    parked.raw_line,
    newest.became,
    newest.call_id,
    newest.decided_by,
    newest.because,
    newest.decided_at,
    came.received_at,
    parked.file_id
from core.quarantine as parked
left join newest using (file_id, line_number)
left join came using (file_id)
