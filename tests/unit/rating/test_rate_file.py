"""`belnota rate`: files in, a file out, and one clear sentence for what cannot be read."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import polars as pl
import pytest

from belnota.errors import Refused
from pipelines.rate_file import RateSummary, rate_file
from tests.lib.price_lists import write_deck

HEAD = "call_id,service,called,answered_at,quantity"
RATES = 'service,prefix,price,connect_fee,destination,call_type\nvoice,31,0.10,0.05,"NL, vast",national\n'
GOOD = "a,voice,31201234567,2026-10-07T12:00:00+02:00,100"


@pytest.fixture
def deck(tmp_path):
    return write_deck(tmp_path / "deck", RATES, "[rounding]\ndecimals = 3")


def calls_file(tmp_path, *lines, head=HEAD):
    file = tmp_path / "calls.csv"
    file.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return file


def test_rows_come_out_in_the_order_they_went_in_with_exact_text(tmp_path, deck):
    out = tmp_path / "out.csv"
    lines = ["z,voice,+31201234567,2026-10-07T10:00:00Z,0", GOOD, "m,voice,49,2026-10-07 12:00+0200,5"]

    summary = rate_file(calls_file(tmp_path, *lines), deck, [], out, None)

    assert summary == RateSummary(calls=3, rated=1, free=1, unrated=1)
    assert out.read_text() == (
        "call_id,status,reason,destination,prefix,call_type,band,billed_quantity,connect_fee,charge\n"
        'z,free,not_answered,"NL, vast",31,national,*,0,0.000,0.000\n'
        'a,rated,,"NL, vast",31,national,*,100,0.050,0.217\n'
        "m,unrated,no_price,,,,,,,\n"
    )


def test_parquet_in_and_out_keeps_the_order_and_exact_decimals(tmp_path, deck):
    at = dt.datetime(2026, 10, 7, 10, tzinfo=dt.UTC)
    frame = pl.DataFrame({"quantity": list(range(500)), "call_id": [f"{n * 7919 % 500:03}" for n in range(500)]})
    frame = frame.with_columns(service=pl.lit("voice"), called=pl.lit("31201"), answered_at=at, extra=1)
    frame.write_parquet(tmp_path / "calls.parquet")

    rate_file(tmp_path / "calls.parquet", deck, [], tmp_path / "out.parquet")

    result = pl.read_parquet(tmp_path / "out.parquet")
    assert result["call_id"].to_list() == frame["call_id"].to_list()
    assert result["charge"].dtype == pl.Decimal(20, 6)
    assert result["charge"][100] == Decimal("0.217")


def test_the_decimals_of_a_deck_of_whole_euros_have_no_point(tmp_path):
    deck = write_deck(tmp_path / "deck", "prefix,price\n31,3\n", "[rounding]\ndecimals = 0")

    rate_file(calls_file(tmp_path, GOOD), deck, [], tmp_path / "out.csv")

    assert (tmp_path / "out.csv").read_text().endswith(",100,0,5\n")


def test_bundles_in_file_order_own_and_shared(tmp_path, deck):
    bundles = tmp_path / "bundles.toml"
    bundles.write_text(
        '[[bundle]]\nname="own"\nservice="voice"\nallowance=30\nsubscriptions=["s1","s2"]\ncall_types=["national"]\n'
        '[[bundle]]\nname="pool"\nservice="voice"\nallowance=50\nsubscriptions=["s1","s2"]\nshared=true\n'
    )
    lines = [f"{GOOD[1:]},s1", f"{GOOD[1:]},s2", f"{GOOD[1:]},s3", f"{GOOD[1:]},"]
    numbered = [f"{n}{line}" for n, line in enumerate(lines)]
    file = calls_file(tmp_path, *numbered, head=f"{HEAD},subscription")

    rate_file(file, deck, [], tmp_path / "out.csv", bundles)

    result = pl.read_csv(tmp_path / "out.csv", infer_schema=False)
    assert result.columns[-1] == "in_bundle_quantity"
    assert result["in_bundle_quantity"].to_list() == ["80", "30", "0", "0"]
    assert result["charge"].to_list() == ["0.033", "0.117", "0.217", "0.217"]


def test_origin_and_direction_are_tried_as_they_stand(tmp_path):
    rates = "direction,origin,prefix,price,destination\nin,*,31,1,in\nout,de,31,1,de\nout,*,31,1,any\n"
    deck = write_deck(tmp_path / "deck", rates)
    lines = [f"{n}{GOOD[1:]},{rest}" for n, rest in enumerate(["in,", "out,de", ",fr", "in,de"])]

    rate_file(calls_file(tmp_path, *lines, head=f"{HEAD},direction,origin"), deck, [], tmp_path / "out.csv")

    result = pl.read_csv(tmp_path / "out.csv", infer_schema=False)
    assert result["destination"].to_list() == ["in", "de", "any", "in"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("b,fax,31,2026-10-07T12:00:00Z,1", "line 3, service, 'fax': write one of voice"),
        ("b,voice,31,2026-10-07T12:00:00,1", "line 3, answered_at, '2026-10-07T12:00:00': write a moment with"),
        ("b,voice,31,2026-02-30T12:00:00Z,1", "line 3, answered_at"),
        ("b,voice,31,2016-12-31T23:59:60Z,1", "line 3, answered_at"),
        ("b,voice,31,2026-10-07T12:00:00Z,-1", "line 3, quantity, '-1': write a whole number"),
        ("b,voice,31,2026-10-07T12:00:00Z,1.5", "line 3, quantity"),
        ("b,voice,31,2026-10-07T12:00:00Z,9007199254740993", "line 3, quantity"),
        ("b,voice,31,2026-10-07T12:00:00Z,", "line 3, quantity, ''"),
        (",voice,31,2026-10-07T12:00:00Z,1", "line 3, call_id"),
        ("a,voice,31,2026-10-07T12:00:00Z,1", "line 2, call_id, 'a': write an identity"),
        ("b,voice,31,2026-10-07T12:00:00Z", "line 3: 4 fields, the header has 5"),
        ('b,voice,"31,2026-10-07T12:00:00Z,1', "cannot be read"),
    ],
)
def test_an_unreadable_line_refuses_the_file_by_name(tmp_path, deck, line, told):
    file = calls_file(tmp_path, GOOD, line)

    with pytest.raises(Refused) as refused:
        rate_file(file, deck, [], tmp_path / "out.csv")

    assert str(file) in str(refused.value)
    assert told in str(refused.value)
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize(
    ("bundle", "told"),
    [
        ("name=1", "name, '1'"), ('name="x"\nservice="fax"', "service, 'fax'"), ("colour=1", "only the keys"),
        ('name="x"\nservice="sms"\nallowance=1.5\nsubscriptions=["s"]', "allowance, '1.5'"),
        ('name="x"\nservice="sms"\nallowance=1', "subscriptions"),
    ],
)  # fmt: skip
def test_a_bad_bundle_is_refused_by_name(tmp_path, deck, bundle, told):
    (tmp_path / "b.toml").write_text(f"[[bundle]]\n{bundle}\n")
    file = calls_file(tmp_path, f"{GOOD},s", head=f"{HEAD},subscription")

    with pytest.raises(Refused, match=rf"b\.toml, bundle 1(.|\n)*{told}"):
        rate_file(file, deck, [], tmp_path / "out.csv", tmp_path / "b.toml")


def test_wrong_use_is_refused(tmp_path, deck):
    file, out = calls_file(tmp_path, GOOD), tmp_path / "out.csv"
    base = write_deck(tmp_path / "az", RATES, name="az")
    (tmp_path / "calls.parquet").write_bytes(b"no parquet")
    for arguments, told in [
        ((file, deck, [base], out), 'no price list has base = "az"'),
        ((file, deck, [deck], out), "already given"),
        ((file, deck, [], tmp_path / "out.xlsx"), "neither .csv nor .parquet"),
        ((tmp_path / "none.csv", deck, [], out), "is not there"),
        ((tmp_path / "calls.parquet", deck, [], out), "cannot be read"),
        ((calls_file(tmp_path, "a", head="call_id"), deck, [], out), "column service, called"),
    ]:
        with pytest.raises(Refused, match=told):
            rate_file(*arguments)
    assert not out.exists()


def test_the_result_is_never_written_over_what_is_read(tmp_path, deck):
    file = calls_file(tmp_path, GOOD)
    before = file.read_bytes()

    with pytest.raises(Refused, match="is what is read"):
        rate_file(file, deck, [], tmp_path / "deck" / ".." / "calls.csv")

    assert file.read_bytes() == before


def test_columns_that_mean_nothing_are_named(tmp_path, deck):
    file = calls_file(tmp_path, f"{GOOD},x,y", head=f"{HEAD},orgin,subscription")

    assert rate_file(file, deck, [], tmp_path / "out.csv").unused == ("orgin", "subscription")


def test_an_origin_is_read_in_either_case_and_one_that_no_price_list_can_name_is_refused(tmp_path):
    deck = write_deck(tmp_path / "deck", "prefix,price,origin\n31,1,*\n31,2,de\n")
    file = calls_file(tmp_path, f"{GOOD},DE", f"b{GOOD[1:]},nl", f"c{GOOD[1:]},", head=f"{HEAD},origin")

    rate_file(file, deck, [], tmp_path / "out.parquet")

    assert pl.read_parquet(tmp_path / "out.parquet")["charge"].to_list() == [
        Decimal("3.3333"), Decimal("1.6667"), Decimal("1.6667"),
    ]  # fmt: skip
    with pytest.raises(Refused, match=r"line 2, origin, 'Germany': write nl, eu"):
        rate_file(calls_file(tmp_path, f"{GOOD},Germany", head=f"{HEAD},origin"), deck, [], tmp_path / "no.csv")


def test_an_information_charge_keeps_the_decimals_of_its_own_price_list(tmp_path):
    holders = "prefix,price,charge_kind\n319,0.80,information\n"
    toml = 'base = "holders"\n[rounding]\ndecimals = 2'
    own = write_deck(tmp_path / "own", "prefix,price\n31,0.02\n", toml, name="own")
    base = write_deck(tmp_path / "holders", holders, name="holders")
    calls = calls_file(tmp_path, "a,voice,3190,2026-10-07T12:00Z,100", "b,voice,3120,2026-10-07T12:00Z,100")

    rate_file(calls, own, [base], tmp_path / "out.csv")

    lines = (tmp_path / "out.csv").read_text().splitlines()
    assert [line.split(",")[-2:] for line in lines[1:]] == [["1.3633", "1.3333"], ["0.03", "0.00"]]
