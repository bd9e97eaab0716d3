"""What a feed would make of a raw file: everything that ingest does with it, but nothing is stored."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import polars as pl

from belnota.errors import BelnotaError, UnableToFinish
from belnota.settings import Feed
from pipelines.feeds import FileRefused, Reader, ReadResult
from pipelines.feeds.assemble import EARLIER, assemble
from pipelines.feeds.calls import KNOWN, as_calls, part_known
from pipelines.feeds.glance import Glance, glance
from pipelines.feeds.result import REJECT, readable

_NOTHING = pl.DataFrame(schema=KNOWN)
_NO_PARTS = pl.DataFrame(schema=EARLIER)


@dataclass(frozen=True)
class Trial:
    """A file, tried: `lines` are framing, filtered, bad (REJECT: rejects and conflicts), duplicates, parts or calls.

    `parts` are lines of calls that come in several; `waiting` of them wait, `assembled` of the calls (Call) were made
    of the others.
    A file that would be refused whole has a `reason` and a `sentence`, and lines only if it could be parted into them.
    """

    glance: Glance
    reason: str = ""
    sentence: str = ""
    lines: int = 0
    framing: int = 0
    filtered: int = 0
    duplicates: int = 0
    bad: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=REJECT))
    calls: pl.DataFrame = field(default_factory=pl.DataFrame)
    sequence: int | None = None
    parts: int = 0
    assembled: int = 0
    waiting: int = 0
    note: str = ""

    @property
    def bad_by_reason(self) -> dict[str, int]:
        """How many bad lines there are per reason, the most frequent first."""
        counts = self.bad.group_by("reason").len().sort("len", "reason", descending=[True, False])
        return dict(counts.iter_rows())

    @property
    def unanswered(self) -> int:
        return 0 if self.calls.is_empty() else int((~self.calls["is_answered"]).sum())


def tried(content: bytes, feed: Feed, read: Reader) -> Trial:
    """Read a file as ingest would, as if no other file had ever come; UnableToFinish when the reader has a fault."""
    seen = glance(content)
    try:
        result = read(content)
    except FileRefused as refusal:
        return Trial(seen, refusal.reason, refusal.sentence)
    except BelnotaError:
        raise
    except Exception as error:
        said = f"{type(error).__name__}: {error}".splitlines()[0][:300]
        raise UnableToFinish(f"the reader of {feed.format} has a fault, please report it: {said}") from error
    return _refused_if_unreadable(_parted(seen, result, feed), result, feed)


def _parted(seen: Glance, result: ReadResult, feed: Feed) -> Trial:
    joined = assemble(result.parts, waiting=_NO_PARTS, joined=_NO_PARTS, finished=_NO_PARTS["key"])
    records = pl.concat([result.records, joined.records])
    parted = part_known(as_calls(records, feed=feed.name, file_id=""), _NOTHING)
    return Trial(
        seen,
        lines=result.lines,
        framing=result.framing_lines,
        filtered=result.filtered_lines,
        duplicates=parted.duplicates + joined.duplicates,
        bad=pl.concat([result.rejects, joined.rejects, parted.conflicts]).sort("line_number"),
        calls=parted.new,
        sequence=result.sequence,
        parts=joined.parts.height,
        assembled=joined.records.height,
        waiting=joined.waiting.height,
        note=result.note,
    )


def _refused_if_unreadable(trial: Trial, result: ReadResult, feed: Feed) -> Trial:
    """A file of which nothing can be read is refused, but here its bad lines stay: they say what to mend."""
    try:
        readable(result, feed.format)
    except FileRefused as refusal:
        return replace(trial, reason=refusal.reason, sentence=refusal.sentence)
    return trial
