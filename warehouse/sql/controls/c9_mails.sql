-- C9: every mail that was ever due is sent, refused, of unknown outcome, or waits. One row per kind of mail. Unit: mails.
-- A warning that was decided to be sent, and of which the outbox has no mail, is a mail that is missing.
select
    'C9' as control,
    kind as scope,
    'mails' as unit,
    count(*) as "left",
    count(*) filter (state in ('sent', 'refused', 'unknown', 'queued', 'sending')) as "right",
    format(
        '{} sent, {} refused, {} unknown, {} waiting',
        count(*) filter (state = 'sent'),
        count(*) filter (state = 'refused'),
        count(*) filter (state = 'unknown'),
        count(*) filter (state in ('queued', 'sending'))
    ) as detail
from mails
group by kind
