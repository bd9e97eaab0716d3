"""October's allowances that must be used to the byte: the group bundle at 100.3 %, the SIM that passes 80 and 100 %.

Ordinary traffic leaves these numbers' services alone in October, so that the sums below are exact.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Final

from pipelines.demo import destinations
from pipelines.demo.calls import DemoCall, dice, instant

_MEGABYTE = 1_000_000
GROUP: Final = ("+31600000101", "+31600000102")
"""Two members of 500 MB each; together they use 1,003 MB of 1,000 MB: 100.3 %."""
GROUP_BYTES: Final = 1_003 * _MEGABYTE
SINGLE: Final = "+31600001101"
"""Data Only, 2,000 MB: 1,500 MB through 11 October, 1,720 MB through the 18th, 2,060 MB through the 25th."""
SINGLE_BYTES: Final = ((1, 12, 1_500 * _MEGABYTE), (12, 19, 220 * _MEGABYTE), (19, 26, 340 * _MEGABYTE))
TEXTER: Final = "+31600000701"
"""A driver who sends 117 messages with an SMS bundle of 100."""
MESSAGES: Final = 117
_PLANNED = {"data": (*GROUP, SINGLE), "sms": (TEXTER,)}
_OCTOBER = 10


def is_planned(number: str, day: dt.date, service: str) -> bool:
    """Return whether this module alone decides on a number's use of a service that day."""
    return day.month == _OCTOBER and number in _PLANNED.get(service, ())


def planned_use() -> Iterator[DemoCall]:
    """Yield the sessions and messages of October that add up exactly."""
    yield from _sessions(GROUP, 1, 32, GROUP_BYTES)
    for first, end, total in SINGLE_BYTES:
        yield from _sessions((SINGLE,), first, end, total)
    chance = dice(TEXTER, "messages")
    for n in range(MESSAGES):
        at = _moment(1 + n * 31 // MESSAGES, 8 + n % 12, chance.randrange(3600))
        yield DemoCall(at, "mobiel", TEXTER, destinations.mobile(chance), 1, service="sms")


def _moment(day: int, hour: int, second: int) -> dt.datetime:
    return instant(f"2026-10-{day:02d} {hour:02d}:{second // 60:02d}:{second % 60:02d}")


def _sessions(numbers: tuple[str, ...], first: int, end: int, total: int) -> Iterator[DemoCall]:
    """Yield two sessions a day and number, of uneven size, whose bytes add up to `total`."""
    chance = dice("allowance", *numbers, first)
    places = [(number, day, hour) for day in range(first, end) for number in numbers for hour in (9, 20)]
    weights = [chance.randrange(20, 100) for _ in places]
    left, weight_left = total, sum(weights)
    for (number, day, hour), weight in zip(places, weights, strict=True):
        size = left * weight // weight_left
        left, weight_left = left - size, weight_left - weight
        yield DemoCall(_moment(day, hour, chance.randrange(3600)), "mobiel", number, "", size, service="data")
