"""What one call costs: the worked examples of rating.md, and the corners of its rules."""

from __future__ import annotations

import pytest

from tests.lib.price_lists import PEAK, book, call, rated, write_deck

ROUND = '[rounding]\nmode = "{}"\ndecimals = {}\n'


def charge(tmp_path, rates, one, toml=""):
    (row,), _ = rated(book(write_deck(tmp_path, rates, toml)), one)
    return row


def test_worked_a_hundred_seconds_at_ten_cents_a_minute(tmp_path):
    row = charge(tmp_path, "prefix,price\n31,0.10\n", call(quantity=100))

    assert (row["charge_micro_eur"], row["billed_quantity"], row["status"]) == (166_700, 100, "rated")


def test_worked_thirty_then_six(tmp_path):
    rates = "prefix,price,from_quantity,increment\n31,0.006,0,30\n31,0.006,30,6\n"

    row = charge(tmp_path, rates, call(quantity=32))

    assert (row["charge_micro_eur"], row["billed_quantity"]) == (3_600, 36)


def test_worked_across_six_in_the_evening(tmp_path):
    rates = "prefix,price,per,connect_fee,band\n31,1,1,1,peak\n31,0.5,1,9,*\n"

    row = charge(tmp_path, rates, call(quantity=3600, at="2026-10-07T17:30:00+02:00"), PEAK)

    assert (row["charge_micro_eur"], row["connect_fee_micro_eur"], row["band"]) == (2_701_000_000, 1_000_000, "peak")


def test_worked_an_increment_belongs_to_where_it_starts(tmp_path):
    rates = "prefix,price,increment,band\n31,0.60,60,peak\n31,0.06,60,*\n"

    row = charge(tmp_path, rates, call(quantity=45, at="2026-10-07T17:59:30+02:00"), PEAK)

    assert (row["charge_micro_eur"], row["billed_quantity"]) == (600_000, 60)


@pytest.mark.parametrize(
    ("at", "band"),
    [
        ("2026-10-07T08:00:00+02:00", "peak"),
        ("2026-10-07T07:59:59.999999+02:00", "*"),
        ("2026-10-07T18:00:00+02:00", "*"),
        ("2026-10-10T12:00:00+02:00", "*"),
        ("2026-12-25T12:00:00+01:00", "*"),
    ],
)
def test_bands_are_half_open_local_and_know_holidays(tmp_path, at, band):
    toml = 'holidays = ["2026-12-25"]\n' + PEAK

    assert charge(tmp_path, "prefix,price,band\n31,1,peak\n31,1,*\n", call(at=at), toml)["band"] == band


@pytest.mark.parametrize(
    ("at", "quantity", "in_night"),
    [
        ("2026-10-25T02:59:00+02:00", 120, 60),  # 02:59 summer time, then 02:00 again: out of 02:30-03:00
        ("2026-10-25T02:29:00+01:00", 120, 60),  # the second 02:30
        ("2026-10-25T01:59:00+02:00", 7260, 3600),  # both passes of the half hour
        ("2026-03-29T01:59:00+01:00", 120, 0),  # 02:30 does not occur
    ],
)
def test_over_a_change_of_the_clock_time_is_elapsed_and_bands_are_on_the_wall(tmp_path, at, quantity, in_night):
    toml = '[[band]]\nname = "night"\nfrom = "02:30"\nuntil = "03:00"'
    rates = "prefix,price,per,band\n31,1,1,night\n31,0,1,*\n"

    row = charge(tmp_path, rates, call(at=at, quantity=quantity), toml)

    assert (row["charge_micro_eur"], row["billed_quantity"]) == (in_night * 1_000_000, quantity)


