"""Ordinary days: what offices and mobile phones do when nothing special happens."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator

from pipelines.demo import destinations
from pipelines.demo.allowances import is_planned
from pipelines.demo.calls import DemoCall, dice, instant
from pipelines.demo.lines import Line, lines
from pipelines.demo.trips import country_of

_OFFICE_HOURS = (0, 0, 0, 0, 0, 0, 0, 1, 8, 14, 16, 15, 9, 13, 15, 14, 11, 6, 3, 2, 1, 1, 0, 0)
_WAKING_HOURS = (1, 0, 0, 0, 0, 1, 3, 7, 9, 9, 9, 9, 10, 9, 9, 9, 10, 11, 11, 10, 9, 7, 5, 2)
_MEGABYTE = 1_000_000
_SESSION = {"zakelijk-mobiel-bundel": 10 * _MEGABYTE, "mobiel-onbeperkt": 220 * _MEGABYTE, "data-only": 42 * _MEGABYTE}
"""Largest ordinary data session of a plan at home; abroad people are careful."""
_SESSION_ABROAD = 9 * _MEGABYTE
_SATURDAY = 5


def ordinary_calls() -> Iterator[DemoCall]:
    """Yield the calls of every line on every day that it belongs to a customer."""
    for line in lines():
        for day in range((line.until_on - line.from_on).days):
            date = line.from_on + dt.timedelta(days=day)
            chance = dice(line.number, date)
            yield from _mobile_day(line, date, chance) if line.feed == "mobiel" else _office_day(line, date, chance)


def _at(date: dt.date, hours: tuple[int, ...], chance: random.Random) -> dt.datetime:
    (hour,) = chance.choices(range(24), weights=hours)
    return instant(f"{date} {hour:02d}:{chance.randrange(60):02d}:{chance.randrange(60):02d}")


def _seconds(chance: random.Random) -> int:
    (longest,) = chance.choices((45, 180, 600, 2400), weights=(25, 40, 28, 7))
    return chance.randrange(3, longest)


def _office_day(line: Line, date: dt.date, chance: random.Random) -> Iterator[DemoCall]:
    if date.weekday() >= _SATURDAY:
        made, received = chance.choice((0, 0, 0, 1)), chance.choice((0, 0, 1))
    elif line.feed == "wholesale":
        made, received = chance.randrange(3, 11), 0  # a wholesale carrier reports what was made over its network
    else:
        made, received = chance.randrange(2, 10), chance.randrange(1, 7)
    for _ in range(made):
        answered = chance.random() < 0.9 or line.feed == "wholesale"
        seconds = _seconds(chance) if answered else 0
        other, at = destinations.anybody(chance), _at(date, _OFFICE_HOURS, chance)
        yield DemoCall(at, line.feed, line.number, other, seconds, answered=answered)
    for _ in range(received if line.feed != "wholesale" else 0):
        other, at = destinations.caller(chance), _at(date, _OFFICE_HOURS, chance)
        yield DemoCall(at, line.feed, line.number, other, _seconds(chance), direction="in")


def _mobile_day(line: Line, date: dt.date, chance: random.Random) -> Iterator[DemoCall]:
    country = country_of(line.number, date)

    def use(service: str, other: str, quantity: int) -> DemoCall:
        at = _at(date, _WAKING_HOURS, chance)
        return DemoCall(at, "mobiel", line.number, other, quantity, service=service, country=country)

    if line.plan != "data-only":
        for _ in range(chance.choice((0, 1, 1, 2, 3))):
            yield use("voice", _from_a_mobile(chance), _seconds(chance))
        for _ in range(chance.choice((0, 0, 1, 1, 2))):
            message = use("sms", destinations.mobile(chance), 1)
            if not is_planned(line.number, date, "sms"):
                yield message
    largest = _SESSION[line.plan] if country == "NL" else _SESSION_ABROAD
    for _ in range(chance.choice((1, 2, 2, 3))):
        session = use("data", "", chance.randrange(largest // 50, largest))
        if not is_planned(line.number, date, "data"):
            yield session


def _from_a_mobile(chance: random.Random) -> str:
    kinds = (destinations.mobile, destinations.landline, destinations.company, lambda _: destinations.VOICEMAIL)
    (kind,) = chance.choices(kinds, weights=(58, 28, 6, 8))
    return kind(chance)
