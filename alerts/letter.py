"""The one layout of our mails: a letter of plain parts, written as text and as HTML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import jinja2

from alerts.addresses import one_line
from belnota import wording
from belnota.settings import Company
from belnota.wording import Language

Tone = Literal["amber", "red"]

# HTML escapes everything; text has no markup to escape into, and each part of a letter is a single line.
_ENVIRONMENT: Final = jinja2.Environment(
    loader=jinja2.PackageLoader("alerts"),
    autoescape=jinja2.select_autoescape(enabled_extensions=("html.j2",), default=False),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_ENVIRONMENT.globals["labels"] = {
    "nl": {
        "facts": "De cijfers",
        "next": "Wat gebeurt er nu?",
        "manage": "Beheer meldingen",
        "automatic": "U krijgt dit bericht omdat u zich ervoor hebt aangemeld.",
    },
    "en": {
        "facts": "The figures",
        "next": "What happens next?",
        "manage": "Manage notifications",
        "automatic": "You receive this message because you registered for it.",
    },
}


@dataclass(frozen=True)
class Meter:
    """How full something is."""

    percent: str
    """As people read it: `80,4%`."""
    filled: int
    """Width of the bar, 0 to 100."""
    tone: Tone

    @property
    def tenths(self) -> int:
        """Filled tenths, for a bar of characters."""
        return self.filled // 10


@dataclass(frozen=True)
class Fact:
    label: str
    value: str


@dataclass(frozen=True)
class Letter:
    """What a mail says, before it has a form. Every part is one line of text."""

    language: Language
    subject: str
    heading: str
    greeting: str
    lead: str
    facts: tuple[Fact, ...]
    next_steps: tuple[str, ...]
    button: str
    portal_url: str
    company: Company
    meter: Meter | None = None
    caution: str = ""
    fine_print: str = ""

    @property
    def text_facts(self) -> list[str]:
        """The facts as lines of text, values below each other."""
        width = max(len(fact.label) for fact in self.facts) + 1
        return [f"{fact.label + ':':<{width}} {fact.value}" for fact in self.facts]


def _company_lines(letter: Letter) -> list[str]:
    """Return who sends this, as far as it is known: address, register and how to reach them."""
    company = letter.company
    place = " ".join(part for part in (company.postcode, company.city) if part)
    address = ", ".join(part for part in (company.street, place) if part)
    kvk = f"KvK\N{NO-BREAK SPACE}{company.kvk}" if company.kvk else ""
    phone = wording.phone_number(company.phone, letter.language)
    parts = (phone, company.email, wording.website(company.website), kvk)
    reach = " · ".join(part for part in parts if part)
    return [one_line(line) for line in (address, reach) if line]


_ENVIRONMENT.globals["company_lines"] = _company_lines


def as_text(letter: Letter) -> str:
    """Write a letter as plain text."""
    return _ENVIRONMENT.get_template("letter.txt.j2").render(letter=letter)


def as_html(letter: Letter) -> str:
    """Write a letter as an HTML page of tables with inline styles, as mail programs understand them."""
    return _ENVIRONMENT.get_template("letter.html.j2").render(letter=letter)
