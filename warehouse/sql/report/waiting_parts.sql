-- One row per call of which parts came and others are still missing: it is not billed until they come. Calls that
-- somebody dropped are not among them (core.part_decisions). `quantity` is of what came; empty for a call of which the answer or the hangup is missing.
select
    parts.feed,
    parts.key,
    any_value(parts.own_number) as own_number,
    any_value(parts.service) as service,
    count(*) as parts,
    min(parts.happened_at) as since_at,
    max(parts.happened_at) as newest_at,
    sum(parts.quantity)::bigint as quantity,
    case
        when bool_or(role = 'answer') then 'hangup'
        when bool_or(role = 'hangup') then 'answer'
        else 'last part'
    end as missing,
    arg_max(parts.file_id, parts.happened_at) as file_id
from core.call_parts as parts
anti join core.calls as calls on calls.call_id = parts.feed || '/' || parts.key
anti join (
    select feed, key
    from core.part_decisions
    group by feed, key
    having arg_max(state, decision_id) = 'dropped'
) as dropped on parts.feed = dropped.feed and parts.key = dropped.key
group by parts.feed, parts.key
