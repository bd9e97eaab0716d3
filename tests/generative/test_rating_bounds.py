"""No charge overflows or wraps: prices, units and quantities at their bounds, against exact whole numbers of Python.

Here the walk of the oracle would take years, so its sum is worked out slot by slot; a first test shows, on small
calls, that this is the same sum.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.lib.differences import compare
from tests.lib.engine import calls_of, compiled, rated_at_once
from tests.lib.oracle_deck import WEEKDAYS, OracleBand, OracleDeck
from tests.lib.oracle_price import Answer, in_micros, rounded, walk
from tests.lib.price_lists import call, share
from tests.lib.worlds import World

MODES = ("half_up", "half_even", "up", "down")
MOST_UNITS = 10**10
MOST_PRICE = 10_000 * 10**8
MOST_QUANTITY = 2**53
AT = dt.datetime(2026, 10, 7, 10, tzinfo=dt.UTC)


def near(*bounds: int, least: int = 0, most: int) -> st.SearchStrategy[int]:
    """Numbers in a range, often on its ends or on these bounds, or beside them."""
    edges = {bound + step for bound in (least, most, *bounds) for step in (-1, 0, 1)}
    return st.sampled_from(sorted(edge for edge in edges if least <= edge <= most)) | st.integers(least, most)


@dataclass(frozen=True)
class Slot:
    start: int
    price: int  # 1e-8 euro per `per` units
    per: int
    increment: int
    minimum: int


@dataclass(frozen=True)
class Case:
    """A prefix, the calls to it, and what a bundle gives each of them."""

    service: str
    slots: tuple[Slot, ...]
    fee: int
    cap: int | None
    quantities: tuple[int, ...]
    inside: int


@st.composite
def cases(draw: st.DrawFn) -> Case:
    per = draw(near(1, 60, 1_000_000, least=1, most=MOST_UNITS))
    starts = [0] + ([draw(near(6, 2**31, least=1, most=MOST_UNITS))] if draw(st.booleans()) else [])
    slots = tuple(
        Slot(
            start,
            draw(near(10**8, least=0, most=MOST_PRICE)),
            per,
            draw(near(60, least=1, most=MOST_UNITS)),
            draw(near(20, least=0, most=MOST_UNITS)),
        )
        for start in starts
    )
    fee = draw(near(5 * 10**6, most=MOST_PRICE))
    around = [edge for edge in (most_in_range(slots, fee), slots[0].increment, starts[-1]) if edge <= MOST_QUANTITY]
    quantities = draw(st.lists(near(2**31, *around, least=1, most=MOST_QUANTITY), min_size=1, max_size=4))
    return Case(
        draw(st.sampled_from(["voice", "sms", "data"])), slots, fee,
        draw(st.none() | near(10**8, most=MOST_PRICE)), tuple(quantities),
        draw(st.just(0) | near(2**31, *quantities, most=MOST_QUANTITY)),
    )  # fmt: skip


def most_in_range(slots: tuple[Slot, ...], fee: int) -> int:
    """The longest call that has a price, by the definition of `Answer.is_out_of_range`."""
    dearest = max(slot.price // (100 * slot.per) for slot in slots) + 1
    longest = max(max(slot.increment, slot.minimum) for slot in slots)
    return max((2**61 - fee // 100 - 1) // dearest - 2 * longest, 0)


def texts(case: Case, prefix: str) -> list[dict[str, str]]:
    return [
        {
            "service": case.service, "prefix": prefix, "from_quantity": str(slot.start), "price": euros(slot.price),
            "per": str(slot.per), "increment": str(slot.increment), "minimum": str(slot.minimum),
            "connect_fee": euros(case.fee), "max_charge": "" if case.cap is None else euros(case.cap),
        }
        for slot in case.slots
    ]  # fmt: skip


def euros(amount: int) -> str:
    return f"{amount // 10**8}.{amount % 10**8:08}"


def exact(case: Case, quantity: int, inside: int) -> tuple[int, Fraction, Fraction]:
    """Billed quantity, charge and fee of the walk: all increments of a slot at once."""
    quantity -= inside
    ends = [*(slot.start for slot in case.slots[1:]), quantity]
    t, total = 0, Fraction(0)
    for slot, end in zip(case.slots, ends, strict=True):
        before = t
        if t == 0 and not inside:
            t = max(slot.increment, slot.minimum)
        if t < min(end, quantity):
            t += -(-(min(end, quantity) - t) // slot.increment) * slot.increment
        total += Fraction((t - before) * slot.price, slot.per)
    fee = 0 if inside else case.fee
    total += fee
    if case.cap is not None:
        total, fee = min(total, Fraction(case.cap)), min(fee, case.cap)
    return t, total / 10**8, Fraction(fee, 10**8)


@settings(max_examples=200)
@given(cases(), st.integers(1, 2000), st.integers(0, 50))
def test_slot_by_slot_is_the_sum_of_the_walk(case, quantity, inside):
    inside = min(inside, quantity - 1)
    deck = OracleDeck("entry", texts(case, "31"))
    (rows,) = (prefixes["31"] for prefixes in deck.read.values())
    one = call(quantity=quantity, service=case.service)

    walked = walk(one, Answer(deck, rows), inside, Counter())

    assert (walked.billed, walked.charge, walked.fee) == exact(case, quantity, inside)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(cases(), st.none() | cases()), min_size=1, max_size=8), st.sampled_from(MODES), st.integers(0, 6)
)
def test_charges_at_the_bounds_are_exact_or_refused(many, mode, decimals):
    deck = OracleDeck("entry", [], mode=mode, decimals=decimals)
    calls, shares, expected = [], [], {}
    for number, (case, asked) in enumerate(many):
        prefix = f"{number:03}"
        deck.rows += texts(case, prefix)
        if asked:
            of_holder = {"service": case.service, "charge_kind": "information"}
            deck.rows += [row | of_holder for row in texts(asked, prefix)]
        for quantity in (*case.quantities, *(asked.quantities if asked else ())):
            name = f"{number}-{len(calls)}"
            own = {"call_id": name, "subscription_id": name, "service": case.service}
            calls.append(call(prefix + "1", quantity, deck="entry", **own, answered_at=AT))
            shares.append(share(pool_id=name, subscription_id=name, service=case.service, share=case.inside))
            expected[name] = priced(case, asked, quantity, deck)
    world = World({"entry": deck}, shares, calls, {})

    result = rated_at_once(world, compiled(world.decks), calls_of(world))

    names = ("status", "billed_quantity", "connect_fee_micro_eur", "charge_micro_eur", "information_charge_micro_eur")
    got = {row["call_id"]: tuple(row[name] for name in names) for row in result.rated.iter_rows(named=True)}
    assert got == expected


def priced(case: Case, asked: Case | None, quantity: int, deck: OracleDeck) -> tuple:
    """Status and amounts, in whole numbers."""
    if any(quantity > most_in_range(one.slots, one.fee) for one in (case, asked) if one):
        return ("unrated", None, None, None, None)
    inside = min(case.inside, quantity)
    billed, charge, fee = exact(case, quantity, inside) if inside < quantity else (0, Fraction(0), Fraction(0))
    information = in_micros(exact(asked, quantity, 0)[1], deck, Counter()) if asked else 0
    amounts = [in_micros(amount, deck, Counter()) for amount in (fee, charge)]
    return ("rated", billed, amounts[0], amounts[1] + information, information)


@pytest.mark.parametrize(("mode", "hours"), [("half_up", 366 * 24), ("half_even", 200), ("up", 24), ("down", 25)])
def test_a_call_through_all_bands_of_a_year_is_exact_at_the_highest_price(mode, hours):
    bands = (OracleBand("peak", WEEKDAYS[:5], "08:00", "18:00"), OracleBand("night", WEEKDAYS, "23:00", "07:00"))
    row = {"prefix": "31", "per": "1", "increment": "3600"}
    rows = [row | {"band": "peak", "price": "9999.99999999"}, row | {"band": "*", "price": "0.00000001"}]
    rows += [row | {"band": "night", "price": "10000", "per": "1"}]
    deck = OracleDeck("entry", rows, bands, mode=mode, decimals=6)
    one = call(quantity=hours * 3600 - 1, deck="entry", answered_at=AT)
    world = World({"entry": deck}, [], [one], {})

    (got,) = rated_at_once(world, compiled(world.decks), calls_of(world)).rated.iter_rows(named=True)

    walked = walk(one, Answer(deck, deck.read["voice", "out", "call", "*"]["31"]), 0, Counter())
    assert (got["status"], got["billed_quantity"]) == ("rated", hours * 3600)
    assert got["charge_micro_eur"] == rounded(walked.charge * 10**6, mode)


@pytest.mark.parametrize("kind", ["call", "information"])
def test_a_year_is_the_longest_call_that_bands_price_but_sessions_and_flat_rates_have_no_such_end(kind):
    bands = (OracleBand("peak", WEEKDAYS[:5], "08:00", "18:00"),)
    plain = {"prefix": "", "price": "0.01", "per": "3600", "increment": "3600"}
    rows = [plain | {"service": service} for service in ("voice", "data")]
    rows = [row | {"charge_kind": other} for row in rows for other in ("call", "information")]
    rows += [row | {"band": "peak", "price": "0.02"} for row in rows if row["charge_kind"] == kind]
    flat = [row | {"prefix": "9"} for row in rows if row.get("band") is None]
    deck = OracleDeck("entry", rows + flat, bands)
    year = 366 * 86_400
    asked = [("voice", "31", year), ("voice", "31", year + 1), ("voice", "9", year + 1), ("data", "31", year + 1)]
    calls = [
        call(called, quantity, call_id=str(number), service=service, deck="entry", answered_at=AT)
        for number, (service, called, quantity) in enumerate(asked)
    ]
    world = World({"entry": deck}, [], calls, {})

    assert compare(world).differences == []
    rated = rated_at_once(world, compiled(world.decks), calls_of(world)).rated
    refused = "too_long" if kind == "call" else "charge_out_of_range"
    assert rated.sort("call_id")["reason"].to_list() == [None, refused, None, None]


def test_information_that_would_be_out_of_range_refuses_only_calls_that_are_long_enough_for_it():
    row = {"prefix": "", "service": "data", "price": "10000", "per": "1"}
    dear = row | {"charge_kind": "information", "increment": "10000000000", "free_below": "2"}
    deck = OracleDeck("entry", [row, dear])
    calls = [call("", q, call_id=str(q), service="data", deck="entry", answered_at=AT) for q in (1, 2)]
    world = World({"entry": deck}, [], calls, {})

    assert compare(world).differences == []
    rated = rated_at_once(world, compiled(world.decks), calls_of(world)).rated
    assert rated.sort("call_id")["reason"].to_list() == [None, "charge_out_of_range"]
