"""belnota.phone: one written form of numbers, and the Dutch number plan."""

from __future__ import annotations

import datetime as dt

import phonenumbers
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from belnota.phone import (
    CALL_TYPES,
    SPECIAL_CALL_TYPES,
    call_type,
    canonical,
    kind_of_number,
    masked,
    number_plan,
    zone_of,
)

WHEN = pl.lit(dt.date(2026, 10, 1))

# D13: what was dialled -> written form -> kind of number
NUMBERS = [
    ("0612345678", "+31612345678", "mobile"),
    ("06 12345678", "+31612345678", "mobile"),
    ("06-12345678", "+31612345678", "mobile"),
    ("+31612345678", "+31612345678", "mobile"),
    ("0031612345678", "+31612345678", "mobile"),
    ("31612345678", "+31612345678", "mobile"),
    ("0031 (0)6-12345678", "+31612345678", "mobile"),
    ("+31(0)612345678", "+31612345678", "mobile"),
    (" 0201234567 ", "+31201234567", "national"),
    ("0513-123456", "+31513123456", "national"),
    ("0881234567", "+31881234567", "corporate"),
    ("0851234567", "+31851234567", "corporate"),
    ("097012345678", "+3197012345678", "m2m"),
    ("08001234", "+318001234", "freephone"),
    ("09001234", "+319001234", "service_0900"),
    ("09061234", "+319061234", "service_0906"),
    ("09091234567", "+319091234567", "service_0909"),
    ("14020", "+3114020", "corporate"),
    ("112", "+31112", "emergency"),
    ("116123", "+31116123", "freephone"),
    ("1850", "+311850", "information_18xx"),
    ("1233", "+311233", "voicemail"),
    ("anonymous", "anonymous", "other"),
    ("Anoniem", "anonymous", "other"),
    ("", "anonymous", "other"),
    (None, "anonymous", "other"),
    ("201", "201", "internal"),
    ("12", "12", "internal"),
    ("+441632960123", "+441632960123", "international"),
    ("00441632960123", "+441632960123", "international"),
    ("2323453", "?2323453", "other"),
    ("abc", "?abc", "other"),
    ("0612345678x", "?0612345678x", "other"),
    ("+", "?+", "other"),
    ("+31٦12345678", "?+31٦12345678", "other"),  # digits, but not ours
]


@pytest.fixture(scope="module")
def written():
    dialled, expected, kinds = zip(*NUMBERS, strict=True)
    frame = pl.DataFrame({"dialled": dialled, "expected": expected, "kind": kinds})
    return frame.with_columns(found=canonical(pl.col("dialled"))).with_columns(
        found_kind=kind_of_number(pl.col("found"), WHEN)
    )


def test_the_worked_table_of_written_forms(written):
    assert written["found"].to_list() == written["expected"].to_list()


def test_the_worked_table_of_kinds(written):
    assert written["found_kind"].to_list() == written["kind"].to_list()


dialled_texts = st.one_of(
    st.text(max_size=25),
    st.from_regex(r"\A ?(\+|00)?(31)?[ -]?(\(0\))?[0-9 ().\-/]{0,20}\Z"),
    st.sampled_from([row[0] or "" for row in NUMBERS]),
)


@given(st.lists(dialled_texts, min_size=1))
def test_written_twice_is_written_once(values):
    frame = pl.DataFrame({"dialled": values}).select(once=canonical(pl.col("dialled")))
    frame = frame.with_columns(twice=canonical(pl.col("once")))

    assert frame["once"].to_list() == frame["twice"].to_list()
    shapes = r"(?s)^(\+[0-9]{3,20}|[0-9]{2,4}|anonymous|\?.*)$"
    assert frame["once"].str.contains(shapes).all()


GEOGRAPHIC = st.from_regex(r"\A0(?:10|20|30|40|50|70|111|228|341|418|513|592)[1-9][0-9]{7}\Z").map(
    lambda text: text[:10]
)
MOBILE = st.from_regex(r"\A06[1-5][0-9]{7}\Z")
FREEPHONE = st.from_regex(r"\A0800[0-9]{4}\Z")
PREMIUM = st.from_regex(r"\A090[069][0-9]{4}\Z")
ORACLE = {
    phonenumbers.PhoneNumberType.FIXED_LINE: {"national"},
    phonenumbers.PhoneNumberType.MOBILE: {"mobile"},
    phonenumbers.PhoneNumberType.TOLL_FREE: {"freephone"},
    phonenumbers.PhoneNumberType.PREMIUM_RATE: {"service_0900", "service_0906", "service_0909"},
    phonenumbers.PhoneNumberType.UAN: {"corporate"},
}
CORPORATE = st.from_regex(r"\A088[1-9][0-9]{6}\Z")


@settings(max_examples=15)
@given(st.lists(st.one_of(GEOGRAPHIC, MOBILE, FREEPHONE, PREMIUM, CORPORATE), min_size=50, max_size=200))
def test_the_number_plan_agrees_with_phonenumbers(values):
    frame = pl.DataFrame({"dialled": values}).select("dialled", number=canonical(pl.col("dialled")))
    found = frame.with_columns(kind=kind_of_number(pl.col("number"), WHEN))
    for dialled, number, kind in found.iter_rows():
        parsed = phonenumbers.parse(dialled, "NL")
        assert number == phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
        if phonenumbers.is_valid_number(parsed):
            assert kind in ORACLE[phonenumbers.number_type(parsed)], dialled


def test_every_kind_of_the_number_plan_is_a_call_type():
    assert set(number_plan()["call_type"]) <= set(CALL_TYPES)
    assert set(SPECIAL_CALL_TYPES) <= set(CALL_TYPES)


def test_zones_have_dates():
    rows = [("nl", "2026-10-01"), (None, "2026-10-01"), ("be", "2026-10-01"), ("gb", "2026-10-01")]
    rows += [("ua", "2025-12-31"), ("ua", "2026-01-01"), ("us", "2026-10-01"), ("no", "2026-10-01")]
    frame = pl.DataFrame(rows, schema=["country", "on"], orient="row").with_columns(on=pl.col("on").str.to_date())

    zones = frame.select(zone_of(pl.col("country"), pl.col("on"))).to_series().to_list()
    assert zones == ["nl", "nl", "eu", "world", "world", "eu", "world", "eu"]


def test_the_worked_rows_of_call_types():
    rows = [
        ("voice", "out", "+31612345678", "nl", "mobile"),
        ("voice", "in", "+31612345678", "eu", "roaming_eu"),
        ("sms", "out", "+31612345678", "nl", "sms"),
        ("data", "out", "anonymous", "world", "roaming_world"),
        ("data", "out", "anonymous", "nl", "data"),
        ("voice", "out", "+319001234", "nl", "service_0900"),
        ("voice", "out", "201", "nl", "internal"),
        ("voice", "in", "+31882345678", "nl", "received"),
        ("voice", "in", "201", "nl", "internal"),
    ]
    frame = pl.DataFrame(rows, schema=["service", "direction", "called", "zone", "expected"], orient="row")
    columns = {name: pl.col(name) for name in ("service", "direction", "called", "zone")}

    assert frame.select(call_type(**columns, on=WHEN)).to_series().to_list() == frame["expected"].to_list()


@pytest.mark.parametrize(("number", "shown"), [("+31612345678", "*********678"), ("12", "12"), ("", "")])
def test_a_masked_number_shows_three_digits(number, shown):
    assert masked(number) == shown
