"""Numbers that the demo's customers call. None of them can ring: see fixtures/README.md for each range.

The Netherlands reserves no range for fiction (none was found), so Dutch numbers here start where no subscriber
number does: a 0 after the area code, and 06-0, which is not handed out to mobile networks.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

_AREAS: Final = ("10", "13", "20", "24", "26", "30", "35", "40", "46", "50", "53", "58", "70", "73", "76")
ABROAD: Final = {
    "+4420794600": 2,  # United Kingdom, London: Ofcom's numbers for drama
    "+4477009000": 2,  # United Kingdom, mobile: the same
    "+493023125": 3,  # Germany, Berlin: Bundesnetzagentur's drama numbers
    "+331990000": 2,  # France: ARCEP's numbers for films
    "+336399800": 2,  # France, mobile: the same
    "+46846500": 3,  # Sweden, Stockholm: PTS's numbers for books and films
    "+121255501": 2,  # United States: 555-0100 … 555-0199
    "+35320910": 4,  # Ireland: ComReg's 020 91
    "+61255500": 3,  # Australia: ACMA's numbers for fiction
}
"""Reserved prefix -> how many digits are missing."""

FREEPHONE, EMERGENCY, VOICEMAIL = "+318000001", "+31112", "+311233"
PREMIUM: Final = ("+319000009", "+319000123", "+319000001")
ENQUIRIES, TOWN_HALL = "+311850", "+3114020"


def _digits(chance: random.Random, count: int) -> str:
    return f"{chance.randrange(10**count):0{count}d}"


def landline(chance: random.Random) -> str:
    return f"+31{chance.choice(_AREAS)}0009{_digits(chance, 3)}"


def mobile(chance: random.Random) -> str:
    return f"+3160009{_digits(chance, 4)}"


def company(chance: random.Random) -> str:
    return f"+318{chance.choice('458')}0009{_digits(chance, 3)}"


def foreign(chance: random.Random) -> str:
    prefix = chance.choice(tuple(ABROAD))
    if prefix == "+46846500":
        return prefix + f"4{_digits(chance, 2)}"  # only 08-465 004 xx is reserved
    return prefix + _digits(chance, ABROAD[prefix])


_KINDS: Final[dict[str, tuple[int, Callable[[random.Random], str]]]] = {
    "landline": (46, landline),
    "mobile": (34, mobile),
    "company": (10, company),
    "foreign": (5, foreign),
    "freephone": (2, lambda _: FREEPHONE),
    "premium": (2, lambda chance: chance.choice(PREMIUM)),
    "town hall": (1, lambda _: TOWN_HALL),
}


def anybody(chance: random.Random) -> str:
    """Return a number that an office might call: mostly Dutch, sometimes dear."""
    kinds = tuple(_KINDS.values())
    (kind,) = chance.choices(kinds, weights=[weight for weight, _ in kinds])
    return kind[1](chance)


def caller(chance: random.Random) -> str:
    """Return a number that might call an office; one in twelve withholds it."""
    (kind,) = chance.choices((landline, mobile, company, None), weights=(38, 42, 12, 8))
    return "anonymous" if kind is None else kind(chance)
