-- One row per call that goes: billed by a month up to the variable `through`.
select distinct call_id
from rated_calls
where billing_period <= getvariable('through')
