"""Everything that there is to say about a stored call: whose, what it cost and why, and where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import polars as pl
import sqlalchemy as sa

import accounts
import tariffs
from belnota.errors import BelnotaError
from pipelines.arithmetic import Charge
from pipelines.explaining.again import COMPARED, Again, worked_out
from pipelines.explaining.bundles import Draw, draws_of
from pipelines.explaining.find import find
from pipelines.explaining.source import Source, sources_of
from pipelines.months import committed_months
from pipelines.suspense import written_off
from pipelines.workspace import Workspace
from tariffs import Deck
from tariffs.versions import Version, chain_in_use, read_version, versions

_MOST_VERSIONS: Final = 12
"""So many kept versions of a price list are tried for a call that the ones in use do not price as stored."""


@dataclass(frozen=True)
class Explanation:
    """One stored call, explained.

    call: its row of RatedCall; status is empty when it was not rated yet. price_lists: the one of its plan and the
    bases, in order, with the version in use. again: the same call priced now. differs: what is not as stored.
    charges: how the charge comes about. priced_by: the kept version by which it is as stored, when it is not by those
    in use. problem: why its price list cannot be used. write_off: actor, because, at.
    """

    call: Mapping[str, Any]
    customer: str | None
    price_lists: tuple[Version, ...]
    source: Source
    draws: tuple[Draw, ...]
    again: Again
    differs: Mapping[str, tuple[Any, Any]]
    charges: tuple[Charge, ...]
    priced_by: Version | None
    problem: str
    write_off: Mapping[str, Any] | None
    is_closed: bool

    @property
    def is_rated(self) -> bool:
        """Whether a night has rated it, be it as unrated."""
        return self.call["status"] is not None

    @property
    def is_late(self) -> bool:
        return self.is_rated and self.call["billing_period"] != self.call["period"]

    @property
    def adds_up(self) -> bool:
        """Whether the charges shown make the stored charge."""
        stored: int = self.call["charge_micro_eur"] or 0
        return sum(charge.charge_micro_eur for charge in self.charges) == stored


def explain(workspace: Workspace, text: str) -> Explanation:
    """Explain the call with this identity or unique part of one; Refused when there is none, or several."""
    return explanations(workspace, find(workspace, text))[0]


def explanations(workspace: Workspace, calls: pl.DataFrame) -> list[Explanation]:
    """Explain stored calls (RatedCall, as `find` returns them), in order."""
    with workspace.store.reading() as tx:
        every = accounts.ownership(tx)
        ownership = every.filter(pl.col("own_number").is_in(calls["own_number"].implode()))
        names = {customer.customer_id: customer.name for customer in accounts.customers(tx)}
        decks = chain_in_use(tx, workspace.settings.archive, set(ownership["deck"]))
        write_offs = written_off(tx)
        now = worked_out(calls, decks, ownership, write_offs)
        draws, sources = draws_of(workspace, calls), sources_of(workspace, calls)
        named = {row["call_id"]: row for row in write_offs.iter_rows(named=True)}
        closed = committed_months(workspace)
        entries = {again.entry for again in now.values()}
        lists = {entry: _price_lists(tx, workspace, decks, entry) for entry in entries}
        made = []
        for call in calls.iter_rows(named=True):
            again = now[call["call_id"]]
            differs = again.differences(call) if call["status"] is not None else {}
            older, charges = None, again.charges
            if differs and call["status"] == "rated":
                own = calls.filter(call_id=call["call_id"])
                older, charges = _as_stored(tx, workspace, own, decks, ownership) or (None, charges)
            made.append(
                Explanation(
                    call=call,
                    customer=names.get(call["customer_id"]),
                    price_lists=lists[again.entry][0],
                    source=sources[call["call_id"]],
                    draws=tuple(draws.get(call["call_id"], ())),
                    again=again,
                    differs=differs,
                    charges=charges,
                    priced_by=older,
                    problem=lists[again.entry][1],
                    write_off=named.get(call["call_id"]) if call["reason"] == "written_off" else None,
                    is_closed=call["billing_period"] in closed,
                )
            )
    return made


def _price_lists(
    tx: sa.Connection, workspace: Workspace, decks: Mapping[str, Deck], entry: str | None
) -> tuple[tuple[Version, ...], str]:
    """Return the price list of a plan and its bases as they are in use, or why they cannot be."""
    if entry is None:
        return (), ""
    chains, problems = tariffs.usable(decks, [entry])
    if not chains:
        return (), problems[0].partition(": ")[2]
    names: list[str] = []
    name: str | None = entry
    while name is not None:
        names.append(name)
        name = decks[name].settings.base
    in_use = (versions(tx, workspace.settings.archive, one)[0] for one in names)
    return tuple(in_use), ""


def _as_stored(
    tx: sa.Connection, workspace: Workspace, call: pl.DataFrame, decks: Mapping[str, Deck], ownership: pl.DataFrame
) -> tuple[Version, tuple[Charge, ...]] | None:
    """Return the kept version of one price list by which a call is as it was stored, and its charges then."""
    archive = workspace.settings.archive
    stored = call.row(0, named=True)
    for name in decks:
        for version in versions(tx, archive, name)[1 : _MOST_VERSIONS + 1]:
            try:
                older = {**decks, name: read_version(archive, version)}
            except BelnotaError:  # kept before a rule of today, or damaged: it cannot be tried
                continue
            tried = worked_out(call, older, ownership, written_off(tx).clear())[stored["call_id"]]
            if not tried.differences(stored).keys() & set(COMPARED[2:]):
                return version, tried.charges
    return None
