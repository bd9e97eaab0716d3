"""What a reader gives back: records, bad lines, and where each line of the file went."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Final

import polars as pl

from belnota.errors import ControlsDoNotBalance
from belnota.tables import Call, CallPart, schema_of
from pipelines.feeds.blocks import blocks_of

_CALL = schema_of(Call)
_SAME_AS_CALL = (
    "line_number",
    "service",
    "direction",
    "own_number",
    "other_number",
    "dialled",
    "answered_at",
    "is_answered",
    "quantity",
    "country",
)
RECORD: Final = pl.Schema(
    {"key": pl.String(), **{name: _CALL[name] for name in _SAME_AS_CALL}, "raw_line": pl.String()}
)
"""A record: a call (contract Call) that does not yet know its feed, file, zone, call type and period.

`key` is the source's own identity of the call: the same call in another file has the same key. `raw_line` is
the line as it arrived, for a record that turns out to contradict an earlier one.
"""
PART: Final = pl.Schema(
    {
        **{name: kind for name, kind in schema_of(CallPart).items() if name not in ("feed", "file_id", "period")},
        "raw_line": pl.String(),
    }
)
"""A part of a call (contract CallPart) that does not yet know its feed and file; `raw_line` as for a record."""
REJECT: Final = pl.Schema(
    {"line_number": pl.Int64(), "reason": pl.String(), "detail": pl.String(), "raw_line": pl.String()}
)
"""A line that could not become a record: `reason` is a short code, `detail` names the value and what is right."""

MAX_QUANTITY: Final = 2**53
MAX_VOICE_SECONDS: Final = 48 * 3600
_SHOWN = 120


class FileRefused(Exception):
    """A raw file that is refused whole: a short reason code, and one sentence for people."""

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(reason, sentence)
        self.reason = reason
        self.sentence = sentence


@dataclass(frozen=True)
class ReadResult:
    """A raw file, read: every line is framing, filtered, rejected, a record or a part, which is checked here.

    `framing_lines` are headers, trailers, markers and blank lines; `filtered_lines` are records that are
    no calls by the feed's rules; `sequence` is the source's own file number, where it has one; `parts` (PART) are
    lines of calls that this source spreads over several.
    """

    records: pl.DataFrame
    rejects: pl.DataFrame
    lines: int
    framing_lines: int
    filtered_lines: int = 0
    sequence: int | None = None
    note: str = ""
    """What is odd about the file and refuses nothing, such as a total that does not match; for people."""
    parts: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=PART))

    def __post_init__(self) -> None:
        places = (self.framing_lines, self.filtered_lines, self.rejects.height, self.records.height, self.parts.height)
        if self.lines != sum(places) or min(places) < 0:
            framing, filtered, rejects, records, parts = places
            raise ControlsDoNotBalance(
                f"of {self.lines} lines {framing} are framing, {filtered} filtered, {rejects} rejected, {records} "
                f"records and {parts} parts: the reader of this format has a fault, please report it with the file"
            )


Reader = Callable[[bytes], ReadResult]
"""Reads the content of one raw file; raises FileRefused when it is refused whole."""


@dataclass(frozen=True)
class LineReader:
    """A Reader of a format whose lines stand for themselves: it also reads a large file block by block.

    `by_blocks` takes the blocks of one file, each of whole lines, and returns a result per block; put together they are
    that of the whole. FileRefused may come with any block, and then none of them counts.
    """

    by_blocks: Callable[[Iterable[bytes]], Iterator[ReadResult]]

    def __call__(self, content: bytes) -> ReadResult:
        return put_together(self.by_blocks(blocks_of(BytesIO(content))))


def put_together(results: Iterable[ReadResult]) -> ReadResult:
    """Return the result of a file that was read block by block."""
    held = list(results)
    if len(held) == 1:
        return held[0]
    return ReadResult(
        records=pl.concat([result.records for result in held]),
        rejects=as_rejects(*(result.rejects for result in held)),
        lines=sum(result.lines for result in held),
        framing_lines=sum(result.framing_lines for result in held),
        filtered_lines=sum(result.filtered_lines for result in held),
        sequence=next((result.sequence for result in held if result.sequence is not None), None),
        note="; ".join(result.note for result in held if result.note),
        parts=pl.concat([result.parts for result in held]),
    )


@dataclass
class Readable:
    """Whether any line of a file could be read, block by block; a file of which none can is not of this feed."""

    bad: int = 0
    good: int = 0
    first: tuple[int, str] = (0, "")

    def add(self, result: ReadResult) -> None:
        if not self.bad and result.rejects.height:
            self.first = result.rejects.sort("line_number").select("line_number", "reason").row(0)
        self.bad += result.rejects.height
        self.good += result.records.height + result.parts.height + result.filtered_lines

    def refuse_none(self, format_name: str) -> None:
        """Refuse a file of several lines of which not one could be read.

        The sentence goes to logs, so it quotes nothing from the line.
        """
        if self.bad > 1 and not self.good:
            sentence = f"none of its {self.bad} records can be read as {format_name}"
            line, reason = self.first
            fault = f"the first, line {line}, fails on: {reason}"
            raise FileRefused("layout", f"{sentence}; {fault}. Is it another feed's file? See: belnota feeds try")


def readable(result: ReadResult, format_name: str) -> ReadResult:
    """Return the result of a whole file, unless not one of several lines could be read (see `Readable`)."""
    seen = Readable()
    seen.add(result)
    seen.refuse_none(format_name)
    return result


@dataclass(frozen=True)
class Check:
    """One thing that can be wrong with a line; a null in `fails` counts as wrong."""

    reason: str
    fails: pl.Expr
    detail: pl.Expr


def shown(text: pl.Expr) -> pl.Expr:
    """Return a value fit for a sentence: quoted, at most 120 characters."""
    return pl.lit("'") + text.fill_null("").str.slice(0, _SHOWN) + pl.lit("'")


def wrong(reason: str, name: str, value: pl.Expr, fails: pl.Expr, right: str) -> Check:
    """Return a check whose detail reads: name = 'value': what would be right."""
    return Check(reason, fails, pl.lit(f"{name} = ") + shown(value) + pl.lit(f": {right}"))


def judge(frame: pl.DataFrame, checks: Sequence[Check]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Part lines (line_number, text, …) into good ones and rejects (REJECT) with the first reason that holds."""
    masks = frame.select(check.fails.fill_null(value=True).alias(str(n)) for n, check in enumerate(checks))
    is_bad = masks.select(pl.any_horizontal(pl.lit(value=False), pl.all()).alias("is_bad"))["is_bad"]
    if not is_bad.any():
        return frame, pl.DataFrame(schema=REJECT)
    return frame.filter(~is_bad), _rejects(frame.filter(is_bad), masks.filter(is_bad), checks)


