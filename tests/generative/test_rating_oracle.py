"""The engine equals the oracle on every row: drawn decks, bands, versions, bases, bundles, nights of the DST change.

BELNOTA_LONG=1 draws ten times as much.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import tempfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from belnota.tables import BundleShare, CallToRate, RatedCall, empty, schema_of
from rating import RATED_COLUMNS, rate
from tariffs import compile_prices, read_deck
from tests.lib.oracle import OracleBand, OracleDeck, rate_slowly

EXAMPLES = 400 if os.environ.get("BELNOTA_LONG") else 40
MOMENTS = [
    dt.datetime(2026, 10, 24, 20, tzinfo=dt.UTC),  # before the night of 25 hours
    dt.datetime(2026, 3, 28, 20, tzinfo=dt.UTC),  # before the night of 23 hours
    dt.datetime(2026, 12, 24, 18, tzinfo=dt.UTC),  # before a holiday
    dt.datetime(2026, 6, 30, 18, tzinfo=dt.UTC),
]
PREFIXES = ["", "0", "00", "3", "31", "310", "316", "3160", "1", "9", "0900", "09000", "316031600316031"]
CALL_TYPES = ["other", "national", "mobile", "service_0900"]
SUBSCRIPTIONS = ["s1", "s2", "s3"]
CLOCKS = ["00:00", "02:00", "02:30", "03:00", "08:00", "18:00", "23:59"]


def draw_bands(rnd: random.Random) -> tuple[OracleBand, ...]:
    bands = []
    for number in range(rnd.randint(0, 3)):
        days = tuple(rnd.sample(["mon", "tue", "wed", "thu", "fri", "sat", "sun"], rnd.randint(1, 7)))
        excepts = rnd.random() < 0.3
        if not excepts and rnd.random() < 0.3:
            days += ("holiday",)
        bands.append(OracleBand(f"b{number}", days, rnd.choice(CLOCKS), rnd.choice([*CLOCKS, "24:00"]), excepts))
    if bands and rnd.random() < 0.5:
        bands.append(OracleBand("rest", ("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "00:00", "24:00"))
    return tuple(bands)


def draw_row(rnd: random.Random, service: str) -> dict[str, str]:
    decimals = rnd.choice([0, 2, 4, 8])
    price = f"{rnd.randint(0, 10**decimals * 2) / 10**decimals:.{decimals}f}"
    row = {"price": price, "connect_fee": rnd.choice(["", "0.05", "0.12345678"]), "max_charge": ""}
    row["per"] = rnd.choice(["", "1", "7", "60"] if service != "data" else ["", "1000", "1048576"])
    row["increment"] = rnd.choice(["", "1", "6", "30", "60"] if service != "data" else ["10000", "1000000"])
    row["minimum"] = rnd.choice(["", "", "20", "45"] if service != "data" else ["", "", "1500000"])
    if rnd.random() < 0.2:
        row["max_charge"] = rnd.choice(["0.5", "0.03", "2"])
    if rnd.random() < 0.2:
        row["free_below"] = rnd.choice(["3", "31"])
    return row


def draw_versions(rnd: random.Random, day: dt.date) -> list[tuple[str, str]]:
    edges = sorted({str(day + dt.timedelta(days=rnd.randint(-1, 3))) for _ in range(rnd.randint(0, 2))})
    versions = list(zip(["", *edges], [*edges, ""], strict=True))
    if len(versions) > 1 and rnd.random() < 0.4:
        versions.pop(rnd.choice([0, -1]))
    return versions


def draw_rows(rnd: random.Random, bands: tuple[OracleBand, ...], day: dt.date) -> list[dict[str, str]]:
    rows = []
    services = ["voice", *rnd.sample(["voice", "sms", "data"], rnd.randint(1, 3)), "voice", "voice", "data"]
    for turn, service in enumerate(services):
        direction = "out" if turn == 0 else rnd.choice(["", "out", "out", "in"])
        origin = "*" if turn == 0 else rnd.choice(["", "*", "*", "nl", "eu", "de", "world"])
        for prefix in [*rnd.sample(PREFIXES, rnd.randint(1, 6)), rnd.choice(["", "3"])]:
            place = {"service": service, "direction": direction, "origin": origin, "prefix": prefix}
            if any(all((row[k] or d) == (place[k] or d) for k, d in DEFAULTS.items()) for row in rows):
                continue
            for start, end in draw_versions(rnd, day):
                names = ["*"]
                if bands:
                    names = ["rest"] if bands[-1].name == "rest" and rnd.random() < 0.5 else ["*"]
                    names += [band.name for band in bands if band.name not in names and rnd.random() < 0.6]
                named = {"destination": rnd.choice(["", "land", "Zuid, of Noord"]), "call_type": rnd.choice(CALL_TYPES)}
                for band in names:
                    for slot in sorted({0, *(rnd.choice([30, 60, 61, 600]) for _ in range(rnd.randint(0, 2)))}):
                        dates = {"valid_from": start, "valid_until": end, "band": band, "from_quantity": str(slot)}
                        rows.append(place | named | dates | draw_row(rnd, service))
    rnd.shuffle(rows)
    return rows


DEFAULTS = {"service": "voice", "direction": "out", "origin": "*", "prefix": ""}


def draw_decks(rnd: random.Random, day: dt.date) -> dict[str, OracleDeck]:
    decks = {}
    for name, base in (("entry", "base"), ("base", rnd.choice([None, "far"])), ("far", None), ("other", None)):
        bands = draw_bands(rnd)
        decks[name] = OracleDeck(
            name, draw_rows(rnd, bands, day), bands, base,
            timezone=rnd.choice(["Europe/Amsterdam", "Europe/Amsterdam", "America/New_York", "Asia/Kolkata"]),
            band_rule=rnd.choice(["split", "split", "start"]),
            holidays=frozenset({dt.date(2026, 12, 25), day} if rnd.random() < 0.5 else ()),
            mode=rnd.choice(["half_up", "half_even", "up", "down"]), decimals=rnd.randint(0, 6),
        )  # fmt: skip
    return decks


def draw_quantity(rnd: random.Random, service: str) -> int:
    if service == "data":
        return rnd.choice([0, 1, 999_999, 1_000_000, rnd.randint(1, 30_000_000)])
    if service == "sms":
        return rnd.choice([0, 1, 1, 1, 70])
    return rnd.choice([rnd.randint(0, 1), 30, 31, 60, rnd.randint(1, 300), rnd.randint(1, 300), rnd.randint(1, 8000)])


def draw_calls(rnd: random.Random, moment: dt.datetime, count: int) -> list[dict]:
    calls = []
    for number in range(count):
        service = rnd.choice(["voice", "voice", "voice", "sms", "data"])
        digits = rnd.choice([*PREFIXES, "316031", "31603160031603160"]) + "".join(
            rnd.choices("0136", k=rnd.randint(0, 5))
        )
        called = rnd.choice(["+", "", ""]) + digits
        seconds = rnd.choice([3600, rnd.randint(0, 86_400), rnd.randint(0, 48) * 900, rnd.randint(0, 48) * 900 - 1])
        offset = dt.timedelta(seconds=seconds, microseconds=rnd.choice([0, 0, 0, 0, 1, 999_999]))
        calls.append(
            {
                "call_id": f"c{number:04}", "service": service, "direction": rnd.choice(["out"] * 4 + ["in"]),
                "country": rnd.choice([None, "nl", "de"]), "zone": rnd.choice([None, "nl", "eu", "world"]),
                "called": rnd.choice([called] * 60 + ["anonymous", "?12", "++31", "3 1", "٣١"]),
                "call_type": rnd.choice([None] * 9 + ["mobile"] * 9 + ["service_0900", "internal"]),
                "answered_at": moment + offset,
                "quantity": draw_quantity(rnd, service), "deck": rnd.choice(["entry"] * 13 + ["other"] * 6 + [None]),
                "subscription_id": rnd.choice([*SUBSCRIPTIONS * 3, None]),
            }
        )  # fmt: skip
    return calls


def draw_shares(rnd: random.Random, moment: dt.datetime) -> list[dict]:
    shares = []
    for rank in range(rnd.randint(0, 5)):
        is_group, service = rnd.random() < 0.5, rnd.choice(["voice", "voice", "sms", "data"])
        types = rnd.choice([[], [], [], ["mobile", "other"]])
        destinations = rnd.choice([[], [], [], ["land", "31"]])
        for subscription in rnd.sample(SUBSCRIPTIONS, rnd.randint(1, 3)):
            start = moment + dt.timedelta(hours=rnd.choice([-9, -9, 0, 5]))
            share = rnd.choice([0, rnd.randint(1, 3000), rnd.randint(1000, 40_000)]) * (
                20_000 if service == "data" else 1
            )
            shares.append(
                {
                    "period": "2026-10", "pool_id": f"p{rank}@{'group' if is_group else subscription}",
                    "subscription_id": subscription, "customer_id": "c", "bundle": f"p{rank}", "bundle_name_nl": "b",
                    "bundle_name_en": "b", "is_group": is_group, "rank": rank, "service": service, "share": share,
                    "call_types": types, "destinations": destinations, "valid_from_at": start,
                    "valid_until_at": start + dt.timedelta(hours=rnd.choice([6, 48])),
                }
            )  # fmt: skip
    return shares


def compiled(decks: dict[str, OracleDeck]):
    with tempfile.TemporaryDirectory() as folder:
        read = {name: read_deck(deck.write(Path(folder) / name)) for name, deck in decks.items()}
    return compile_prices(read, ["entry", "other"])


@pytest.mark.slow
@pytest.mark.timeout(1800)
@settings(
    max_examples=EXAMPLES, deadline=None, print_blob=True,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # seeds do not shrink
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)  # fmt: skip
@given(deck_seed=st.integers(0, 2**32), call_seed=st.integers(0, 2**32), count=st.integers(100, 250))
def test_the_engine_equals_the_walk_of_the_contract(deck_seed, call_seed, count):
    rnd = random.Random(deck_seed)
    moment = rnd.choice(MOMENTS)
    decks, shares = draw_decks(rnd, moment.date()), draw_shares(rnd, moment)
    calls = draw_calls(random.Random(call_seed), moment, count)
    used = {share["pool_id"]: rnd.choice([0, 10, 10_000]) for share in shares} if rnd.random() < 0.3 else {}
    expected, draws, usage = rate_slowly(calls, decks, shares, used)

    frame = pl.DataFrame(calls, schema=schema_of(CallToRate)).sample(fraction=1, shuffle=True, seed=call_seed)
    share_frame = pl.DataFrame(shares, schema=schema_of(BundleShare)) if shares else empty(BundleShare)
    used_frame = pl.DataFrame({"pool_id": list(used), "used": list(used.values())}) if used else None
    result = rate(frame.lazy(), compiled(decks), share_frame, used_frame)
    rated, drawn, used_now = result.rated, result.draws, result.usage

    types = schema_of(RatedCall)
    assert rated.schema == pl.Schema({name: types[name] for name in RATED_COLUMNS})
    got = {row["call_id"]: row for row in rated.iter_rows(named=True)}
    assert got.keys() == expected.keys()
    for call in calls:
        assert {k: v for k, v in got[call["call_id"]].items() if k != "information_charge_micro_eur"} == expected[call["call_id"]], call
    assert set(drawn.rows()) == draws
    assert {row[:2]: row[2:] for row in used_now.iter_rows()} == usage
