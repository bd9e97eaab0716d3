"""A small reseller with two closed months, numbers in every place that a purge must clear, and who looks for them."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl

from belnota.periods import Period
from pipelines import closing, quarantine, quarantine_drop, suspense
from pipelines.issuing import CloseOrder
from pipelines.night import run_night
from pipelines.purge import run_purge
from pipelines.workspace import opened, silent
from tests.lib.small_reseller import NUMBER, SmallReseller

JANUARY, FEBRUARY = Period(2026, 1), Period(2026, 2)
GONE = {
    "billed": "0612345001",
    "packed": "0612345002",
    "in parts": "0612345003",
    "orphan part": "0612345004",
    "bad line": "0612345005",
    "dropped line": "0612345006",
    "why it was dropped": "0612345007",
    "written off": "0612345008",
    "why it was written off": "0612345009",
    "who called without an owner": "0209999001",
}
"""Numbers of January, by where they are."""
REFUSED = "0612345011"
"""In a file that came in February and was refused."""
LATE, MIXED, FEB, WAITS = "0612345021", "0612345022", "0612345023", "0612345024"
"""Billed in February; billed in January from a file that has February too; of February; not billed at all."""
SIP = """
[[feed]]
name = "sip"
format = "opensips_flatstore"
files = "acc*.log"
[feed.options]
caller = 8
called = 9
"""
INVITE = "INVITE|f-{0}|t-{0}|{0}@pbx|200|OK|{1}|0201111111|{2}"
BYE = "BYE|f-{0}|t-{0}|{0}@pbx|200|OK|{1}||"


def at(year: int, month: int, day: int = 2) -> dt.datetime:
    return dt.datetime(year, month, day, 8, tzinfo=dt.UTC)


class PurgePlace(SmallReseller):
    """Its clock is set by hand."""

    def __init__(self, folder: Path, now: dt.datetime, *, is_new: bool = True, url: str = "") -> None:
        self.now = now
        self.environment = {"BELNOTA_STORE_URL": url} if url else {}
        if is_new:
            super().__init__(folder)
            settings = folder / "belnota.toml"
            settings.write_text(settings.read_text() + SIP)
        else:
            self.folder = folder

    def open(self, at=None):
        return opened(self.folder, self.environment, clock=lambda: at or self.now)

    def put(self, name: str, content: bytes) -> None:
        (self.folder / "inbox" / name).write_bytes(content)

    def run_night(self):
        with self.open() as workspace:
            return run_night(workspace, self.now.date(), silent)

    def close_month(self, period: Period) -> None:
        with self.open() as workspace:
            draft = closing.draft(workspace, period, actor="a test")
            closing.approve(workspace, period, draft.draft_hash, actor="a test")
            order = CloseOrder(period, draft.draft_hash, self.now.date(), "a test")
            closing.commit(workspace, order, silent)

    def purge(self):
        with self.open() as workspace, workspace.held():
            return run_purge(workspace, actor="a test", progress=silent)


def line(key: str, who: str, called: str, answered: str, seconds: int = 60) -> list[object]:
    end = str(dt.datetime.fromisoformat(answered) + dt.timedelta(seconds=seconds)) if answered[:2] == "20" else answered
    own = NUMBER.get(who, who)
    head = ["", own, called, "internal", "x", "SIP/a", "SIP/b", "Dial", "x", answered, answered, end]
    return [*head, seconds, seconds, "ANSWERED", "DOCUMENTATION", key, "", 1]


def asterisk(*lines: list[object]) -> bytes:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(lines)
    return text.getvalue().encode()


BILLED = line("1.1", "A", GONE["billed"], "2026-01-10 12:00:00", 7000)
MIXED_FILE = asterisk(
    line("6.1", "A", MIXED, "2026-01-31 23:00:00"), line("6.2", "B", "0612345099", "2026-02-01 00:10:00")
)


def january() -> dict[str, bytes]:
    """The raw files of January by name."""
    ten = int(dt.datetime(2026, 1, 12, 10, tzinfo=dt.UTC).timestamp())
    parts = [
        INVITE.format("c1", ten, GONE["in parts"]),
        BYE.format("c1", ten + 60),
        INVITE.format("c2", ten + 5, GONE["orphan part"]),
    ]
    return {
        "asterisk-0001.csv": asterisk(
            BILLED,
            line("1.2", "B", "0612345098", "2026-01-11 12:00:00"),
            line("1.3", GONE["who called without an owner"], GONE["written off"], "2026-01-11 13:00:00"),
            line("1.5", "A", GONE["bad line"], "yesterday"),
            line("1.6", "A", GONE["dropped line"], "noon"),
        ),
        "asterisk-0002.csv": gzip.compress(asterisk(line("2.1", "A", GONE["packed"], "2026-01-13 12:00:00"))),
        "asterisk-0003.csv": asterisk(BILLED),
        "asterisk-0006.csv": MIXED_FILE,
        "asterisk-0007.csv": asterisk(line("7.1", "0209999002", WAITS, "2026-01-11 14:00:00")),
        "acc-1.log": "\n".join([*parts, ""]).encode(),
        "odd.txt": f"call to {REFUSED}\n".encode(),
    }


def build(folder: Path, url: str = "") -> PurgePlace:
    """Two months through the night and closed, with decisions of people about what waited."""
    place = PurgePlace(folder, at(2026, 2), url=url)
    for name, content in january().items():
        place.put(name, content)
    place.run_night()
    with place.open() as workspace, workspace.held():
        found = quarantine.lines(workspace, quarantine.Selection())
        [number] = found.filter(pl.col("raw_line").str.contains(GONE["dropped line"]))["line_number"]
        chosen = quarantine.Selection(file="asterisk-0001.csv", line_numbers=(number,))
        quarantine_drop.drop(workspace, chosen, actor="Anna", because=f"test by {GONE['why it was dropped']}")
        because = f"asked {GONE['why it was written off']}"
        suspense.write_off(workspace, suspense.Selection(called=GONE["written off"]), actor="Anna", because=because)
    place.close_month(JANUARY)
    place.now = at(2026, 3)
    place.put(
        "asterisk-0004.csv",
        asterisk(line("4.1", "A", FEB, "2026-02-10 12:00:00", 6600), line("4.2", "A", LATE, "2026-01-20 12:00:00")),
    )
    place.run_night()
    place.close_month(FEBRUARY)
    return place


def copied(place: PurgePlace, folder: Path, now: dt.datetime) -> PurgePlace:
    """A copy that a test may spoil, at a later moment; what was published names the first one's files, so it goes."""
    shutil.copytree(place.folder, folder, ignore=shutil.ignore_patterns("*.sqlite-wal", "*.sqlite-shm"))
    (folder / "analytics.duckdb").unlink()
    return PurgePlace(folder, now, is_new=False)


