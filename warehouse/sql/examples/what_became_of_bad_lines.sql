-- What became of the lines that could not be read when they arrived?
select feed, reason, state, became, count(*) as lines, min(received_at) as oldest
from report.quarantine
group by all
order by lines desc, feed, reason, state, became
