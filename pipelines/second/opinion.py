"""Which calls are priced a second time, and what differs from what is stored."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

import polars as pl

import accounts
import tariffs
import warehouse
from pipelines.months import committed_months
from pipelines.second.price import AMOUNTS, priced
from pipelines.second.price_lists import PriceList
from pipelines.suspense import WRITTEN_OFF, written_off
from pipelines.workspace import Workspace
from tariffs.registry import load_decks

_OWNED: Final = ("customer_id", "subscription_id", "product")
_COMPARED: Final = (*_OWNED, "status", "reason", "deck", "prefix", "destination", *AMOUNTS)
_LEAST: Final = 200
_MOST: Final = 20_000
"""So many calls at most, so that a night of any size waits seconds for this and no more."""


def second_opinion(workspace: Workspace, version: int) -> pl.DataFrame:
    """Rate a sample of the calls of months that are not closed again; one row per call (warehouse FRAMES, rated_again).

    version: of rated_calls in the lake. Months that are closed were priced by what was in force then, and stay so.
    """
    lake = workspace.lake
    billed = lake.scan("rated_calls", version=version).select(pl.col("billing_period").unique()).collect()
    periods = sorted(set(billed["billing_period"]) - committed_months(workspace))
    per_mille = workspace.settings.controls.sample_per_mille
    calls = warehouse.sampled(lake, version, periods, per_mille=per_mille, least=_LEAST, most=_MOST)
    with workspace.store.reading() as tx:
        owners = Stretches(accounts.ownership(tx))
        decks = load_decks(tx, workspace.settings.archive) if calls.height else {}
        gone = set(written_off(tx)["call_id"])
    known, _ = tariffs.usable(decks, owners.price_lists)
    lists = {name: PriceList.of(deck) for name, deck in decks.items()}
    rows = [_compared(call, again(call, owners, known, lists), gone) for call in calls.iter_rows(named=True)]
    return pl.DataFrame(rows, schema=warehouse.FRAMES["rated_again"], orient="row")


def again(
    call: Mapping[str, Any], owners: Stretches, known: Iterable[str], lists: Mapping[str, PriceList]
) -> dict[str, Any]:
    """Return what a stored call (RatedCall) costs and whose it is, worked out once more."""
    owner = owners.of(call["own_number"], call["answered_at"])
    usable = owner["deck"] if owner and owner["deck"] in known else ""
    entry = usable if owner else None
    called = call["own_number"] if call["direction"] == "in" else call["other_number"]
    whose = {name: owner[name] if owner else None for name in _OWNED}
    return whose | priced({**call, "called": called}, entry, lists)


def _compared(call: Mapping[str, Any], now: dict[str, Any], gone: set[str]) -> dict[str, Any]:
    if call["call_id"] in gone and now["status"] == "unrated":  # finance said that it costs nothing
        now |= {"status": "free", "reason": WRITTEN_OFF, **dict.fromkeys(AMOUNTS, 0)}
    return {
        "period": call["billing_period"],
        "file_id": call["file_id"],
        "line_number": call["line_number"],
        "stored_micro_eur": call["charge_micro_eur"] or 0,
        "again_micro_eur": now["charge_micro_eur"] or 0,
        "is_same": all(call[name] == now[name] for name in _COMPARED),
    }


class Stretches:
    """Whose a number is at a moment, looked up one by one; ownership: contract Ownership."""

    def __init__(self, ownership: pl.DataFrame) -> None:
        self.price_lists = sorted(set(ownership["deck"]))
        self._stretches: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in ownership.sort("own_number", "valid_from_at").iter_rows(named=True):
            self._stretches[row["own_number"]].append(row)

    def of(self, number: str, at: Any) -> dict[str, Any] | None:
        """Return the stretch of a number that holds an instant, if there is one."""
        own = self._stretches.get(number, [])
        place = bisect_right(own, at, key=lambda row: row["valid_from_at"])
        if place == 0:
            return None
        stretch = own[place - 1]
        until = stretch["valid_until_at"]
        return stretch if until is None or at < until else None
