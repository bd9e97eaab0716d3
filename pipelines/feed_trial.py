"""What a feed would make of a raw file: everything that ingest does with it, but nothing is stored."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import polars as pl

from belnota.errors import BelnotaError, UnableToFinish
from belnota.settings import Feed
from pipelines.feeds import FileRefused, Reader, ReadResult
from pipelines.feeds.calls import KNOWN, as_calls, part_known
from pipelines.feeds.glance import Glance, glance
from pipelines.feeds.result import REJECT, readable

_NOTHING = pl.DataFrame(schema=KNOWN)


@dataclass(frozen=True)
class Trial:
    """A file, tried: `lines` are framing, filtered, bad (REJECT: rejects and conflicts), duplicates or calls (Call).

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
    parted = part_known(as_calls(result.records, feed=feed.name, file_id=""), _NOTHING)
    return Trial(
        seen,
        lines=result.lines,
        framing=result.framing_lines,
        filtered=result.filtered_lines,
        duplicates=parted.duplicates,
        bad=pl.concat([result.rejects, parted.conflicts]).sort("line_number"),
        calls=parted.new,
        sequence=result.sequence,
    )


def _refused_if_unreadable(trial: Trial, result: ReadResult, feed: Feed) -> Trial:
    """A file of which nothing can be read is refused, but here its bad lines stay: they say what to mend."""
    try:
        readable(result, feed.format)
    except FileRefused as refusal:
        return replace(trial, reason=refusal.reason, sentence=refusal.sentence)
    return trial
