-- Does everything tie out? (no rows = yes)
select * from report.controls where kind = 'balance' and not is_balanced
