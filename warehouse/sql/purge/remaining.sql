-- One row per raw file of which something stays: a call, a part or a quarantined line.
select distinct file_id from calls anti join gone_calls using (call_id)
union
select distinct file_id from call_parts anti join gone_parts using (feed, key)
union
select distinct file_id from quarantine anti join gone_lines using (file_id, line_number)
order by file_id
