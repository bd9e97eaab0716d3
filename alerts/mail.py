"""One mail as it goes over the wire: the same values always make the same bytes."""

from __future__ import annotations

import datetime as dt
import email.policy
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime

from alerts.addresses import display_name, mailbox, one_line, postal_address
from alerts.keys import digest_of, message_id_of
from belnota.errors import Refused
from belnota.people import Recipient
from belnota.periods import ZONE
from belnota.settings import Company


@dataclass(frozen=True)
class Attachment:
    file_name: str
    content: bytes
    """A PDF."""


@dataclass(frozen=True)
class Mail:
    """One mail to one recipient."""

    key: str
    """Its identity: a mail with the same key is never queued twice."""
    message_id: str
    recipient: str
    customer_id: str
    kind: str
    message: bytes
    fault: str = ""
    """Why it can never be sent (an impossible address); it is then kept as refused, for a person to see."""


def compose(
    *,
    key: str,
    recipient: Recipient,
    company: Company,
    on: dt.date,
    subject: str,
    text: str,
    html: str,
    attachment: Attachment | None = None,
) -> Mail:
    """Make a mail of a text and its HTML alternative, dated at the beginning of a local day.

    Raises Refused when the company has no usable address to send from. A recipient's bad address is data: the mail
    is made, with a `fault`.
    """
    sender = _sender_of(company)
    address, fault = _address_of(recipient)
    made = EmailMessage(policy=email.policy.SMTP)
    made["From"] = mailbox(company.name, sender)
    if not fault:
        made["To"] = mailbox(recipient.name, address)
    made["Subject"] = one_line(subject)
    made["Date"] = format_datetime(dt.datetime.combine(on, dt.time(), tzinfo=ZONE))
    message_id = message_id_of(key, sender.partition("@")[2])
    made["Message-ID"] = message_id
    made["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers, please
    made.set_content(text, cte="quoted-printable")
    made.add_alternative(html, subtype="html", cte="quoted-printable")
    if attachment is not None:
        made.add_attachment(
            attachment.content, maintype="application", subtype="pdf", filename=display_name(attachment.file_name)
        )
    for number, part in enumerate(part for part in made.walk() if part.is_multipart()):
        part.set_boundary(f"=_{number}_{digest_of(key)}")  # "=_" never occurs in quoted-printable or base64
    return Mail(
        key=key,
        message_id=message_id,
        recipient=address,
        customer_id=recipient.customer_id,
        kind=key.split("|", maxsplit=1)[0],
        message=made.as_bytes(),
        fault=fault,
    )


def _sender_of(company: Company) -> str:
    try:
        return postal_address(company.email)
    except ValueError:
        message = (
            f"belnota.toml [company] email = {company.email!r} is not an address to send mail from; "
            "fill in the address that customers may answer to"
        )
        raise Refused(message) from None


def _address_of(recipient: Recipient) -> tuple[str, str]:
    try:
        return postal_address(recipient.email), ""
    except ValueError as error:
        return one_line(recipient.email), str(error)
