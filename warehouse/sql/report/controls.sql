-- One row per control and scope: two sums that must be equal, see docs/controls.md.
select control, scope, unit, "left", "right", is_balanced, detail from core.controls
