"""What goes wrong on the way: bad lines, a file cut short, records sent twice. Each case stands here once."""

from __future__ import annotations

import datetime as dt
from typing import Final

Day = tuple[str, str]
"""Feed and day of the file, YYYY-MM-DD."""

_PBX = '"0200000101","0200000101","0200009001","from-internal","{clid}","a","b","Dial","x",'
_PBX += '"{start}","{start}","{start}",70,{seconds},"ANSWERED","DOCUMENTATION","{unique}","","","{unique}",{sequence}'
_MOBIEL = "{record};{kind};31600000101;31600090000;{start};{seconds};{up};0;NL"
_BROADWORKS = "{record},BELNOTA,Normal,+31100000201,,{way},+31100000201,Public,+31200009001,{start},1+020000,Yes,"
_BROADWORKS += "{start},{release},016,VoIP" + "," * 32


def _pbx(n: int, start: str, seconds: str = "60", clid: str = "x") -> str:
    return _PBX.format(clid=clid, start=start, seconds=seconds, unique=f"1790000000.9{n}", sequence=900_000 + n)


def _mobiel(n: int, start: str, kind: str = "GESPREK", seconds: str = "60", up: str = "0") -> str:
    return _MOBIEL.format(record=f"BAD{n:03d}", kind=kind, start=start, seconds=seconds, up=up)


def _broadworks(n: int, start: str, release: str, way: str = "Originating") -> str:
    return _BROADWORKS.format(record=f"BAD{n:03d}", way=way, start=start, release=release)


_BAD_LINES: Final[dict[Day, tuple[str, ...]]] = {
    ("pbx", "2026-09-08"): (_pbx(1, "2026-02-30 10:00:00"),),  # no such day
    ("pbx", "2026-09-09"): ('"0200000101","0200000101","0200009001"',),  # three columns
    ("pbx", "2026-09-16"): (_pbx(2, "2026-09-16 12:00:00", clid='""Name" <1115>"'),),  # quotes not doubled
    ("pbx", "2026-10-07"): (_pbx(3, "2026-10-07 12:00:00", seconds="-60"),),  # negative seconds
    ("pbx", "2026-10-08"): (_pbx(4, "2026-10-08 12:00:00", clid="bel\x07"), ""),  # a control character; a blank line
    ("pbx", "2026-10-14"): (_pbx(5, "2026-10-14 12:00:00", seconds="999999"),),  # eleven days
    ("broadworks", "2026-09-10"): (_broadworks(1, "20260910256000.000", "20260910130000.000"),),  # 25:60
    ("broadworks", "2026-10-13"): ("BAD002,BELNOTA,Normal,+31100000201",),  # four columns
    ("broadworks", "2026-10-20"): (
        _broadworks(3, "20261020120100.000", "20261020120000.000"),
    ),  # ends before it begins
    ("broadworks", "2026-10-22"): (_broadworks(4, "20261022120000.000", "20261022120100.000", "Sideways"),),
    ("mobiel", "2026-09-15"): (_mobiel(1, "15-09-2026 24:00:00"),),  # 24:00
    ("mobiel", "2026-10-09"): (_mobiel(2, "09-10-2026 10:00:00", kind="DATA", up="-5"),),  # negative bytes
    ("mobiel", "2026-10-10"): (_mobiel(3, "10-10-2026 10:00:00", kind="FAX"),),  # an unknown service
    ("mobiel", "2026-10-20"): (_mobiel(4, "2026-10-20 10:00:00"),),  # the date written another way
    ("mobiel", "2026-10-22"): (
        "recordid;soort;msisdn;bestemming;start;duur_sec;bytes_op;bytes_neer;land",  # two files glued: framing
    ),
}
_OVERLAPS: Final[dict[Day, int]] = {
    ("pbx", "2026-09-12"): 12,
    ("pbx", "2026-10-16"): 15,
    ("mobiel", "2026-10-20"): 20,
    ("broadworks", "2026-10-09"): 8,
}
_REPEATS: Final[dict[Day, int]] = {("pbx", "2026-10-06"): 3}
_CUT: Final = ("pbx", "2026-10-21")
_CUT_BYTES = 60


def bad_lines(feed: str, day: dt.date) -> tuple[str, ...]:
    """Return the lines that are added to a day's file and are no calls."""
    return _BAD_LINES.get((feed, str(day)), ())


def overlap(feed: str, day: dt.date) -> int:
    """Return how many of yesterday's last records a day's file starts with."""
    return _OVERLAPS.get((feed, str(day)), 0)


def repeats(feed: str, day: dt.date) -> int:
    """Return how many of a file's first records it holds twice."""
    return _REPEATS.get((feed, str(day)), 0)


def cut(feed: str, day: dt.date, content: bytes) -> bytes:
    """Return a file as it arrived: whole, or ending in the middle of its last line."""
    return content[:-_CUT_BYTES] if (feed, str(day)) == _CUT else content
