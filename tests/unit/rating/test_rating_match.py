"""Which price answers: number, origin, day, base, call type; and what has none."""

from __future__ import annotations

from bisect import bisect_right

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rating.match import NumberIndex
from tests.lib.price_lists import book, call, rated, write_deck

DIGITS = st.text("019", max_size=6)
LONG = st.builds(str.__add__, st.sampled_from(["", "0", "31", "31612", "999999"]), st.text("09", max_size=9))


def key_of(digits):
    """The fifteen digits of the sort key, left-justified, and how many there are (belnota/tables/prices.py)."""
    return int(digits.ljust(15, "0")) * 16 + len(digits)


def prefixes(tmp_path, rates, *calls):
    rows, _ = rated(book(write_deck(tmp_path, rates)), *calls)
    return [row["prefix"] for row in rows]


def test_short_numbers_and_leading_zeros_keep_their_digits(tmp_path):
    rates = "prefix,price\n0900,1\n09000,1\n090012340,1\n00,1\n31,1\n310,1\n"
    called = [
        "09001234",
        "0900",
        "090",
        "09000",
        "+090012340",
        "0900123405",
        "00",
        "0",
        "31",
        "310",
        "3",
        "+31",
        "++31",
    ]

    assert prefixes(tmp_path, rates, *map(call, called)) == [
        "0900", "0900", None, "09000", "090012340", "090012340", "00", None, "31", "310", None, "31", None,
    ]  # fmt: skip


def test_only_the_empty_prefix_prices_a_call_without_a_number(tmp_path):
    rates = "service,prefix,price\nvoice,,1\nvoice,31,1\ndata,,1\n"
    calls = [call("anonymous"), call(""), call("?123"), call("internet"), call("internet", service="data"), call("5")]

    assert prefixes(tmp_path, rates, *calls) == ["", "", None, None, "", ""]


def test_digits_beyond_the_fifteenth_never_matter(tmp_path):
    assert prefixes(tmp_path, "prefix,price\n123456789012345,1\n", call("12345678901234599999")) == ["123456789012345"]


@settings(max_examples=25)
@given(known=st.lists(DIGITS, min_size=1, max_size=12, unique=True), called=st.lists(DIGITS, min_size=1, max_size=20))
def test_the_longest_prefix_wins(tmp_path_factory, known, called):
    folder = tmp_path_factory.mktemp("deck")
    rates = "prefix,price\n" + "".join(f'"{prefix}",1\n' for prefix in known)
    expected = [max((p for p in known if number.startswith(p)), key=len, default=None) for number in called]

    assert prefixes(folder, rates, *map(call, called)) == expected


@settings(max_examples=100)
@given(st.lists(LONG, max_size=30), st.lists(LONG, min_size=1, max_size=30))
def test_a_number_lies_in_the_stretch_of_the_last_key_that_is_not_above_it(known, called):
    keys, asked = sorted(set(map(key_of, known))), list(map(key_of, called))
    expected = [bisect_right(keys, key) - 1 if keys and keys[0] <= key else None for key in asked]

    index = NumberIndex.of(pl.Series(keys, dtype=pl.Int64))

    assert index.positions(pl.Series(asked, dtype=pl.Int64)).to_list() == expected


def test_origin_country_then_zone_then_any_before_the_length_of_the_prefix(tmp_path):
    rates = "origin,prefix,price,destination\nde,3,1,de\neu,31,1,eu\n*,316,1,any\n"
    prices = book(write_deck(tmp_path, rates))
    places = [("de", "eu"), ("fr", "eu"), ("us", "world"), (None, None)]

    rows, _ = rated(prices, *(call("31612345678", country=country, zone=zone) for country, zone in places))

    assert [row["destination"] for row in rows] == ["de", "eu", "any", "any"]


def test_a_version_is_in_force_on_the_local_day_of_answer(tmp_path):
    rates = (
        "prefix,price,destination,valid_from,valid_until\n"
        "31,1,old,,2026-10-01\n31,1,new,2026-10-01,\n316,1,gone,,2026-10-01\n"
    )
    prices = book(write_deck(tmp_path, rates))
    moments = ["2026-09-30T21:59:59+00:00", "2026-09-30T22:00:00+00:00"]

    rows, _ = rated(prices, *(call("31612345678", at=at) for at in moments), *(call("31201", at=at) for at in moments))

    assert [row["destination"] for row in rows] == ["gone", "new", "old", "new"]


def test_nothing_is_in_force_before_the_first_version(tmp_path):
    rates = "service,prefix,price,valid_from\nsms,31,1,\nvoice,31,1,2026-10-08\n"
    prices = book(write_deck(tmp_path, rates))

    rows, _ = rated(prices, call(), call(at="2026-10-08T12:00+02:00"))

    assert [row["reason"] for row in rows] == ["no_price", None]


def test_the_own_deck_beats_its_base_on_the_same_prefix_and_loses_to_a_longer_one(tmp_path):
    own = write_deck(tmp_path / "own", "prefix,price\n31,0.1\n", 'base = "az"\n[rounding]\ndecimals = 1')
    base = write_deck(tmp_path / "az", "prefix,price\n31,9\n316,0.05\n49,9\n", "[rounding]\ndecimals = 3", "az")

    rows, _ = rated(book(own, base), call("31201"), call("31612", quantity=1), call("49"))

    assert [row["deck"] for row in rows] == ["deck", "az", "az"]
    assert rows[1]["charge_micro_eur"] == 1_000


@pytest.mark.parametrize(
    ("changes", "status", "reason"),
    [
        ({"quantity": 0}, "free", "not_answered"),
        ({"quantity": 0, "called": "999", "deck": None}, "free", "not_answered"),
        ({"call_type": "internal", "called": "201"}, "free", "internal"),
        ({"deck": None}, "unrated", "unknown_number"),
        ({"called": "999"}, "unrated", "no_price"),
        ({"direction": "in"}, "unrated", "no_price"),
        ({"service": "sms"}, "unrated", "no_price"),
        ({"deck": "another"}, "unrated", "no_price"),
        ({"call_type": "service_0900"}, "unrated", "no_price_for_call_type"),
        ({"call_type": "service_0900", "called": "319001234"}, "rated", None),
        ({"call_type": "mobile"}, "rated", None),
    ],
)
def test_what_has_no_price_says_why_and_never_costs_nothing(tmp_path, changes, status, reason):
    rates = "prefix,price,call_type\n31,0.1,national\n31900,1,service_0900\n"

    (row,), _ = rated(book(write_deck(tmp_path, rates)), call() | changes)

    assert (row["status"], row["reason"]) == (status, reason)
    assert (row["charge_micro_eur"] is None) == (status == "unrated")


def test_the_calls_own_type_stands_and_an_unknown_one_is_the_rows(tmp_path):
    prices = book(write_deck(tmp_path, "prefix,price,call_type\n31,0.1,national\n"))

    rows, _ = rated(prices, call(call_type="mobile"), call(), call("5"))

    assert [row["call_type"] for row in rows] == ["mobile", "national", None]
