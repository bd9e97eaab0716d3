"""The Dutch wholesale fixed-width file: HDR, CDR and TRL lines, local times, totals in the trailer.

Offsets and pitfalls: shared design, feeds.md 1.1.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from belnota.money import RoundingMode
from belnota.periods import AmbiguousTime, to_utc
from belnota.phone import UNPLACED, canonical
from belnota.settings import Feed
from pipelines.feeds import options
from pipelines.feeds.result import (
    Check,
    FileRefused,
    Reader,
    ReadResult,
    as_records,
    as_rejects,
    judge,
    numbered,
    record_checks,
    wrong,
)
from pipelines.feeds.scan import Scanned, scan
from pipelines.feeds.values import known_zone, seconds, wall_time, whole_number

FORMAT: Final = "nl_wholesale_fwv"
_WIDTHS = {"HDR": 155, "CDR": 223, "TRL": 182}
_COLUMNS = {
    "start": (14, 30),
    "a_number": (30, 49),
    "type_of_number": (49, 52),
    "b_number": (52, 80),
    "duration": (127, 135),
    "amount": (203, 211),
    "second_amount": (213, 223),
}
_SEQUENCE = (135, 141)
_TOTALS = {"records": (141, 149), "duration": (149, 161), "amount": (161, 171), "second amount": (171, 181)}


def nl_wholesale(feed: Feed) -> Reader:
    """Return the reader of one wholesale feed; Refused when an option is wrong.

    Options: `seconds` (how hundredths of a second become whole seconds; default `up`: a started second counts).

    The trailer counts records, durations and both amounts over all CDR lines: when one differs, or the two
    sequence numbers do, the file is refused whole. The identity is A-number, B-number, start and duration.
    """
    options.only(feed, ("seconds",))
    mode = options.rounding(feed)
    zone = known_zone(feed.timezone, f"feed {feed.name!r}")

    def read(content: bytes) -> ReadResult:
        scanned = scan(content, "iso-8859-1")
        header, trailer = _frame_lines(scanned)
        sequence = _same_sequence(header, trailer)
        inner = scanned.lines.slice(1, scanned.lines.height - 2)
        rows = inner.with_columns(**{name: _cut(*span) for name, span in _COLUMNS.items()})
        _refuse_other_totals(rows, trailer, scanned.rejects)
        shaped, misshapen = judge(rows, _shape())
        calls = _with_call(shaped, zone, feed.ambiguous, mode)
        good, bad = judge(calls, record_checks("%Y%m%d%H%M%S and hundredths"))
        return ReadResult(
            records=as_records(good.with_columns(key=numbered(pl.col("key")))),
            rejects=as_rejects(scanned.rejects, misshapen, bad),
            lines=scanned.total,
            framing_lines=scanned.blank + 2,
            sequence=sequence,
        )

    return read


def _cut(start: int, end: int) -> pl.Expr:
    return pl.col("text").str.slice(start, end - start).str.strip_chars_end(" ")


def _frame_lines(scanned: Scanned) -> tuple[str, str]:
    texts = scanned.lines["text"]
    kinds = texts.str.slice(0, 3)
    if texts.is_empty() or kinds[0] != "HDR" or len(texts[0]) != _WIDTHS["HDR"]:
        raise FileRefused("header", f"the first line must be HDR… of {_WIDTHS['HDR']} characters")
    last = texts[-1]
    if texts.len() < 2 or not last.startswith("TRL") or len(last) != _WIDTHS["TRL"]:
        raise FileRefused(
            "truncated",
            f"the last line must be TRL… of {_WIDTHS['TRL']} characters: the file is not complete; ask for it again",
        )
    for kind in ("HDR", "TRL"):
        if kinds.eq(kind).sum() > 1:
            raise FileRefused("trailer", f"there is more than one {kind} line: these are two files in one")
    return texts[0], last


def _number(text: str, span: tuple[int, int], what: str) -> int:
    value = text[slice(*span)]
    if not (value.isascii() and value.isdigit()):
        raise FileRefused("trailer", f"{what} is {value!r}, which is not a number")
    return int(value)


def _same_sequence(header: str, trailer: str) -> int:
    first, last = (_number(text, _SEQUENCE, "the file sequence number") for text in (header, trailer))
    if first != last:
        raise FileRefused("sequence", f"the header says file number {first}, the trailer {last}")
    return first


def _refuse_other_totals(rows: pl.DataFrame, trailer: str, rejects: pl.DataFrame) -> None:
    records = rows.filter(pl.col("text").str.starts_with("CDR"))
    spoilt = int(rejects["raw_line"].str.starts_with("CDR").sum())
    amounts = {"amount": "amount", "second amount": "second_amount"}
    found = {"records": records.height + spoilt, "duration": _total(records, _hundredths())}
    found |= {what: _total(records, whole_number(pl.col(column))) for what, column in amounts.items()}
    stated = {what: _number(trailer, span, f"the trailer's {what}") for what, span in _TOTALS.items()}
    stated["duration"] = _trailer_hundredths(stated["duration"])
    for what, total in stated.items():
        if found[what] != total:
            unit = " hundredths of a second" if what == "duration" else ""
            raise FileRefused(
                "trailer",
                f"the trailer says {what} {total}{unit}, the lines hold {found[what]}{unit}; ask for it again",
            )


def _total(rows: pl.DataFrame, expression: pl.Expr) -> int:
    return int(rows.select(expression.sum()).item())


def _hundredths() -> pl.Expr:
    """Return HHMMSScc in hundredths of a second; null where it is not one."""
    text = pl.col("duration")
    kept = pl.when(text.str.contains(r"^\d{2}[0-5]\d[0-5]\d\d{2}$")).then(text)
    hours, minutes, rest = (whole_number(kept.str.slice(start, size)) for start, size in ((0, 2), (2, 2), (4, 4)))
    return hours * 360_000 + minutes * 6_000 + rest


def _trailer_hundredths(digits: int) -> int:
    """Read HHHHHHMMSScc, which came as one number."""
    hours, rest = divmod(digits, 1_000_000)
    minutes, rest = divmod(rest, 10_000)
    return hours * 360_000 + minutes * 6_000 + rest


def _shape() -> list[Check]:
    text = pl.col("text")
    width = text.str.len_chars()
    kind = text.str.slice(0, 3)
    return [
        wrong("record_type", "type", kind, kind != "CDR", "only CDR lines stand between HDR and TRL"),
        wrong("columns", "width", width.cast(pl.String), width != _WIDTHS["CDR"], f"must be {_WIDTHS['CDR']}"),
    ]


def _with_call(rows: pl.DataFrame, zone: str, ambiguous: AmbiguousTime, mode: RoundingMode) -> pl.DataFrame:
    start = pl.col("start")
    whole = wall_time(start.str.slice(0, 14), "%Y%m%d%H%M%S")
    local = whole + pl.duration(milliseconds=whole_number(start.str.slice(14)) * 10)
    return rows.with_columns(
        key=pl.concat_str("a_number", "b_number", "start", "duration", separator="|"),
        service=pl.lit("voice"),
        direction=pl.lit("out"),
        own_number=canonical(pl.col("a_number")),
        other_number=_placed(),
        dialled="b_number",
        is_answered=pl.lit(value=True),
        time_text="start",
        answered_at=to_utc(local, zone=zone, ambiguous=ambiguous),
        quantity_text="duration",
        quantity=seconds(_hundredths(), 100, mode),
        country=pl.lit(None, pl.String),
    )


def _placed() -> pl.Expr:
    """Return the canonical B-number; `?…` for a local number, whose area code is not known.

    A carrier knows no extensions, so two to four digits that are no short code cannot be placed either.
    """
    dialled, written = pl.col("b_number"), canonical(pl.col("b_number"))
    has_area = dialled.str.starts_with("0") | dialled.str.starts_with("+")
    is_short_code = written.str.starts_with("+31") & (dialled.str.len_chars() <= 6)
    is_local = (pl.col("type_of_number") == "001") & ~has_area & ~is_short_code
    is_extension = written.str.contains(r"^\d+$")
    return pl.when((is_local & (dialled != "")) | is_extension).then(pl.lit(UNPLACED) + dialled).otherwise(written)
