-- One row per line of a raw file that could not become a call, with the reason.
select feed, file_name, line_number, reason, detail, raw_line, file_id from core.quarantine