def test_a_band_past_midnight_belongs_to_the_day_it_starts(tmp_path):
    toml = '[[band]]\nname = "friday"\ndays = ["fri"]\nfrom = "22:00"\nuntil = "06:00"'
    prices = book(write_deck(tmp_path, "prefix,price,band\n31,1,friday\n31,1,*\n", toml))
    moments = ["2026-10-09T05:00+02:00", "2026-10-09T22:00+02:00", "2026-10-10T05:59+02:00", "2026-10-10T06:00+02:00"]

    rows, _ = rated(prices, *(call(at=at) for at in moments))

    assert [row["band"] for row in rows] == ["*", "friday", "friday", "*"]


def test_with_the_start_rule_the_band_at_answer_prices_the_whole_call(tmp_path):
    rates = "prefix,price,per,band\n31,1,1,peak\n31,0.5,1,*\n"

    row = charge(tmp_path, rates, call(quantity=3600, at="2026-10-07T17:30:00+02:00"), 'band_rule = "start"\n' + PEAK)

    assert row["charge_micro_eur"] == 3_600_000_000


def test_a_band_without_rows_is_passed_over(tmp_path):
    both = PEAK + '[[band]]\nname = "all"\n'
    row = charge(tmp_path, "prefix,price,band\n31,1,all\n", call(), both)

    assert row["band"] == "all"


@pytest.mark.parametrize(
    ("extra", "quantity", "micros", "billed"),
    [
        ("minimum\n31,0.6,60", 10, 600_000, 60),
        ("minimum\n31,0.6,60", 61, 610_000, 61),
        ("free_below\n31,0.6,10", 9, 0, 0),
        ("free_below\n31,0.6,10", 10, 100_000, 10),
        ("max_charge\n31,0.6,0.25", 60, 250_000, 60),
        ("connect_fee\n31,0.6,0.05", 1, 60_000, 1),
    ],
)
def test_minimum_free_below_cap_and_fee(tmp_path, extra, quantity, micros, billed):
    row = charge(tmp_path, f"prefix,price,{extra}\n", call(quantity=quantity))

    assert (row["charge_micro_eur"], row["billed_quantity"]) == (micros, billed)


def test_a_fee_above_the_cap_is_never_more_than_the_charge(tmp_path):
    row = charge(tmp_path, "prefix,price,connect_fee,max_charge\n31,1,0.5,0.2\n", call())

    assert row["connect_fee_micro_eur"] == row["charge_micro_eur"] == 200_000


@pytest.mark.parametrize(
    ("mode", "price", "cents"),
    [
        ("half_up", "0.125", 13), ("half_even", "0.125", 12), ("half_even", "0.135", 14),
        ("up", "0.12000001", 13), ("down", "0.12999999", 12),
    ],
)  # fmt: skip
def test_one_rounding_by_the_mode_and_decimals_of_the_deck(tmp_path, mode, price, cents):
    row = charge(tmp_path, f"prefix,price\n31,{price}\n", call(), ROUND.format(mode, 2))

    assert row["charge_micro_eur"] == cents * 10_000


def test_the_largest_data_session_is_exact(tmp_path):
    rates = "service,prefix,price,per\ndata,,0.00000001,1048576\n"

    row = charge(tmp_path, rates, call("anonymous", 2**53, service="data"), ROUND.format("down", 6))

    assert row["charge_micro_eur"] == 2**33 // 100


def test_a_charge_beyond_all_measure_is_unrated_not_wrapped(tmp_path):
    row = charge(tmp_path, "service,prefix,price,per\ndata,,10000,1\n", call("", 2**53, service="data"))

    assert (row["status"], row["reason"], row["charge_micro_eur"]) == ("unrated", "charge_out_of_range", None)


def test_a_call_of_more_than_a_year_is_not_priced_by_bands(tmp_path):
    rates = "prefix,price,band\n31,1,peak\n31,1,*\n"
    prices = book(write_deck(tmp_path, rates, PEAK))

    rows, _ = rated(prices, call(quantity=20 * 86_400), call(quantity=366 * 86_400 + 1), call(quantity=2**53))

    assert [row["reason"] for row in rows] == [None, "too_long", "too_long"]
    assert rows[0]["charge_micro_eur"] == 20 * 1440 * 1_000_000
