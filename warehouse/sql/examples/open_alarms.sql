-- Which alarms were raised at the last release? (no rows = none)
select scope, unit, "left" as found, "right" as expected, detail
from report.controls
where kind = 'alarm' and not is_balanced
