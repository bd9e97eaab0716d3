"""The second rater against the engine: other code, the same micro-euros; and a fault of either is seen."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import polars as pl
import pytest

from belnota.tables import RatedCall, schema_of
from pipelines.second import price_lists
from pipelines.second.price import AMOUNTS, priced
from pipelines.second.price_lists import PriceList
from tariffs import read_deck
from tests.lib.engine import calls_of, compiled, rated_at_once
from tests.lib.warehouse_data import calls, rated
from tests.lib.worlds import world
from warehouse import Lake, sampled

COMPARED = ("status", "reason", "deck", "prefix", "destination", *AMOUNTS)


def lists_of(drawn, folder):
    decks = {name: read_deck(deck.write(folder / name)) for name, deck in drawn.decks.items()}
    return {name: PriceList.of(deck) for name, deck in decks.items()}


def differences(drawn, folder):
    """(call, what the engine says, what the second rater says) of the calls on which they differ."""
    engine = rated_at_once(drawn, compiled(drawn.decks), calls_of(drawn)).rated
    lists = lists_of(drawn, folder)
    found = []
    for call, row in zip(drawn.calls, engine.iter_rows(named=True), strict=True):
        now = priced({**call, "in_bundle_quantity": row["in_bundle_quantity"]}, call["deck"], lists)
        wanted = {name: row[name] for name in COMPARED}
        if now != wanted:
            found.append((call, wanted, now))
    return found


@pytest.mark.parametrize("seed", range(6))
def test_the_second_rater_equals_the_engine_on_drawn_worlds(seed, tmp_path):
    assert differences(world(seed, 500), tmp_path) == []


def test_a_fault_of_the_second_rater_would_be_seen(tmp_path, monkeypatch):
    """The negative control: without minimums they differ."""
    drawn = world(3, 500)
    row = price_lists._row
    monkeypatch.setattr(price_lists, "_row", lambda line: replace(row(line), minimum=0))
    assert differences(drawn, tmp_path)


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    made = Lake(tmp_path_factory.mktemp("lake"))
    made.replace("rated_calls", "2026-10", rated(calls(3000)))
    made.replace("rated_calls", "2026-09", rated(calls(500, period="2026-09")))
    return made


def test_the_sample_is_the_same_on_every_machine(lake):
    """Chosen by the first 60 bits of the MD5 of the call's identity, modulo 1000, as anybody can work out."""
    chosen = sampled(lake, lake.version("rated_calls"), ["2026-10"], per_mille=10, most=1000)
    every = calls(3000)["call_id"]
    wanted = [call for call in every if int(hashlib.md5(call.encode()).hexdigest()[:15], 16) % 1000 < 10]
    assert sorted(chosen["call_id"]) == sorted(wanted)
    assert 10 < len(wanted) < 60
    assert chosen.schema == schema_of(RatedCall)


def test_a_small_sample_is_filled_up_and_a_large_one_is_cut(lake):
    version = lake.version("rated_calls")
    few = sampled(lake, version, ["2026-10"], per_mille=10, most=1000)
    filled = sampled(lake, version, ["2026-10"], per_mille=10, least=200, most=1000)
    assert filled.height == 200
    assert filled.head(few.height).equals(few)
    whole = sampled(lake, version, ["2026-09", "2026-10"], per_mille=1000, most=10**6)
    cut = sampled(lake, version, ["2026-09", "2026-10"], per_mille=1000, most=7)
    assert whole.height == 3500
    assert cut["call_id"].to_list() == whole["call_id"].head(7).to_list()
    assert sampled(lake, version, [], per_mille=1000, most=7).is_empty()
    assert sampled(lake, version, ["2026-10"], per_mille=0, most=7).select(pl.len()).item() == 0
