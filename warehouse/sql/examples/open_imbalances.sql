-- Does everything tie out? (no rows = yes)
-- No row means that every control ties out, which a release must; see docs/controls.md for what each compares.
select * from report.controls where kind = 'balance' and not is_balanced
