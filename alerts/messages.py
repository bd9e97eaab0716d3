"""What the mails say: a warning and an invoice, in the language of who reads it (Dutch or English)."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Final

from alerts.addresses import display_name, one_line
from alerts.decide import WarningIntent
from alerts.keys import key_of
from alerts.letter import Fact, Letter, Meter, Tone, as_html, as_text
from alerts.mail import Attachment, Mail, compose
from alerts.phrases import phrase
from belnota import wording
from belnota.money import cents, round_ratio
from belnota.people import Recipient
from belnota.periods import Period
from belnota.settings import Company
from belnota.wording import Language

_NO_BREAK: Final = "\N{NO-BREAK SPACE}"
"""Within a date, and between a number and its unit."""


def warning_mail(
    intent: WarningIntent,
    recipient: Recipient,
    company: Company,
    portal_url: str,
    as_of: dt.date,
    *,
    connection: str = "",
) -> Mail:
    """Write the mail of one warning to one registered user (R8.3, R9.13, R9.14), dated `as_of`.

    `connection` names whose bundle it is, as people know it (a number, a label); without it the mail says the
    subscription. The key is the warning's with the address added, so the same warning makes the same mail.
    """
    letter = _warning_letter(
        intent, recipient, company=company, portal_url=portal_url, as_of=as_of, connection=connection
    )
    return compose(
        key=f"{intent.key}|{key_of(recipient.email.lower())}",
        recipient=recipient,
        company=company,
        on=as_of,
        subject=letter.subject,
        text=as_text(letter),
        html=as_html(letter),
    )


def invoice_mail(
    *,
    invoice_number: str,
    period: str,
    gross_cents: int,
    issued_on: dt.date,
    due_on: dt.date,
    customer_name: str,
    pdf: bytes,
    recipient: Recipient,
    company: Company,
    portal_url: str,
) -> Mail:
    """Write the mail that brings an invoice to one registered user (R9.15), with the PDF, dated `issued_on`."""
    language = recipient.language
    month = wording.month(period, language)
    facts = [
        _fact("invoice_number", invoice_number, language),
        _fact("customer", customer_name, language),
        _fact("month", month, language),
        _fact("to_pay", wording.amount(gross_cents, language), language),
    ]
    if gross_cents > 0:
        facts.append(_fact("due_on", _date(due_on, language), language))
    letter = Letter(
        language=language,
        subject=phrase("invoice_subject", language, number=invoice_number, month=month, company=company.name),
        heading=phrase("invoice_heading", language, month=month),
        greeting=_greeting(recipient),
        lead=phrase("invoice_lead", language, month=month, customer=customer_name),
        facts=tuple(facts),
        next_steps=(phrase("invoice_next", language), phrase("invoice_then", language)),
        button=phrase("invoice_portal", language),
        portal_url=portal_url,
        company=company,
        caution=phrase("caution", language),
        fine_print=phrase("fingerprint", language, sha256=hashlib.sha256(pdf).hexdigest()),
    )
    return compose(
        key=key_of("invoice", invoice_number, recipient.email.lower()),
        recipient=recipient,
        company=company,
        on=issued_on,
        subject=letter.subject,
        text=as_text(letter),
        html=as_html(letter),
        attachment=Attachment(f"{invoice_number}.pdf", pdf),
    )


def _warning_letter(
    intent: WarningIntent, recipient: Recipient, *, company: Company, portal_url: str, as_of: dt.date, connection: str
) -> Letter:
    language = recipient.language
    family = "bundle" if intent.bundle else "voip"
    percent = percent_of(intent.used_value, intent.limit_value, language)
    values = {
        "bundle": _bundle_name(intent, language),
        "percent": percent,
        "month": wording.month(intent.period, language),
        "used": _quantity(intent, intent.used_value, language),
        "limit": _quantity(intent, intent.limit_value, language),
        "renews": _date(Period.parse(intent.period).end_on, language),
    }
    then = f"bundle_{intent.level}_then" if intent.bundle else "voip_then"
    return Letter(
        language=language,
        subject=phrase(f"{family}_{intent.level}_subject", language, **values),
        heading=phrase(f"{family}_{intent.level}_heading", language, **values),
        greeting=_greeting(recipient),
        lead=phrase(f"{family}_lead", language, **values),
        meter=Meter(percent, min(100, intent.used_value * 100 // intent.limit_value), _tone(intent)),
        facts=(*_usage_facts(intent, language, connection), _fact("as_of", _date(as_of, language), language)),
        next_steps=(
            phrase(f"{family}_{intent.level}_next", language, **values),
            phrase(then, language, **values),
        ),
        button=phrase("portal", language),
        portal_url=portal_url,
        company=company,
    )


def _usage_facts(intent: WarningIntent, language: Language, connection: str) -> list[Fact]:
    used = _quantity(intent, intent.used_value, language)
    limit = _quantity(intent, intent.limit_value, language)
    rest = _quantity(intent, abs(intent.limit_value - intent.used_value), language)
    is_over = intent.used_value > intent.limit_value
    if intent.bundle is None:
        return [
            _fact("cost", used, language),
            _fact("limit", limit, language),
            _fact("over_limit" if is_over else "left", rest, language),
        ]
    facts = [
        _fact("group_bundle" if intent.bundle.is_group else "bundle", _bundle_name(intent, language), language),
        _fact("used", used, language),
        _fact("allowance", limit, language),
        _fact("over" if is_over else "left", rest, language),
        _fact("renews", _date(Period.parse(intent.period).end_on, language), language),
    ]
    if not intent.bundle.is_group:
        facts.insert(1, _fact("connection", connection or intent.bundle.subscription_id, language))
    return facts


def percent_of(used: int, limit: int, language: Language) -> str:
    """Return a share in tenths of a percent, rounded down, so that 79.99 never reads as 80.

    >>> percent_of(1003, 1000, "nl"), percent_of(79_999, 100_000, "en"), percent_of(4, 5, "nl")
    ('100,3%', '79.9%', '80%')
    """
    whole, tenth = divmod(round_ratio(used * 1000, limit, "down"), 10)
    point = "," if language == "nl" else "."
    return f"{wording.number(whole, language)}{point}{tenth}%" if tenth else f"{wording.number(whole, language)}%"


def _date(day: dt.date, language: Language) -> str:
    return wording.date(day, language).replace(" ", _NO_BREAK)


def _tone(intent: WarningIntent) -> Tone:
    return "red" if intent.level == 100 else "amber"


def _bundle_name(intent: WarningIntent, language: Language) -> str:
    if intent.bundle is None:
        return ""
    return intent.bundle.name_nl if language == "nl" else intent.bundle.name_en


def _quantity(intent: WarningIntent, value: int, language: Language) -> str:
    if intent.bundle is None:
        return wording.amount(cents(value), language)
    quantity = wording.quantity(value, intent.bundle.service, language).replace(" ", _NO_BREAK)
    return phrase("hours", language, duration=quantity) if intent.bundle.service == "voice" else quantity


def _greeting(recipient: Recipient) -> str:
    name = display_name(recipient.name)
    named = "greeting" if name else "greeting_unnamed"
    return phrase(named, recipient.language, name=name)


def _fact(name: str, value: str, language: Language) -> Fact:
    return Fact(phrase(name, language), one_line(value))
