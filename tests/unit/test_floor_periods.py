"""belnota.periods: months and local time, summer time included."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from belnota.periods import Period, local_date, local_day, midnight, period_of, to_utc

periods = st.builds(Period, st.integers(1990, 2098), st.integers(1, 12))
BEGIN = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)
instants = st.integers(0, 109 * 365 * 86_400_000_000).map(lambda micros: BEGIN + dt.timedelta(microseconds=micros))


def moments(*texts):
    values = [dt.datetime.fromisoformat(text) for text in texts]
    kind = pl.Datetime("us", "UTC") if values[0].tzinfo else pl.Datetime("us")
    return pl.DataFrame({"at": pl.Series(values, dtype=kind)})


@given(periods)
def test_a_period_reads_back_from_how_it_is_written(period):
    assert Period.parse(str(period)) == period
    assert Period.of(period.start_on) == period


@given(periods)
def test_next_and_previous_are_inverses_and_periods_meet_without_a_gap(period):
    assert period.next().previous() == period
    assert period.end_on == period.next().start_on
    assert period.end_at == period.next().start_at
    assert period < period.next()


@given(periods)
def test_the_length_of_a_period_is_its_days(period):
    assert period.days == len({period.start_on + dt.timedelta(n) for n in range(period.days)})
    assert Period.of(period.end_on - dt.timedelta(days=1)) == period


@pytest.mark.parametrize(("text", "hours"), [("2026-03", 743), ("2026-10", 745), ("2026-11", 720), ("2028-02", 696)])
def test_a_month_of_a_change_of_the_clock_has_an_hour_less_or_more(text, hours):
    period = Period.parse(text)

    assert period.end_at - period.start_at == dt.timedelta(hours=hours)


@pytest.mark.parametrize("text", ["", "2026", "2026-13", "2026-00", "26-10", "2026-1", "2026-10-01", "2026/10"])
def test_what_is_no_period_is_refused(text):
    with pytest.raises(ValueError, match="is not a period"):
        Period.parse(text)


@given(st.dates(dt.date(1990, 1, 1), dt.date(2099, 12, 31)))
def test_midnight_begins_the_local_day(day):
    assert local_day(midnight(day)) == day
    assert local_day(midnight(day) - dt.timedelta(microseconds=1)) == day - dt.timedelta(days=1)


@given(st.lists(instants, min_size=1))
def test_the_column_forms_agree_with_the_single_ones(values):
    frame = pl.DataFrame({"at": pl.Series(values, dtype=pl.Datetime("us", "UTC"))})
    found = frame.select(day=local_date(pl.col("at")), period=period_of(pl.col("at")))

    assert found["day"].to_list() == [local_day(value) for value in values]
    assert found["period"].to_list() == [str(Period.of(local_day(value))) for value in values]


def test_a_call_belongs_to_the_month_of_its_local_time():
    found = moments(
        "2026-01-31T22:59:59.999999+00:00",
        "2026-01-31T23:00:00+00:00",
        "2026-01-31T23:30:00+00:00",  # B7: 00:30 on 1 February
        "2026-03-31T21:59:59+00:00",
        "2026-03-31T22:00:00+00:00",
        "2026-10-31T22:59:59+00:00",
        "2026-10-31T23:00:00+00:00",
    ).select(period_of(pl.col("at")))

    assert found.to_series().to_list() == [
        "2026-01",
        "2026-02",
        "2026-02",
        "2026-03",
        "2026-04",
        "2026-10",
        "2026-11",
    ]


def utc(frame, **options):
    values = frame.select(to_utc(pl.col("at"), **options)).to_series()
    assert values.dtype == pl.Datetime("us", "UTC")
    return [value and value.strftime("%H:%M") for value in values]


def test_in_the_night_that_summer_time_begins_the_skipped_hour_is_null():
    night = moments("2026-03-29T01:59:59", "2026-03-29T02:00:00", "2026-03-29T02:59:59", "2026-03-29T03:00:00")

    assert utc(night) == ["00:59", None, None, "01:00"]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("earliest", ["23:59", "00:00", "00:59", "02:00"]),
        ("latest", ["23:59", "01:00", "01:59", "02:00"]),
        ("refuse", ["23:59", None, None, "02:00"]),
    ],
)
def test_in_the_night_that_summer_time_ends_the_policy_decides(policy, expected):
    night = moments("2026-10-25T01:59:59", "2026-10-25T02:00:00", "2026-10-25T02:59:59", "2026-10-25T03:00:00")

    assert utc(night, ambiguous=policy) == expected


def test_another_zone_may_be_named_and_coarser_units_are_taken():
    local = moments("2026-10-25T02:30:00").with_columns(at=pl.col("at").dt.cast_time_unit("ms"))

    assert utc(local, zone="Etc/GMT") == ["02:30"]


@given(st.lists(instants, min_size=1))
def test_local_time_and_back_is_the_same_instant_under_one_of_the_two_policies(values):
    frame = pl.DataFrame({"at": pl.Series(values, dtype=pl.Datetime("us", "UTC"))})
    local = pl.col("at").dt.convert_time_zone("Europe/Amsterdam").dt.replace_time_zone(None)
    back = frame.select("at", early=to_utc(local), late=to_utc(local, ambiguous="latest"))

    assert back.select(((pl.col("early") == pl.col("at")) | (pl.col("late") == pl.col("at"))).all()).item()
