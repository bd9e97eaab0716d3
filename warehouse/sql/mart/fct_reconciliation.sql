-- One row per control and scope of this release: two sums that must be equal, see docs/controls.md.
select
    release_id,
    run_on,
    control,
    scope,
    unit,
    "left" as came_in,
    "right" as came_out,
    "left" - "right" as difference,
    is_balanced,
    detail
from core.controls
cross join meta.release
where kind = 'balance'
