"""The calls of `belnota rate`, scanned: typed as they should be, and refused by line when they are not."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from belnota.errors import Refused
from pipelines import rate_inputs
from pipelines.rate_inputs import scan_calls

AT = dt.datetime(2026, 10, 7, 10, tzinfo=dt.UTC)
TYPES = {
    "line": pl.Int64(),
    "call_id": pl.String(),
    "service": pl.String(),
    "called": pl.String(),
    "answered_at": pl.Datetime("us", "UTC"),
    "quantity": pl.Int64(),
    "direction": pl.String(),
    "origin": pl.String(),
    "subscription": pl.String(),
}


def calls(rows=1, **changed):
    """Return right calls as texts, with columns changed."""
    made = {"call_id": [f"c{n}" for n in range(rows)], "service": "voice", "called": "+31201234567"}
    made |= {"answered_at": "2026-10-07T12:00:00+02:00", "quantity": "60", **changed}
    return pl.DataFrame(made)


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_text_and_types_come_out_alike(tmp_path, suffix):
    file = tmp_path / f"calls{suffix}"
    table = calls(2, quantity=[" 7 ", "9007199254740992"], direction=["", "in"], origin=["nl", ""], called=["", "31"])
    table.write_csv(file) if suffix == ".csv" else table.write_parquet(file)

    found = scan_calls(file, with_subscription=False)

    first = 2 if suffix == ".csv" else 1
    assert found.collect_schema() == TYPES
    assert found.collect().rows() == [
        (first, "c0", "voice", "", AT, 7, "out", "nl", None),
        (first + 1, "c1", "voice", "31", AT, 2**53, "in", None, None),
    ]


def test_parquet_is_taken_in_the_types_it_has(tmp_path):
    file = tmp_path / "calls[1].parquet"
    local = pl.Series([AT]).dt.convert_time_zone("Europe/Amsterdam").dt.cast_time_unit("ns")
    typed = {"service": pl.Series(["sms"], dtype=pl.Categorical), "quantity": pl.Series([1], dtype=pl.UInt8)}
    calls(call_id=[17], answered_at=local, origin=None, subscription=None, **typed).write_parquet(file)

    found = scan_calls(file, with_subscription=True).collect()

    assert found.schema == TYPES
    assert found.row(0) == (1, "17", "sms", "+31201234567", AT, 1, "out", None, None)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"quantity": [-1]}, "row 1, quantity, '-1'"),
        ({"quantity": [2**53 + 1]}, "row 1, quantity, '9007199254740993'"),
        ({"quantity": pl.Series([None], dtype=pl.Int64)}, "row 1, quantity, ''"),
        ({"quantity": [1.0]}, "quantity is Float64; write whole numbers"),
        ({"answered_at": [AT.replace(tzinfo=None)]}, "answered_at has no time zone"),
        ({"answered_at": [7]}, "answered_at is Int64"),
        ({"answered_at": pl.Series([None], dtype=pl.Datetime("us", "UTC"))}, "row 1, answered_at, ''"),
        ({"call_id": pl.Series([None], dtype=pl.String)}, "row 1, call_id, ''"),
        ({"service": pl.Series([None], dtype=pl.String)}, "row 1, service, ''"),
        ({"direction": ["up"]}, "row 1, direction, 'up': write one of out, in"),
        ({"called": [31201234567.0]}, "called is Float64; write texts"),
    ],
)
def test_parquet_with_a_wrong_value_or_type_is_refused(tmp_path, changed, told):
    file = tmp_path / "calls.parquet"
    calls(**changed).write_parquet(file)

    with pytest.raises(Refused) as refused:
        scan_calls(file, with_subscription=False)
    assert str(file) in str(refused.value)
    assert told in str(refused.value)


def test_the_first_twenty_faults_are_told_by_line(tmp_path):
    file = tmp_path / "calls.csv"
    rows = 60_000
    wrong = {"quantity": "many", "service": "fax"}
    at = [7, 9, 20_000, *range(40_000, 40_100)]
    table = calls(rows).with_row_index()
    columns = [
        pl.when(pl.col("index").is_in(at)).then(pl.lit(bad)).otherwise(name).alias(name) for name, bad in wrong.items()
    ]
    table.with_columns(columns).drop("index").write_csv(file)

    with pytest.raises(Refused) as refused:
        scan_calls(file, with_subscription=False)

    told = str(refused.value).splitlines()
    expected = [f"  line {line + 2}, {name}, {wrong[name]!r}" for line in at for name in sorted(wrong)]
    assert told[0] == f"{file} is refused:"
    assert [line.partition(": write")[0] for line in told[1:]] == expected[:20]


def test_a_call_id_that_is_there_twice_is_refused_wherever_it_is(tmp_path):
    file = tmp_path / "calls.csv"
    pl.concat([calls(50_000), calls(1)]).write_csv(file)

    with pytest.raises(Refused, match=r"line 2, call_id, 'c0'.*\n.*line 50002, call_id, 'c0'"):
        scan_calls(file, with_subscription=False)


def test_in_a_file_too_large_to_compare_the_identities_are_left_to_who_rates_it(tmp_path, monkeypatch):
    file = tmp_path / "calls.csv"
    pl.concat([calls(2), calls(1)]).write_csv(file)
    monkeypatch.setattr(rate_inputs, "MOST_COMPARED", 2)

    assert scan_calls(file, with_subscription=False).collect()["call_id"].to_list() == ["c0", "c1", "c0"]


@st.composite
def written_moments(draw):
    """Return an instant and one way to write it."""
    zone = dt.timezone(dt.timedelta(minutes=draw(st.integers(-23 * 60 - 59, 23 * 60 + 59))))
    moment = AT + dt.timedelta(microseconds=draw(st.integers(-(39 * 10**14), 54 * 10**14)))
    moment = moment.astimezone(zone)
    digits = draw(st.integers(0, 6))
    has_seconds = draw(st.booleans())
    micros = moment.microsecond // 10 ** (6 - digits) * 10 ** (6 - digits) if has_seconds else 0
    moment = moment.replace(microsecond=micros, second=moment.second if has_seconds else 0)
    text = moment.strftime("%H:%M") + (f":{moment.second:02}" if has_seconds else "")
    text += (
        f".{micros:06}"[: digits + 1] + draw(st.sampled_from(["", "123"])) * (digits == 6)
        if has_seconds and digits
        else ""
    )
    offset = f"{moment:%z}"
    offset = draw(st.sampled_from([offset, f"{offset[:3]}:{offset[3:]}", *(["Z"] * (offset == "+0000"))]))
    day = f"{moment.year:04}-{moment:%m-%d}"
    space = draw(st.sampled_from(["", " "]))
    return moment.astimezone(dt.UTC), f"{space}{day}{draw(st.sampled_from('T '))}{text}{offset}{space}"


@given(st.lists(written_moments(), min_size=20, max_size=60))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_moment_is_read_however_it_is_written(tmp_path, moments):
    file = tmp_path / "calls.csv"
    calls(len(moments), answered_at=[text for _, text in moments]).write_csv(file)

    assert scan_calls(file, with_subscription=False).collect()["answered_at"].to_list() == [
        moment for moment, _ in moments
    ]


@pytest.mark.parametrize(
    "text",
    [
        "2026-10-07", "2026-10-07T12:00", "2026-10-07T12:00:00", "2026-10-07T24:00:00Z", "2026-10-07T12:60Z",
        "2026-10-07T12:00:00+24:00", "2026-10-07T12:00:00+02:60", "2026-10-07T12:00:00+2", "2026-10-07T12:00:00.Z",
        "2026-10-07T12:00.5Z", "2026-02-29T12:00Z", "0001-01-01T00:00+01:00",
        "2026-13-01T12:00Z", "07-10-2026T12:00Z", "2026-10-07t12:00z",
        "2026-10-07T12:00:00.1234567890Z", "٢026-10-07T12:00:00Z", "2026-10-07T1٢:00:00Z", "",
    ],
)  # fmt: skip
def test_what_is_no_moment_is_refused(tmp_path, text):
    file = tmp_path / "calls.csv"
    calls(answered_at=text).write_csv(file)

    with pytest.raises(Refused, match=r"line 2, answered_at, .*: write a moment with its offset, as 2026"):
        scan_calls(file, with_subscription=False)
