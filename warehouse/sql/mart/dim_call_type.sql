-- One row per call type, also those that only a price list names. Key: call_type.
with named as (
    select call_type, name_nl, name_en from core.call_types
    union all
    select distinct call_type, call_type, call_type
    from core.rated_calls
    where call_type not in (select call_type from core.call_types)
)

select
    call_type,
    name_nl as call_type_nl,
    name_en as call_type_en,
    case
        when call_type in ('internal', 'received') then 'own'
        when call_type = 'international' then 'abroad'
        when call_type like 'roaming%' then 'roaming'
        when call_type like 'service%' or call_type like 'information%' then 'service'
        when call_type in ('sms', 'data') then 'mobile'
        else 'netherlands'
    end as call_type_group
from named