def traces(folder: Path, *numbers: str) -> dict[str, list[str]]:
    """Every place below a folder in which each number is found, in whatever form it is written."""
    found: dict[str, set[str]] = {number: set() for number in numbers}
    for where, content in _contents(folder):
        for number, places in found.items():
            if number.removeprefix("0").encode() in content:
                places.add(where)
    return {number: sorted(places) for number, places in found.items()}


def _contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        raw, name = path.read_bytes(), str(path.relative_to(folder))
        yield name, raw
        yield name, str(path).encode()
        if raw[:2] == b"\x1f\x8b":
            yield name, gzip.decompress(raw)
        elif raw[:4] == b"PAR1":
            yield name, _texts(pl.read_parquet(path, glob=False))
        elif path.suffix == ".duckdb":
            yield from _published(path, name)
        elif raw[:15] == b"SQLite format 3":
            with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
                yield name, "\n".join(connection.iterdump()).encode()


def _texts(frame: pl.DataFrame) -> bytes:
    return repr(frame.to_dicts()).encode()


def _published(path: Path, name: str) -> Iterator[tuple[str, bytes]]:
    tables = (
        "select schema_name, table_name from duckdb_tables() union select schema_name, view_name from duckdb_views()"
    )
    with duckdb.connect(path, read_only=True) as connection:
        for schema, table in connection.execute(f"{tables} where not internal").fetchall():
            rows = connection.execute(f'select * from "{schema}"."{table}"').fetchall()
            yield f"{name} {schema}.{table}", repr(rows).encode()
