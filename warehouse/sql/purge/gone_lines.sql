-- One row per quarantined line that goes: a line that became a call or a part goes with that; any other is of the newest month of
-- its file's good calls, or, when there are none, of the month in which the file came (frame `arrivals`).
with newest as (
    select *
    from quarantine_decisions
    qualify row_number() over (partition by file_id, line_number order by decision_id desc) = 1
),

stays as (
    select call_id, 'call' as became from calls anti join gone_calls using (call_id)
    union all
    select distinct feed || '/' || key, 'part' from call_parts anti join gone_parts using (feed, key)
),

good as (
    select file_id, max(period) as month
    from (
        select file_id, period from calls
        union all
        select file_id, period from call_parts
    )
    where file_id in (select file_id from quarantine)
    group by file_id
)

select distinct quarantine.file_id, quarantine.line_number
from quarantine
left join newest using (file_id, line_number)
left join good using (file_id)
left join arrivals using (file_id)
where case
    when newest.became in ('call', 'part') then (newest.call_id, newest.became) not in (select (call_id, became) from stays)
    else coalesce(good.month, arrivals.month, '9999-12') <= getvariable('through')
end
