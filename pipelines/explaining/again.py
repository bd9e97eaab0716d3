"""A stored call priced once more, by accounts and price lists as they are now, and what differs from what is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

import tariffs
from belnota.tables import BundleShare, Call, empty, schema_of
from pipelines.arithmetic import Charge, charges_of
from pipelines.owners import Owners
from pipelines.rated_batches import to_rate
from pipelines.suspense import with_write_offs
from rating import rate
from tariffs import Deck

_OWNED: Final = ("customer_id", "subscription_id")
_PRICED: Final = ("status", "reason", "call_type", "deck", "prefix", "destination")
_AMOUNTS: Final = ("information_charge_micro_eur", "charge_micro_eur")
COMPARED: Final = (*_OWNED, *_PRICED, *_AMOUNTS)


@dataclass(frozen=True)
class Again:
    """A call worked out once more: the columns of COMPARED, how its charges come about, its entry price list.

    instead: how it would be charged without bundles, of a call that bundles pay whole. nearest: what answers a number
    of a type that its row does not name, which therefore has no price.
    """

    values: Mapping[str, Any]
    entry: str | None
    charges: tuple[Charge, ...]
    instead: tuple[Charge, ...]
    nearest: Mapping[str, Any] | None

    def differences(self, stored: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
        """Return what differs: column -> (stored, now)."""
        both = {name: (stored[name], self.values[name]) for name in COMPARED}
        return {name: pair for name, pair in both.items() if pair[0] != pair[1]}


def worked_out(
    calls: pl.DataFrame, decks: Mapping[str, Deck], ownership: pl.DataFrame, write_offs: pl.DataFrame
) -> dict[str, Again]:
    """Price stored calls (RatedCall) again by call_id; of each, bundles pay what they paid when it was rated."""
    owned = Owners.of(ownership).of_calls(calls.select(schema_of(Call).names()))
    asked = to_rate(owned)
    known, _ = tariffs.usable(decks, owned["deck"].cast(pl.String).drop_nulls())
    prices = tariffs.compile_prices(decks, known)
    rated = rate(asked, prices, empty(BundleShare)).rated
    inside = pl.DataFrame({"inside": calls["in_bundle_quantity"].fill_null(0), "used": calls["quantity"]})
    charges = charges_of(asked, prices, decks, inside.select(pl.min_horizontal("inside", "used")).to_series())
    is_paid = (inside["inside"] > 0) & (inside["inside"] == inside["used"])
    paid = asked.filter(is_paid)
    instead = charges_of(paid, prices, decks, pl.repeat(0, paid.height, dtype=pl.Int64, eager=True))
    nearest = _nearest(asked.filter(rated["reason"].cast(pl.String) == "no_price_for_call_type"), prices)
    whole = (
        with_write_offs(rated, write_offs)
        .drop("deck")
        .with_columns(rated["deck"], *(owned[name].cast(pl.String) for name in _OWNED))
    )
    made = {}
    for row, entry in zip(whole.iter_rows(named=True), owned["deck"].cast(pl.String), strict=True):
        own = charges.get(row["call_id"], [])
        sums = {"charge_micro_eur": own, "information_charge_micro_eur": [c for c in own if c.kind == "information"]}
        amounts = {name: sum(charge.charge_micro_eur for charge in some) for name, some in sums.items()}
        values = {name: row[name] for name in COMPARED} | (amounts if row["status"] == "rated" else {})
        call_id = row["call_id"]
        without = tuple(charge for charge in instead.get(call_id, ()) if charge.kind == "call")
        made[call_id] = Again(values, entry, tuple(own), without, nearest.get(call_id))
    return made


def _nearest(asked: pl.DataFrame, prices: Any) -> dict[str, dict[str, Any]]:
    untyped = asked.with_columns(call_type=pl.lit(None, asked.schema["call_type"]))
    rated = rate(untyped, prices, empty(BundleShare)).rated
    columns = ("call_id", "deck", "prefix", "destination", "call_type")
    return {row["call_id"]: row for row in rated.select(columns).iter_rows(named=True)}
