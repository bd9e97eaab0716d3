"""A carrier's file: Dutch wholesale fixed width, HDR, CDR and TRL lines, local time (feeds.md 1.1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from pipelines.demo.calls import DemoCall, dialled

_SPECIAL = ("+318", "+319", "+3114", "+31112")
_VAT = 21


def file_name(day: dt.date, sequence: int) -> str:
    return f"DDB-Demo-10022-{day:%Y%m%d}-{sequence:03d}.CDR"


def lines(day: dt.date, sequence: int, calls: Sequence[tuple[int, DemoCall]], *, missing: int = 0) -> list[str]:
    """Return the lines of one file; `missing` records are counted in the trailer and absent from the file."""
    made = f"{day + dt.timedelta(days=1):%Y%m%d}003000"
    frame = f"{'DDB':8}{'BELNOTA':40}{'Voorbeeld Carrier B.V.':40}{file_name(day, sequence):40}{sequence:06d}"
    # As in real files, records stand by number and not by time.
    ordered = sorted(calls, key=lambda numbered: (numbered[1].own, numbered[0]))
    ticks = sum(_hundredths(*numbered) for numbered in ordered)
    cents = sum(_cents(call) for _, call in ordered)
    trailer = f"TRL0001{frame}{len(ordered):08d}{_clock(ticks, 6)}{cents:010d}{cents:010d}Y"
    records = [_record(place, *numbered) for place, numbered in enumerate(ordered, 1)]
    return [f"HDR0001{frame}{made}", *records[: len(records) - missing], trailer]


def _record(place: int, serial: int, call: DemoCall) -> str:
    start = f"{call.local:%Y%m%d%H%M%S}{serial % 100:02d}"
    zone, name = _zone(call)
    return (
        f"CDR{place:06d}0  0 {start}{dialled(call.own):19}004{dialled(call.other):28}{'004':47}"
        f"{_clock(_hundredths(serial, call), 2)}9980010001{'ISDN':6}{'DEMO':6}{zone}{name:40}{'EHV':4}"
        f"{_cents(call):08d}{_VAT}{_cents(call):010d}"
    )


def _zone(call: DemoCall) -> tuple[str, str]:
    if not call.other.startswith("+31"):
        return "20", "Internationaal"
    if call.other.startswith(_SPECIAL):
        return "35", "Sterdiensten"
    return ("05", "Binnen uw regio") if call.other[:5] == call.own[:5] else ("10", "Buiten uw regio")


def _cents(call: DemoCall) -> int:
    """Return the carrier's own price: a cent a started minute; abroad and special numbers are not rated."""
    return -(-call.quantity // 60) if _zone(call)[0] in ("05", "10") else 0


def _hundredths(serial: int, call: DemoCall) -> int:
    """Return the duration; every fourth call ends inside its last second, which counts in full."""
    return call.quantity * 100 - (40 if serial % 4 == 0 else 0)


def _clock(hundredths: int, hour_digits: int) -> str:
    seconds, rest = divmod(hundredths, 100)
    return f"{seconds // 3600:0{hour_digits}d}{seconds // 60 % 60:02d}{seconds % 60:02d}{rest:02d}"
