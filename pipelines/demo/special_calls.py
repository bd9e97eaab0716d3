"""What real months bring and ordinary days do not: one short list, each call findable by its number and time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pipelines.demo import destinations
from pipelines.demo.calls import DemoCall, instant

STRANGER: Final = "+31200000199"
"""A number in our exchange that no customer has."""
UNPRICED: Final = "+68800101"
"""Tuvalu: the one country that the A-Z deck leaves out."""
PORTED: Final = "+31430001204"
"""Hotel De Stille Kamer's until 15 October, then Fysiotherapie Het Linkerbeen's, on another exchange."""
TRUNK, USER, CARRIER, SIM = "+31200000101", "+31100000201", "+31300000301", "+31600000402"
COLLEAGUE, CALLCENTRE = "+31100000203", "+31850000801"

_FRIEND = "+31200009001"
_OUT: Final = (
    # local time, feed, our number, called, seconds
    ("2026-09-03 10:15:00", "pbx", TRUNK, destinations.EMERGENCY, 95),
    ("2026-09-03 11:00:00", "pbx", TRUNK, "+319060001", 130),
    ("2026-09-04 21:30:00", "pbx", CALLCENTRE, "+319090001", 61),
    ("2026-09-08 09:00:00", "broadworks", USER, destinations.ENQUIRIES, 75),
    ("2026-09-09 09:00:00", "wholesale", CARRIER, "+3197000009123", 40),
    ("2026-09-10 09:00:00", "wholesale", CARRIER, "+319060001", 59),
    ("2026-09-11 12:00:00", "pbx", TRUNK, destinations.VOICEMAIL, 33),
    ("2026-10-08 10:15:00", "wholesale", CARRIER, destinations.EMERGENCY, 45),
    ("2026-10-08 17:10:00", "broadworks", USER, "+319090001", 181),
    ("2026-10-08 17:20:00", "broadworks", USER, "+319060001", 100),
    ("2026-10-09 09:00:00", "pbx", TRUNK, "+311888", 120),
    ("2026-10-12 09:00:00", "pbx", TRUNK, "+3197000009123", 12),
    # over the evening border at 18:00
    ("2026-09-16 17:55:00", "pbx", TRUNK, _FRIEND, 1200),
    ("2026-10-14 17:30:00", "broadworks", USER, _FRIEND, 3600),
    ("2026-10-15 17:59:30", "wholesale", CARRIER, _FRIEND, 45),
    ("2026-10-16 23:45:00", "pbx", TRUNK, _FRIEND, 1800),  # Friday evening into the weekend
    # over midnight of the month's end: billed where it was answered
    ("2026-09-30 23:50:00", "pbx", TRUNK, _FRIEND, 1500),
    ("2026-09-30 23:58:00", "broadworks", USER, _FRIEND, 600),
    ("2026-10-31 23:55:00", "wholesale", CARRIER, _FRIEND, 900),
    # the number that changes owner
    ("2026-10-14 16:40:00", "broadworks", PORTED, _FRIEND, 240),
    ("2026-10-14 23:59:59", "broadworks", PORTED, _FRIEND, 30),
    ("2026-10-15 00:00:00", "pbx", PORTED, _FRIEND, 30),
    ("2026-10-15 09:05:00", "pbx", PORTED, _FRIEND, 300),
    # nobody's number, and a country without a price
    ("2026-10-13 10:00:00", "pbx", STRANGER, _FRIEND, 60),
    ("2026-10-13 10:05:00", "pbx", STRANGER, "+442079460011", 90),
    ("2026-10-20 16:00:00", "pbx", STRANGER, "+31600091234", 20),
    ("2026-10-21 14:00:00", "wholesale", "+31730000901", UNPRICED, 300),
    ("2026-10-22 14:00:00", "wholesale", "+31730000902", UNPRICED, 12),
    # far and dear
    ("2026-10-06 15:00:00", "wholesale", "+31400000501", "+59970000101", 610),
    ("2026-10-06 15:20:00", "wholesale", "+31400000502", "+5970000101", 333),
    ("2026-10-07 11:00:00", "broadworks", "+31700000401", "+12125550142", 1835),
    ("2026-10-07 11:40:00", "pbx", "+31500000601", "+905000000101", 241),
)
_EXTENSIONS: Final = (("pbx", TRUNK, "202"), ("pbx", CALLCENTRE, "214"), ("broadworks", USER, "203"))


def special_calls() -> Iterator[DemoCall]:
    """Yield the special calls; fixtures/README.md says what each is for."""
    for local, feed, own, other, seconds in _OUT:
        yield DemoCall(instant(local), feed, own, other, seconds)
    for day in range(1, 29):
        for feed, own, extension in _EXTENSIONS:
            at = instant(f"2026-{9 + day % 2:02d}-{day:02d} 13:05:{day:02d}")
            yield DemoCall(at, feed, own, extension, 20 + day)
            if feed == "broadworks":  # which reports both ends
                yield DemoCall(at, feed, COLLEAGUE, "201", 20 + day, direction="in")
    for local, seconds in (("2026-09-17 14:02:10", 30), ("2026-10-20 15:12:10", 60)):
        yield DemoCall(instant(local), "pbx", TRUNK, _FRIEND, seconds, answered=False)  # not answered, yet billed
    yield from _the_long_night()


def _the_long_night() -> Iterator[DemoCall]:
    """Yield calls of 25 October between 02:00 and 03:00, which happens twice, and calls across the change."""
    for feed, own in (("pbx", TRUNK), ("broadworks", USER), ("wholesale", CARRIER), ("mobiel", SIM)):
        for second_time in (False, True):
            at = instant("2026-10-25 02:15:00", second_time=second_time)
            yield DemoCall(at, feed, own, _FRIEND, 120 + second_time)
        yield DemoCall(instant("2026-10-25 02:50:00"), feed, own, _FRIEND, 1200)  # ends at 02:10 by the clock
        yield DemoCall(instant("2026-10-25 01:55:00"), feed, own, _FRIEND, 7500)  # 01:55 to 03:00, 125 minutes
