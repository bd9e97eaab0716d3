-- Does everything tie out? (no rows = yes)
select * from report.controls where not is_balanced
