"""Warnings and mail: decide (pure), remember, write the message, deliver each one once.

A door decides with `decide_warnings` on what `remembered` returns, writes a `warning_mail` per registered user, and
`record`s both in the same transaction; `deliver` then sends what waits in the outbox.
"""

from alerts.decide import Bundle, RememberedKey, WarningIntent, decide_warnings
from alerts.due import mails_due
from alerts.ledger import record, remembered, warnings_frame
from alerts.mail import Mail
from alerts.mailer import DeliverySummary, deliver
from alerts.messages import invoice_mail, warning_mail
from alerts.outbox import queue, retry, status, troubled
from alerts.purged import expired_mails, forget_mails, mail_files

__all__ = [
    "Bundle",
    "DeliverySummary",
    "Mail",
    "RememberedKey",
    "WarningIntent",
    "decide_warnings",
    "deliver",
    "expired_mails",
    "forget_mails",
    "invoice_mail",
    "mail_files",
    "mails_due",
    "queue",
    "record",
    "remembered",
    "retry",
    "status",
    "troubled",
    "warning_mail",
    "warnings_frame",
]
