-- Which alarms were raised at the last release? (no rows = none)
-- An alarm stops nothing: figures of a day are far from those of the same weekday, or something waits too long; docs/controls.md says which.
select scope, unit, "left" as found, "right" as expected, detail
from report.controls
where kind = 'alarm' and not is_balanced
