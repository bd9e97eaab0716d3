"""Calls that will never be whole are dropped by name, with a reason; the decision can be taken back.

Their parts stay in the lake, counted (C3). A part that comes all the same goes to quarantine (`late_part`), where
somebody sees it: restore the call, then retry that line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from belnota.errors import Refused
from belnota.store.parts import part_decisions
from pipelines.parts_list import overview
from pipelines.signatures import note, signed
from pipelines.workspace import Workspace

_LOOK = "see: belnota parts list --state all"
_NAMED = 5


@dataclass(frozen=True)
class Chosen:
    """Which calls are meant: by call_id (`feed/key`), else all of a feed, or of which nothing came for so many days."""

    call_ids: tuple[str, ...] = ()
    feed: str = ""
    older_than_days: int = 0


def drop(
    workspace: Workspace, chosen: Chosen, *, actor: str, because: str, count: int | None = None
) -> list[dict[str, Any]]:
    """Drop calls that wait; returns them (rows of `parts_list.overview`).

    count: for a choice by feed or age, how many calls whoever decides means. Refused, with nothing changed, when there
    are more or fewer, or when a call that is named does not wait.
    """
    actor, because = signed("--by", actor), signed("--because", because)
    if chosen.call_ids:
        found = _named(workspace, chosen.call_ids, "waiting")
    else:
        found = overview(workspace, feed=chosen.feed, at_least_days=chosen.older_than_days)
        if not found:
            raise Refused("nothing was dropped: no call that waits is like that; see: belnota parts list")
        if count != len(found):
            said = "say how many you mean" if count is None else f"you said {count:,}"
            raise Refused(
                f"nothing was dropped: {len(found):,} calls that wait are like that and {said}; look at them, then "
                f"add: --count {len(found)}"
            )
    _decide(workspace, found, "dropped", actor, because)
    return found


def restore(workspace: Workspace, call_ids: Sequence[str], *, actor: str, because: str) -> list[dict[str, Any]]:
    """Take the dropping of named calls back: they wait again; returns them."""
    actor, because = signed("--by", actor), signed("--because", because)
    found = _named(workspace, call_ids, "dropped")
    _decide(workspace, found, "waiting", actor, because)
    return found


def _named(workspace: Workspace, call_ids: Sequence[str], state: str) -> list[dict[str, Any]]:
    """Return the named calls when each is in the state, else say what the others are."""
    every = {row["call_id"]: row for row in overview(workspace, state="")}
    wanted = list(dict.fromkeys(call_ids))
    states = {call_id: every[call_id]["state"] if call_id in every else "no call that waits" for call_id in wanted}
    wrong = [f"{call_id!r} is {found}" for call_id, found in states.items() if found != state]
    if wrong:
        more = f" and {len(wrong) - _NAMED} more" if len(wrong) > _NAMED else ""
        said = ", ".join(wrong[:_NAMED])
        raise Refused(f"nothing was changed: {said}{more}; only what is {state} can be, {_LOOK}")
    return [every[call_id] for call_id in wanted]


def _decide(workspace: Workspace, found: Sequence[dict[str, Any]], state: str, actor: str, because: str) -> None:
    at = workspace.clock()
    same = {"state": state, "decided_by": actor, "because": because, "decided_at": at}
    with workspace.store.writing() as tx:
        rows: list[dict[str, Any]] = [{name: row[name] for name in ("feed", "key", "parts")} | same for row in found]
        tx.execute(sa.insert(part_decisions), rows)
        for feed, count in sorted(Counter(row["feed"] for row in found).items()):
            note(tx, f"parts {state}", feed, actor, {"calls": count, "because": because}, at=at)
