-- What became of the lines that could not be read when they arrived?
-- open: nobody decided yet; retried: read again after a fix, and what it became then; dropped: given up by name, with a reason.
select feed, reason, state, became, count(*) as lines, min(received_at) as oldest
from report.quarantine
group by all
order by lines desc, feed, reason, state, became
