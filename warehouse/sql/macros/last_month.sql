-- last_month()
-- The last month that was over on the night's date, such as 2026-09: where period = last_month(). A value, not a table.
(select strftime(date_trunc('month', run_on) - interval 1 month, '%Y-%m') from meta.release)
