"""What the demo's calls cost with the demo's accounts and price lists: who is warned, who is parked."""

from __future__ import annotations

import polars as pl
import pytest

import accounts
import tariffs
from belnota.periods import Period, local_date, period_of
from belnota.phone import call_type, zone_of
from belnota.store import open_store
from belnota.tables import CallToRate, schema_of
from pipelines.demo import special_calls
from pipelines.owners import Owners
from rating import rate


@pytest.fixture(scope="module")
def bill(month, demo_folder, tmp_path_factory):
    """Every call of both months with its owner and charge, and the limits and bundle use of October."""
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('demo') / 'store.sqlite'}")
    with store.writing() as tx:
        accounts.import_folder(tx, demo_folder / "accounts")
    with store.reading() as tx:
        ownership, limits = accounts.ownership(tx), accounts.voip_limits(tx)
        shares = {period: accounts.bundle_shares(tx, Period.parse(period)) for period in ("2026-09", "2026-10")}
    decks = {folder.name: tariffs.read_deck(folder) for folder in (demo_folder / "decks").iterdir()}
    prices = tariffs.compile_prices(decks, sorted(set(ownership["deck"])))
    owned = Owners.of(ownership).of_calls(_calls(month))
    ratings = {period: _rate(owned.filter(period=period), prices, of_period) for period, of_period in shares.items()}
    rated = pl.concat([rating.rated for rating in ratings.values()])
    usage = ratings["2026-10"].usage.group_by("pool_id").agg(pl.col("covered_quantity", "used").sum())
    return owned.drop("deck", "call_type").join(rated, on="call_id"), limits, usage


def _calls(month):
    on = local_date(pl.col("answered_at"))
    kind = call_type(
        service=pl.col("service"),
        direction=pl.col("direction"),
        called=pl.col("other_number"),
        zone=pl.col("zone"),
        on=on,
    )
    return (
        month.calls()
        .with_columns(call_id=pl.concat_str("feed", "key", separator="/"), period=period_of(pl.col("answered_at")))
        .with_columns(zone=zone_of(pl.col("country"), on))
        .with_columns(call_type=kind)
    )


def _rate(owned, prices, shares):
    called = pl.when(pl.col("direction") == "in").then("own_number").otherwise("other_number")
    return rate(owned.with_columns(called=called).select(schema_of(CallToRate).names()).lazy(), prices, shares)


def test_only_the_two_planted_kinds_of_calls_are_unrated_and_only_in_october(bill):
    calls, _, _ = bill
    parked = calls.filter(pl.col("status") == "unrated").select("period", "customer_id", "reason").sort("reason")

    assert parked.rows() == [("2026-10", "K1009", "no_price")] * 2 + [("2026-10", None, "unknown_number")] * 3


def test_two_customers_pass_80_and_another_100_percent_of_the_voip_limit_in_october(bill):
    calls, limits, _ = bill
    telephony = calls.filter(pl.col("product") == "telefonie", pl.col("period") == "2026-10")
    costs = dict(telephony.group_by("customer_id").agg(pl.col("charge_micro_eur").sum()).iter_rows())
    percentages = {customer: 100 * costs[customer] // limit for customer, limit in limits.items() if limit}

    assert {customer for customer, percentage in percentages.items() if 80 <= percentage < 100} == {"K1004", "K1006"}
    assert {customer for customer, percentage in percentages.items() if percentage >= 100} == {"K1008"}


def test_bundles_of_october_end_where_they_were_planned_to(bill):
    _, _, usage = bill
    covered = {pool: (use, used) for pool, use, used in usage.iter_rows()}

    assert covered["zmb-data@K1001"] == (1_003_000_000, 1_000_000_000)
    assert covered["do-data@K1011-02"] == (2_060_000_000, 2_000_000_000)
    assert covered["zmb-sms@K1007-02"] == (117, 100)


def test_the_ported_number_is_billed_to_whom_it_belonged(bill):
    calls, _, _ = bill
    ported = (
        calls.filter(pl.col("own_number") == special_calls.PORTED).group_by("customer_id").agg(pl.col("feed").unique())
    )

    assert dict(ported.iter_rows()) == {"K1012": ["broadworks"], "K1006": ["pbx"]}


def test_a_call_over_1800_is_split_over_two_bands(bill):
    calls, _, _ = bill
    (call,) = calls.filter(pl.col("quantity") == 3600, pl.col("own_number") == special_calls.USER).rows(named=True)

    # 0.0350 + 30 minutes at 0.0120 + 30 minutes at 0.0080
    assert (call["band"], call["charge_micro_eur"]) == ("peak", 635_000)


@pytest.mark.parametrize(
    ("called", "seconds", "call_charge", "information"),
    [
        # 0.0350 + 181 s at 0.0120 a minute; 0.25 a call + from 20 s on 3 whole minutes at 1.00
        ("+319090001", 181, 71_200, 3_250_000),
        # 0.0350 + 100 s; from 10 s on 2 whole minutes at 0.80
        ("+319060001", 100, 55_000, 1_600_000),
        ("+319060001", 59, 46_800, 800_000),
        # 0.0350 + 120 s; 0.45 a call + 2 minutes at 0.90
        ("+311888", 120, 59_000, 2_250_000),
    ],
)
def test_service_numbers_cost_the_call_and_what_their_holder_asks(bill, called, seconds, call_charge, information):
    calls, _, _ = bill
    asked = calls.filter(pl.col("other_number") == called, pl.col("quantity") == seconds).rows(named=True)

    assert [(call["information_charge_micro_eur"], call["charge_micro_eur"]) for call in asked] == [
        (information, call_charge + information)
    ]


def test_every_long_call_of_a_service_number_has_an_information_charge_and_no_other_call_has(bill):
    calls, _, _ = bill
    service = pl.col("call_type").is_in(["service_0900", "service_0906", "service_0909", "information_18xx"])
    informed = pl.col("information_charge_micro_eur") > 0
    rated = calls.filter(pl.col("status") == "rated")

    assert rated.filter(service, pl.col("quantity") > 20).select(informed.all()).item()
    assert rated.filter(~service).select(informed.any()).item() is False
    announced = rated.filter(pl.col("other_number") == "+319000123", pl.col("quantity") <= 20)
    assert announced.select(informed.any()).item() is False
