"""Each thing that a real month brings is in the demo's files, and can be found."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from belnota.periods import Period, local_date, period_of
from belnota.phone import SPECIAL_CALL_TYPES, kind_of_number, zone_of
from pipelines.demo import allowances, special_calls
from pipelines.demo.calls import instant
from pipelines.demo.lines import rows_of

OCTOBER = pl.col("answered_at").pipe(period_of) == "2026-10"


def test_the_group_bundle_ends_october_at_exactly_100_3_percent(month):
    used = month.calls().filter(
        OCTOBER, pl.col("own_number").is_in(allowances.GROUP), pl.col("service") == "data", pl.col("country") == "nl"
    )

    assert used["quantity"].sum() * 1000 == 2 * 500_000_000 * 1003
    assert set(used["own_number"]) == set(allowances.GROUP)


@pytest.mark.parametrize(("night", "megabytes"), [(12, 1500), (19, 1720), (26, 2060)])
def test_the_single_bundle_of_2000_mb_passes_80_and_100_percent_on_different_nights(month, night, megabytes):
    until = Period(2026, 10).start_at + dt.timedelta(days=night - 1)
    used = month.calls().filter(
        OCTOBER, pl.col("own_number") == allowances.SINGLE, pl.col("service") == "data", pl.col("answered_at") < until
    )

    assert used["quantity"].sum() == megabytes * 1_000_000


def test_the_sms_bundle_of_100_is_passed_by_one_driver(month):
    sent = month.calls().filter(OCTOBER, pl.col("own_number") == allowances.TEXTER, pl.col("service") == "sms")

    assert sent.height == allowances.MESSAGES


def test_every_special_number_is_called_from_a_fixed_line(month):
    called = month.calls().filter(pl.col("direction") == "out", pl.col("service") == "voice")
    kinds = called.select(kind_of_number(pl.col("other_number"), local_date(pl.col("answered_at")))).to_series()

    assert set(SPECIAL_CALL_TYPES) | {"internal", "national", "mobile", "international"} <= set(kinds)
    assert "other" not in set(kinds)


def test_phones_roam_in_the_eu_and_in_the_world(month):
    zones = month.calls().select(zone=zone_of(pl.col("country"), local_date(pl.col("answered_at"))), service="service")

    assert zones.unique().height == 9  # voice, sms and data, each in nl, eu and world


def test_calls_received_also_from_callers_that_withhold_their_number(month):
    received = month.calls().filter(pl.col("direction") == "in")

    assert set(received["feed"]) == {"pbx", "broadworks"}
    assert (received["other_number"] == "anonymous").sum() > 50


def test_the_hour_that_occurs_twice_keeps_its_calls_in_every_feed(month):
    first, last = instant("2026-10-25 02:00:00"), instant("2026-10-25 03:00:00")
    night = month.calls().filter(pl.col("answered_at").is_between(first, last, closed="left"))

    assert last - first == dt.timedelta(hours=2)
    assert (
        night.group_by("feed")
        .agg(pl.col("quantity").is_in([120, 121, 1200]).sum())
        .filter(pl.col("quantity") == 3)
        .height
        == 4
    )
    across = month.calls().filter(pl.col("answered_at") == instant("2026-10-25 01:55:00"), pl.col("quantity") == 7500)
    assert set(across["feed"]) >= {"pbx", "mobiel"}


def test_bad_lines_of_many_kinds(month):
    reasons = set(month.rejects["reason"])

    assert month.rejects.height == 15
    assert {"time", "columns", "quoting", "range", "control_characters", "truncated", "value"} <= reasons


def test_calls_that_came_twice(month):
    once = month.records.filter(pl.col("name") != "mobiel-20260917-opnieuw.csv")
    again = once.filter(~pl.struct("feed", "key").is_first_distinct()).group_by("feed").len()

    # Of BroadWorks' eight repeated records one is an interim one, which is no call.
    assert dict(again.iter_rows()) == {"pbx": 12 + 15 + 3, "mobiel": 20, "broadworks": 8 - 1}


def test_a_file_that_was_sent_again_under_another_name(arrivals):
    content = {arrival.name: arrival.content for arrival in arrivals}

    assert content["mobiel-20260917.csv"] == content["mobiel-20260917-opnieuw.csv"]


def test_a_september_file_that_comes_after_septembers_close(arrivals):
    (late,) = [arrival for arrival in arrivals if arrival.name == "asterisk-20260929.csv"]

    assert late.arrives_on == dt.date(2026, 10, 5)


def test_a_wholesale_file_whose_totals_do_not_match_and_its_correct_re_send(month, arrivals):
    (bad,) = month.refused

    assert month.refused == {bad: "trailer"}
    good = bad.replace(".CDR", "-R.CDR")
    day = {arrival.name: arrival.arrives_on for arrival in arrivals}
    assert day[good] - day[bad] == dt.timedelta(days=1)
    assert month.records.filter(pl.col("name") == good).height > 10


def test_a_row_that_was_billed_though_nobody_answered(month, arrivals):
    raw = b"".join(arrival.content for arrival in arrivals if arrival.name.startswith("asterisk"))

    assert raw.count(b',30,30,"NO ANSWER"') == 1
    assert month.records.filter(~pl.col("is_answered"))["quantity"].sum() == 0


def test_a_number_that_no_customer_has_calls_in_october_only(month):
    ours = {row["number"] for row in rows_of("numbers.csv")}
    strange = month.calls().filter(~pl.col("own_number").is_in(ours))

    assert set(strange["own_number"]) == {special_calls.STRANGER}
    assert set(strange.select(period_of(pl.col("answered_at"))).to_series()) == {"2026-10"}


def test_a_country_without_a_price_is_called_in_october_only(month):
    tuvalu = month.calls().filter(pl.col("other_number").str.starts_with("+688"))

    assert tuvalu.height == 2
    assert tuvalu.filter(OCTOBER).height == 2


def test_calls_over_the_evening_border_and_over_the_months_end(month):
    ends = pl.col("answered_at") + pl.duration(seconds="quantity")
    calls = month.calls().filter(pl.col("service") == "voice")
    local = pl.col("answered_at").dt.convert_time_zone("Europe/Amsterdam")

    assert calls.filter(local.dt.hour() == 17, ends.dt.convert_time_zone("Europe/Amsterdam").dt.hour() >= 18).height > 3
    assert calls.filter(period_of(pl.col("answered_at")) != period_of(ends)).height == 3


def test_a_number_that_changes_owner_is_used_on_both_sides_of_the_change(month):
    owners = [row for row in rows_of("numbers.csv") if row["number"] == special_calls.PORTED]
    calls = month.calls().filter(pl.col("own_number") == special_calls.PORTED)
    change = instant("2026-10-15 00:00:00")

    assert [row["valid_until"] for row in owners] == ["2026-10-15", ""]
    assert set(calls.filter(pl.col("answered_at") < change)["feed"]) == {"broadworks"}
    assert set(calls.filter(pl.col("answered_at") >= change)["feed"]) == {"pbx"}


@pytest.mark.parametrize(
    ("number", "first", "last"), [("+31580001001", (10, 14), (10, 31)), ("+31430001203", (9, 1), (9, 14))]
)
def test_subscriptions_that_start_and_end_in_mid_month_call_only_then(month, number, first, last):
    days = month.calls().filter(pl.col("own_number") == number).select(local_date(pl.col("answered_at"))).to_series()

    assert days.min() >= dt.date(2026, *first)
    assert days.max() <= dt.date(2026, *last)
    assert len(days) > 20


def test_records_that_are_no_calls(month):
    assert month.filtered > 10
