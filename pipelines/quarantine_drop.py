"""Lines that will never be a call are dropped by name, with a reason; the decision can be taken back."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import sqlalchemy as sa

from belnota.errors import Refused
from belnota.store.quarantine import quarantine_decisions
from pipelines.quarantine import Selection, finish_retries, lines, one_file
from pipelines.signatures import note, signed
from pipelines.workspace import Workspace


def drop(
    workspace: Workspace, chosen: Selection, *, actor: str, because: str, count: int | None = None
) -> pl.DataFrame:
    """Drop open lines; returns them. Lines that are named must all be open and of one file.

    count: for a choice by feed, file or reason, how many lines whoever decides means. Refused, with nothing changed,
    when there are more or fewer.
    """
    actor, because = signed("--by", actor), signed("--because", because)
    finish_retries(workspace)
    found = lines(workspace, replace(chosen, state="open"))
    if chosen.line_numbers:
        found = _all_of(workspace, chosen, found, "open")
    elif found.is_empty():
        raise Refused("nothing was dropped: no open line in quarantine is like that; see: belnota quarantine list")
    elif count != found.height:
        are = "open line is" if found.height == 1 else "open lines are"
        said = "" if count is None else f", and you said {count:,}"
        raise Refused(
            f"nothing was dropped: {found.height:,} {are} like that ({_named(found)}){said}; "
            f"look at what is listed, then say how many you mean with --count {found.height}"
        )
    _decide(workspace, found, "dropped", actor, because)
    return found


def restore(workspace: Workspace, chosen: Selection, *, actor: str, because: str) -> pl.DataFrame:
    """Take the dropping of named lines of one file back: they are open again; returns them."""
    actor, because = signed("--by", actor), signed("--because", because)
    found = _all_of(workspace, chosen, lines(workspace, replace(chosen, state="dropped")), "dropped")
    _decide(workspace, found, "open", actor, because)
    return found


def _all_of(workspace: Workspace, chosen: Selection, found: pl.DataFrame, state: str) -> pl.DataFrame:
    """Return the named lines when each of them is in the state, else say what the others are."""
    every = one_file(lines(workspace, replace(chosen, state="")), chosen.file)
    states = dict(every.select("line_number", "state").iter_rows())
    wrong = [number for number in sorted(set(chosen.line_numbers)) if states.get(number) != state]
    if wrong:
        said = ", ".join(f"line {number} is {states.get(number, 'not in quarantine')}" for number in wrong[:5])
        more = f" and {len(wrong) - 5} more" if len(wrong) > 5 else ""
        raise Refused(f"nothing was changed: {said}{more}; only what is {state} can be, see: belnota quarantine list")
    return found


def _decide(workspace: Workspace, found: pl.DataFrame, state: str, actor: str, because: str) -> None:
    at = workspace.clock()
    rows = [
        {**row, "state": state, "decided_by": actor, "because": because, "decided_at": at}
        for row in found.select("file_id", "line_number", "reason", "detail").iter_rows(named=True)
    ]
    per_file = found.group_by("file_id", "file_name").len().sort("file_name", "file_id")
    with workspace.store.writing() as tx:
        tx.execute(sa.insert(quarantine_decisions), rows)
        for file_id, name, count in per_file.iter_rows():
            detail = {"file_name": name, "lines": count, "because": because}
            note(tx, f"quarantine {state}", file_id, actor, detail, at=at)


def _named(found: pl.DataFrame) -> str:
    counts = found.group_by("reason").len().sort("len", "reason", descending=[True, False]).head(3)
    return ", ".join(f"{count:,} {reason}" for reason, count in counts.iter_rows())
