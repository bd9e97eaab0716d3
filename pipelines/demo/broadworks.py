"""Hosted telephony: BroadWorks accounting CSV, 48 columns, GMT (feeds.md 1.2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from belnota.periods import ZONE
from pipelines.demo.calls import DemoCall

_COLUMNS = 48
_SYSTEM = "001A4B"
_LONG = 1800


def file_name(day: dt.date, sequence: int) -> str:
    return f"BW-CDR-{day + dt.timedelta(days=1):%Y%m%d}000000-2-001a4b-{sequence:06d}.csv"


def framed(day: dt.date, sequence: int, records: Sequence[str]) -> list[str]:
    """Return the lines of a file: the version line, the Start and End markers, and the records between them."""
    start, end = (f"{sequence:010d}{_SYSTEM}{day:%Y%m%d}{time}" for time in ("000000.000", "235959.999"))
    return ["version=14.2 encoding=ISO-8859-1", f"{start},,Start", *records, f"{end},,End"]


def lines(serial: int, call: DemoCall) -> Iterator[str]:
    """Yield the records of one call: the Normal one, after an interim one when the call was long."""
    if call.quantity > _LONG:
        yield _record(serial, call, "Long Duration")
    yield _record(serial, call, "Normal")


def _record(serial: int, call: DemoCall, kind: str) -> str:
    answer = call.answered_at + dt.timedelta(milliseconds=serial * 37 % 1000)
    start = answer - dt.timedelta(seconds=3 + serial % 11)
    # Some calls end a quarter of a second early: a started second counts.
    release = answer + dt.timedelta(seconds=call.quantity, milliseconds=-250 * (serial % 3 == 0 and call.quantity > 0))
    outgoing = call.direction == "out"
    anonymous = call.other == "anonymous"
    is_internal = call.other.isdigit()
    theirs = "" if anonymous else call.other
    values = {
        1: f"{serial:010d}{_SYSTEM}{_gmt(start)}{_zone(start)}{'L' if kind != 'Normal' else ''}",
        2: "BELNOTA",
        3: kind,
        4: call.own,
        5: call.own[:-2] + "01",
        6: "Originating" if outgoing else "Terminating",
        7: call.own if outgoing else theirs,
        8: "Anonymous" if anonymous else "Public",
        9: theirs if outgoing else call.own,
        10: _gmt(start),
        11: _zone(start),
        12: "Yes" if call.answered else "No",
        13: _gmt(answer) if call.answered else "",
        14: _gmt(release),
        15: "016" if call.answered else "019",
        16: "VoIP",
        18: theirs.replace("+31", "0") if outgoing else "",
        19: "private" if is_internal else "national" if call.other.startswith("+31") else "interlat",
        23: "local" if serial % 2 else "remote",
        24: "Group" if is_internal else "gw01.example.net",
        25: f"{serial}@192.0.2.10",
        26: "PCMA/8000",
        27: "192.0.2.20",
        28: f"BW{start.astimezone(ZONE):%H%M%S%f}@192.0.2.10",
        32: "DEMO_GROUP",
        42: "y",
        43: "private" if is_internal else "public",
        45: f"{serial}:0",
        46: f"{serial}:1",
    }
    return ",".join(values.get(position, "") for position in range(1, _COLUMNS + 1))


def _gmt(instant: dt.datetime) -> str:
    return f"{instant:%Y%m%d%H%M%S}.{instant.microsecond // 1000:03d}"


def _zone(instant: dt.datetime) -> str:
    """Return BroadWorks' userTimeZone: whether it is summer, then the offset: `1+020000` or `0+010000`."""
    hours = int((instant.astimezone(ZONE).utcoffset() or dt.timedelta()).total_seconds()) // 3600
    return f"{int(hours > 1)}+{hours:02d}0000"
