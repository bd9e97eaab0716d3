"""One line in quarantine with its neighbours in the archived file, what is wrong with it and what was decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from belnota.periods import local_day
from pipelines.arrivals import raw_copy
from pipelines.explaining.source import raw_lines
from pipelines.quarantine import Selection, decisions, lines, one_file
from pipelines.screen import printable
from pipelines.workspace import Workspace

_MOST = 2_000
_STATE = {"open": "open: it waits for a fix or a decision", "retried": "retried", "dropped": "dropped"}


@dataclass(frozen=True)
class Told:
    """A quarantined line (`quarantine.lines`), told; context: (line number, printable text) in order."""

    line: Mapping[str, Any]
    path: Path
    context: tuple[tuple[int, str], ...]
    problem: str
    history: tuple[Mapping[str, Any], ...]

    def facts(self) -> list[tuple[str, str]]:
        """Return names and what there is to say about each."""
        row = self.line
        became = {
            "call": "a call",
            "part": "a part of a call",
            "duplicate": "a call that was known already",
            "left_out": "left out by the feed",
        }
        state = _STATE[row["state"]] + (f": {became[row['became']]}" if row["became"] else "")
        age = "" if row["age_days"] is None else f", {row['age_days']} days ago"
        came = "" if row["received_at"] is None else f"came on {local_day(row['received_at'])}{age}"
        facts = [
            ("file", printable(row["file_name"])),
            ("line", f"{row['line_number']:,}"),
            ("feed", printable(row["feed"])),
            ("state", state),
            ("wrong", f"{row['reason']}: {printable(row['detail'])}"),
            ("call", printable(row["call_id"] or "")),
            ("received", came),
            ("raw file", str(self.path)),
        ]
        return [(name, said) for name, said in facts if said]

    @property
    def decisions(self) -> list[str]:
        """Return one sentence per decision, oldest first."""
        return [
            f"{local_day(row['decided_at'])} {row['state']}"
            f"{' (' + row['became'] + ')' if row['became'] else ''} by {row['decided_by']}: {row['because']}"
            for row in self.history
        ]

    def record(self) -> dict[str, Any]:
        """Return all of it for JSON."""
        context = [{"line_number": number, "text": text} for number, text in self.context]
        return {**self.line, "path": str(self.path), "context": context, "problem": self.problem,
                "decisions": [dict(row) for row in self.history]}  # fmt: skip


def told_of(workspace: Workspace, file: str, line: int, *, around: int) -> Told:
    """Return one line and as many before and after it; Refused when there is no such line in quarantine."""
    found = one_file(lines(workspace, Selection(file=file, line_numbers=(line,), state="")), file)
    row = found.row(0, named=True)
    path = raw_copy(workspace.settings.archive, row["file_id"])
    wanted = range(max(1, line - around), line + around + 1)
    texts, problem = raw_lines(path, row["file_id"], wanted)
    with workspace.store.reading() as tx:
        own = decisions(tx).filter((pl.col("file_id") == row["file_id"]) & (pl.col("line_number") == line))
    shown = texts or {line: printable(row["raw_line"])}
    context = tuple((number, _cut(text)) for number, text in sorted(shown.items()))
    return Told(row, path, context, problem, tuple(own.to_dicts()))


def _cut(text: str) -> str:
    return text if len(text) <= _MOST else f"{text[:_MOST]} ... and {len(text) - _MOST:,} characters more"
