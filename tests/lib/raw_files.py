"""Small good raw files of each layout, for tests that spoil them."""

from __future__ import annotations

from pathlib import Path

from belnota.settings import Feed
from pipelines.feeds import Reader, ReadResult, reader_of

MOBIEL_TOML = (Path(__file__).parents[2] / "fixtures" / "mappings" / "mobiel.toml").read_text(encoding="utf-8")
MOBIEL_HEADER = "recordid;soort;msisdn;bestemming;start;duur_sec;bytes_op;bytes_neer;land"


def asterisk_line(number: int, **changes: str) -> str:
    """One made and answered call of 21 columns; changes by field name."""
    fields = {
        "accountcode": '""',
        "src": '"0201234567"',
        "dst": '"0612345678"',
        "dcontext": '"from-internal"',
        "clid": '"""Piet, ""de"" Vries"" <0201234567>"',
        "channel": '"SIP/a"',
        "dstchannel": '"SIP/b"',
        "lastapp": '"Dial"',
        "lastdata": '"SIP/b,60"',
        "start": '"2026-10-05 12:00:00"',
        "answer": '"2026-10-05 12:00:05"',
        "end": '"2026-10-05 12:01:05"',
        "duration": "65",
        "billsec": "60",
        "disposition": '"ANSWERED"',
        "amaflags": '"DOCUMENTATION"',
        "uniqueid": f'"1791194400.{number}"',
        "userfield": '""',
        "peeraccount": '""',
        "linkedid": f'"1791194400.{number}"',
        "sequence": str(number),
    }
    return ",".join((fields | changes).values())


def asterisk_file(count: int = 5) -> list[str]:
    return [asterisk_line(number) for number in range(1, count + 1)]


def broadworks_line(number: int, **changes: str) -> str:
    """One originating call of 48 columns; changes by field name."""
    fields = {
        "recordId": f"{number:010d}001a4b",
        "serviceProvider": "sp",
        "type": "Normal",
        "userNumber": "+31201234567",
        "groupNumber": "",
        "direction": "Originating",
        "callingNumber": "+31201234567",
        "presentation": "Public",
        "calledNumber": "+31612345678",
        "startTime": "20261005100000.000",
        "userTimeZone": "1+020000",
        "answerIndicator": "Yes",
        "answerTime": "20261005100005.250",
        "releaseTime": "20261005100105.350",
        "terminationCause": "016",
        "networkType": "VoIP",
        "carrier": "",
        "dialedDigits": "0612345678",
    }
    return ",".join([*(fields | changes).values(), *[""] * 30])


def broadworks_file(count: int = 5) -> list[str]:
    return [
        "version=14.2 encoding=ISO-8859-1",
        "0000000000001a4b,,Start",
        *(broadworks_line(number) for number in range(1, count + 1)),
        "9999999999001a4b,,End",
    ]


def wholesale_line(number: int, **changes: str) -> str:
    """One CDR line of 223 characters: 61.01 seconds, 9 and 10 units of money."""
    line = list(f"CDR{number:06d}  0 ".ljust(223))
    fields = {
        14: changes.get("start", f"202610051200{number % 60:02d}00"),
        30: changes.get("a_number", "0201234567"),
        49: changes.get("type_of_number", "004"),
        52: changes.get("b_number", "0612345678"),
        127: changes.get("duration", "00010101"),
        203: changes.get("amount", "00000009"),
        213: "0000000010",
    }
    for start, text in fields.items():
        line[start : start + len(text)] = text
    return "".join(line)


def wholesale_file(lines: list[str] | None = None, *, sequence: int = 7, trailer: str = "") -> list[str]:
    """Lines between a header and a trailer that counts lines made by `wholesale_line` without changes."""
    lines = [wholesale_line(number) for number in range(1, 6)] if lines is None else lines
    count = len(lines)
    minutes, rest = divmod(count * 6101, 6000)
    totals = f"{count:08d}{minutes // 60:06d}{minutes % 60:02d}{rest:04d}{9 * count:010d}{10 * count:010d}Y"
    header = "HDR0001DDB".ljust(135) + f"{sequence:06d}20261006010000"
    return [header, *lines, "TRL0001DDB".ljust(135) + f"{sequence:06d}" + (trailer or totals)]


def mobiel_line(number: int, **changes: str) -> str:
    fields = {
        "recordid": f"M{number}",
        "soort": "GESPREK",
        "msisdn": "31612345678",
        "bestemming": "0201234567",
        "start": "05-10-2026 12:00:00",
        "duur_sec": "60",
        "bytes_op": "0",
        "bytes_neer": "0",
        "land": "NL",
    }
    return ";".join((fields | changes).values())


def mobiel_file(count: int = 5) -> list[str]:
    return [MOBIEL_HEADER, *(mobiel_line(number) for number in range(1, count + 1))]


def feed(kind: str, **changes: object) -> Feed:
    formats = {
        "asterisk": "asterisk_cdr_csv",
        "broadworks": "broadworks_csv",
        "wholesale": "nl_wholesale_fwv",
        "mobiel": "mapping",
    }
    return Feed(**({"name": kind, "format": formats[kind], "files": f"{kind}*"} | changes))  # type: ignore[arg-type]


def reader(kind: str, **changes: object) -> Reader:
    return reader_of(feed(kind, **changes), MOBIEL_TOML if kind == "mobiel" else "")


GOOD = {
    "asterisk": asterisk_file,
    "broadworks": broadworks_file,
    "wholesale": wholesale_file,
    "mobiel": mobiel_file,
}
KINDS = tuple(GOOD)


def content(lines: list[str], end: str = "\n") -> bytes:
    return "".join(line + end for line in lines).encode()


def read(kind: str, lines: list[str], **changes: object) -> ReadResult:
    return reader(kind, **changes)(content(lines))
