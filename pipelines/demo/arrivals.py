"""The raw files of two months, and the day on which each one arrives."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipelines.demo import asterisk, broadworks, damage, mobiel, wholesale
from pipelines.demo.allowances import planned_use
from pipelines.demo.calls import DemoCall
from pipelines.demo.special_calls import special_calls
from pipelines.demo.traffic import ordinary_calls

Numbered = tuple[int, DemoCall]

_DAY = dt.timedelta(days=1)
_LATE = {("pbx", dt.date(2026, 9, 29)): dt.date(2026, 10, 5)}  # three days after September was closed
_AGAIN = {("mobiel", dt.date(2026, 9, 17)): (dt.date(2026, 9, 21), "mobiel-20260917-opnieuw.csv")}
_INCOMPLETE = dt.date(2026, 9, 30)  # two records fell out of this wholesale file; its correct re-send comes a day later
_FIRST_SEQUENCE = 401


@dataclass(frozen=True, slots=True)
class Arrival:
    """One raw file, put in the inbox before the first night that is not earlier than `arrives_on`."""

    arrives_on: dt.date
    name: str
    content: bytes


def demo_arrivals() -> Iterator[Arrival]:
    """Yield every raw file of September and October 2026, in order of arrival and name; always the same bytes."""
    made = [arrival for feed, days in _calls_by_day().items() for arrival in _arrivals(feed, days)]
    yield from sorted(made, key=lambda arrival: (arrival.arrives_on, arrival.name))


def _calls_by_day() -> dict[str, dict[dt.date, list[Numbered]]]:
    """Return the calls of each feed by the day of the file that they are in; the exchange that writes GMT turns
    to the next file at midnight GMT.
    """
    feeds: dict[str, dict[dt.date, list[Numbered]]] = defaultdict(lambda: defaultdict(list))
    for serial, call in enumerate(sorted([*ordinary_calls(), *planned_use(), *special_calls()]), 1):
        day = (call.answered_at if call.feed == "broadworks" else call.local).date()
        feeds[call.feed][day].append((serial, call))
    return feeds


def _arrivals(feed: str, days: dict[dt.date, list[Numbered]]) -> Iterator[Arrival]:
    if feed == "wholesale":
        yield from _wholesale_arrivals(days)
        return
    before: list[str] = []
    for sequence, (day, calls) in enumerate(days.items(), _FIRST_SEQUENCE):
        name, records, content = _delimited(feed, day, sequence, calls, before)
        yield Arrival(_LATE.get((feed, day), day + _DAY), name, content)
        if (feed, day) in _AGAIN:
            yield Arrival(*_AGAIN[feed, day], content)
        before = records


def _delimited(
    feed: str, day: dt.date, sequence: int, calls: Sequence[Numbered], before: list[str]
) -> tuple[str, list[str], bytes]:
    """Return a file's name, its own records and its bytes, with everything that went wrong on the way."""
    if feed == "broadworks":
        records = [line for numbered in calls for line in broadworks.lines(*numbered)]
        name, ends = broadworks.file_name(day, sequence), "\n"
    else:
        layout, ends = (asterisk, "\n") if feed == "pbx" else (mobiel, "\r\n")
        records, name = [layout.line(*numbered) for numbered in calls], layout.file_name(day)
    overlap = before[len(before) - damage.overlap(feed, day) :]
    body = [*overlap, *records, *records[: damage.repeats(feed, day)], *damage.bad_lines(feed, day)]
    framed = {"broadworks": lambda: broadworks.framed(day, sequence, body), "mobiel": lambda: [mobiel.HEADER, *body]}
    lines = framed.get(feed, lambda: body)()
    return name, records, damage.cut(feed, day, "".join(line + ends for line in lines).encode())


def _wholesale_arrivals(days: dict[dt.date, list[Numbered]]) -> Iterator[Arrival]:
    for sequence, (day, calls) in enumerate(days.items(), _FIRST_SEQUENCE):
        name = wholesale.file_name(day, sequence)
        if day != _INCOMPLETE:
            yield Arrival(day + _DAY, name, _bytes(wholesale.lines(day, sequence, calls)))
            continue
        yield Arrival(day + _DAY, name, _bytes(wholesale.lines(day, sequence, calls, missing=2)))
        yield Arrival(day + 2 * _DAY, name.replace(".CDR", "-R.CDR"), _bytes(wholesale.lines(day, sequence, calls)))


def _bytes(lines: list[str]) -> bytes:
    return "".join(line + "\n" for line in lines).encode("iso-8859-1")
