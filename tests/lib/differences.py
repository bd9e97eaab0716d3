"""Where engine and oracle differ, and the smallest world that still shows it."""

from __future__ import annotations

import csv
import io
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

from belnota.errors import Refused
from tests.lib.engine import Engine, calls_of, compiled, rated_at_once, rated_in_batches
from tests.lib.oracle import Judgement, rate_slowly
from tests.lib.oracle_deck import OracleDeck
from tests.lib.world_decks import OCCURS
from tests.lib.worlds import World

SECONDS_TO_SHRINK = 60
SHOWN = 20
Item = TypeVar("Item")


@dataclass(frozen=True)
class Comparison:
    """Calls compared, what they met (of the oracle), and every difference in words."""

    compared: int
    facts: Counter[str]
    differences: list[str]


def compare(world: World, seed: int = 0) -> Comparison:
    """Rate a world with both, the engine all at once or in batches, and compare every row, draw and bundle."""
    expected = rate_slowly(world.calls, world.decks, world.shares, world.used_before)
    prices, calls = compiled(world.decks), calls_of(world)
    if seed % 2:
        got = rated_at_once(world, prices, calls.sample(fraction=1, shuffle=True, seed=seed))
    else:
        batches = calls.sort("answered_at", "call_id").iter_slices(len(world.calls) // (2 + seed % 7) + 1)
        got = rated_in_batches(world, prices, batches)
    return Comparison(len(world.calls), expected.facts, differences(expected, got))


def differences(expected: Judgement, got: Engine) -> list[str]:
    told = []
    rows = {row["call_id"]: row for row in got.rated.iter_rows(named=True)}
    if got.rated.height != len(rows) or rows.keys() != expected.rated.keys():
        told.append(f"{len(expected.rated)} calls in, {got.rated.height} rows of {len(rows)} calls out")
    for call_id, wanted in expected.rated.items():
        row = rows.get(call_id, {})
        if row != wanted:
            names = sorted(name for name in row.keys() | wanted.keys() if row.get(name, "-") != wanted.get(name, "-"))
            told += [f"{call_id} {name}: oracle {wanted.get(name, '-')}, engine {row.get(name, '-')}" for name in names]
    drawn = got.draws.select("call_id", "pool_id", "subscription_id", "period", "quantity").rows()
    told += [f"draw: only the oracle has {draw}" for draw in sorted(expected.draws - set(drawn))]
    told += [f"draw: only the engine has {draw}" for draw in sorted(set(drawn) - expected.draws)]
    told += ["draw: the engine has one twice"] if len(drawn) != len(set(drawn)) else []
    shown = got.usage.select("pool_id", "subscription_id", "covered_quantity", "used").rows()
    used = {row[:2]: row[2:] for row in shown}
    for share in used.keys() | expected.usage.keys():
        if used.get(share) != expected.usage.get(share):
            told.append(f"usage of {share}: oracle {expected.usage.get(share)}, engine {used.get(share)}")
    return told


def smallest(world: World, is_wrong: Callable[[World], bool]) -> World:
    """Leave out calls, bundles, decks and price rows for as long as what is left is still wrong."""
    ends = time.monotonic() + SECONDS_TO_SHRINK

    def wrong(**changes: object) -> bool:
        try:
            return time.monotonic() < ends and is_wrong(replace(world, **changes))
        except (Refused, ValueError, StopIteration, KeyError):  # without this the world cannot be rated
            return False

    world = replace(world, calls=fewest(world.calls, lambda calls: wrong(calls=calls)))
    world = replace(world, shares=fewest(world.shares, lambda shares: wrong(shares=shares)))
    world = replace(
        world, used_before=dict(fewest(world.used_before.items(), lambda used: wrong(used_before=dict(used))))
    )
    for name, deck in world.decks.items():
        for pieces in (_sets(deck.rows), None):
            world = _fewer_rows(world, name, pieces or [[row] for row in world.decks[name].rows], wrong)
    return world


def _fewer_rows(world: World, name: str, pieces: list[list[dict[str, str]]], wrong: Callable[..., bool]) -> World:
    """Leave out pieces (rows that go together) of the rows of one deck."""
    kept = fewest(pieces, lambda some: wrong(decks=_with_rows(world, name, some)))
    return replace(world, decks=_with_rows(world, name, kept))


def _sets(rows: list[dict[str, str]]) -> list[list[dict[str, str]]]:
    """The rows of each prefix together: without one of them the others may be refused."""
    sets: dict[tuple, list[dict[str, str]]] = {}
    for row in rows:
        sets.setdefault(tuple(row.get(name) for name in OCCURS), []).append(row)
    return list(sets.values())


def _with_rows(world: World, name: str, sets: list[list[dict[str, str]]]) -> dict[str, OracleDeck]:
    rows = [row for rows in sets for row in rows]
    return world.decks | {name: replace(world.decks[name], rows=rows, seen={})}


def fewest(items: Iterable[Item], still: Callable[[list[Item]], bool]) -> list[Item]:
    """Leave out halves, quarters, ... and at last single items, for as long as `still` holds of the rest."""
    kept = list(items)
    size = len(kept)
    while size:
        at = 0
        while at < len(kept):
            rest = kept[:at] + kept[at + size :]
            if still(rest):
                kept = rest
            else:
                at += size
        size //= 2
    return kept


def told(world: World) -> str:
    """Write a world as the files it stands for, to be read by a person."""
    parts = []
    for deck in world.decks.values():
        stream = io.StringIO()
        writer = csv.DictWriter(stream, list(dict.fromkeys(name for row in deck.rows for name in row)), restval="")
        writer.writeheader()
        writer.writerows(deck.rows)
        parts += [repr(replace(deck, rows=[])), stream.getvalue()]
    parts += [str(share) for share in world.shares]
    parts += [f"used before: {world.used_before}", f"{len(world.calls)} calls:", *map(str, world.calls[:SHOWN])]
    return "\n".join(parts)
