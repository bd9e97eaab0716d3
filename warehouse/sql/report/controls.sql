-- One row per control and scope: two sums that must be equal (kind balance), or a figure that should lie in its bounds
-- (kind alarm, which holds up nothing), see docs/controls.md.
select control, scope, unit, kind, "left", "right", is_balanced, detail from core.controls
