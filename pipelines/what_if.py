"""What a month of stored calls would have cost with other price lists or other bundles; nothing is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl

import accounts
import tariffs
from belnota.errors import Refused
from belnota.files import publish
from belnota.periods import Period
from belnota.tables import RatedCall, empty
from pipelines.batches import in_order_of_time, streamed
from pipelines.owners import Owners
from pipelines.rated_batches import rated_batches
from pipelines.rollover import shares_of
from pipelines.workspace import Workspace
from rating import Rater
from tariffs import Deck
from tariffs.versions import chain_in_use


def price_lists(workspace: Workspace) -> dict[str, Deck]:
    """Return the price lists in use that plans name, with their bases, by name."""
    with workspace.store.reading() as tx:
        return chain_in_use(tx, workspace.settings.archive, set(accounts.ownership(tx)["deck"]))


def raised(deck: Deck, percent: int) -> Deck:
    """Return a price list with every price, fee and cap higher by so many percent (lower when negative), half-up.

    Refused below -100: a price cannot become negative.
    """
    if percent < -100:
        raise Refused(f"prices cannot be lowered by {-percent} percent; at most by 100")
    amounts = pl.col("price", "connect_fee", "max_charge")
    return replace(deck, rates=deck.rates.with_columns((amounts * (100 + percent) + 50) // 100))


def re_rate(
    workspace: Workspace,
    period: Period,
    out: Path,
    *,
    instead: Mapping[str, Deck] | None = None,
    allowance_percent: int = 100,
) -> int:
    """Rate the calls answered in a month anew into a Parquet file (contract RatedCall, texts); returns how many.

    `instead` gives price lists that take the place of those in use under these names, as entry and as base;
    `allowance_percent` makes every bundle larger or smaller (0: no bundles). All else is as accounts and price lists
    are now, and bundles are drawn anew. The file is written whole or not at all.
    """
    with workspace.store.reading() as tx:
        ownership = accounts.ownership(tx)
        others = dict(instead or {})
        names = set(ownership["deck"]) | {one.settings.base for one in others.values() if one.settings.base}
        decks = chain_in_use(tx, workspace.settings.archive, names) | others
    calls = workspace.lake.scan("calls", periods=[str(period)])
    count = int(calls.select(pl.len()).collect().item())
    if not count:
        raise Refused(f"no stored call was answered in {period}; name a month that has some, as 2026-10")
    usable, _ = tariffs.usable(decks, ownership["deck"])
    share = (pl.col("share") * allowance_percent // 100).cast(pl.Int64)
    shares = shares_of(workspace, str(period), str(period)).with_columns(share=share)
    rater = Rater(tariffs.compile_prices(decks, usable), shares)
    batches = rated_batches(in_order_of_time(calls), Owners.of(ownership), rater, str(period))
    texts = (rated.with_columns(pl.col(pl.Enum).cast(pl.String)) for rated, _ in batches)
    nothing = empty(RatedCall).with_columns(pl.col(pl.Enum).cast(pl.String))
    publish(out, streamed(texts, nothing).sink_parquet)
    return count