def _rejects(lines: pl.DataFrame, masks: pl.DataFrame, checks: Sequence[Check]) -> pl.DataFrame:
    """Say what is wrong with bad lines; words are made for these only, for most files have none."""
    first = [pl.when(masks[str(n)]) for n in range(len(checks))]
    reasons = [failed.then(pl.lit(check.reason)) for failed, check in zip(first, checks, strict=True)]
    details = [failed.then(check.detail) for failed, check in zip(first, checks, strict=True)]
    judged = lines.select("line_number", reason=pl.coalesce(reasons), detail=pl.coalesce(details), raw_line="text")
    return judged.cast(REJECT)


def record_checks(time_form: str) -> list[Check]:
    """Return what must hold for records of every format, over the columns of RECORD and time_text, quantity_text.

    `time_form` is how the source writes a time, for the sentence that says what would be right.
    """
    quantity = pl.col("quantity")
    text = pl.col("quantity_text")
    too_long = (pl.col("service") == "voice") & (quantity > MAX_VOICE_SECONDS)
    return [
        wrong("key", "key", pl.col("key"), pl.col("key") == "", "the source's own identity of the call is missing"),
        wrong("own_number", "own number", pl.col("own_number"), pl.col("own_number") == "anonymous", "is missing"),
        wrong(
            "time",
            "time",
            pl.col("time_text"),
            ~pl.col("answered_at").dt.year().is_between(2000, 2099),
            f"must be a time that exists in the feed's timezone, written {time_form}, in the years 2000-2099",
        ),
        wrong(
            "range", "quantity", text, ~quantity.is_between(0, MAX_QUANTITY), "must be a whole number from 0 to 2^53"
        ),
        wrong("range", "quantity", text, too_long, "seconds are more than 48 hours"),
    ]


def as_records(frame: pl.DataFrame) -> pl.DataFrame:
    """Return exactly the columns and types of RECORD, in order of line."""
    records = frame.with_columns(raw_line="text").sort("line_number")
    return records.select(pl.col(name).cast(dtype) for name, dtype in RECORD.items())


def as_parts(frame: pl.DataFrame) -> pl.DataFrame:
    """Return exactly the columns and types of PART, in order of line; what a line does not say is null."""
    told = frame.with_columns(raw_line="text")
    unsaid = {name: pl.lit(None, dtype) for name, dtype in PART.items() if name not in told.columns}
    parts = told.with_columns(**unsaid).sort("line_number")
    return parts.select(pl.col(name).cast(dtype) for name, dtype in PART.items())


def as_rejects(*parts: pl.DataFrame) -> pl.DataFrame:
    """Return rejects of several checks as one table, in order of line."""
    return pl.concat([pl.DataFrame(schema=REJECT), *parts]).sort("line_number")


def numbered(key: pl.Expr) -> pl.Expr:
    """Tell true twins in one file apart: the second record with the same key becomes `key#2`.

    For sources without an identity of their own; `line_number` decides who is first.
    """
    place = pl.col("line_number").rank("ordinal").over(key)
    return pl.when(place == 1).then(key).otherwise(key + pl.lit("#") + place.cast(pl.String))
