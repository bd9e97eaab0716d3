"""Each control ties out on a true month and fails when its one thing is damaged."""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl
import pytest

from belnota.tables import ControlResult, QuarantineDecision, schema_of
from tests.lib.warehouse_data import (
    calls,
    draws,
    invoice_lines,
    invoices,
    published_frames,
    quarantined,
    rated,
    source_file,
    source_files,
    usage,
)
from warehouse import FRAMES, AlarmLimits, Lake, balanced, imbalances, reconcile

LAKE = {
    "calls": "calls",
    "quarantine": "quarantine",
    "rated": "rated_calls",
    "draws": "bundle_draws",
    "usage": "bundle_usage",
}


@dataclass(frozen=True)
class Month:
    """What a night leaves behind; a test replaces one part by a damaged one."""

    calls: pl.DataFrame
    quarantine: pl.DataFrame
    rated: pl.DataFrame
    draws: pl.DataFrame
    usage: pl.DataFrame
    files: list[dict]
    invoices: pl.DataFrame
    lines: pl.DataFrame
    root: Path
    vat: pl.DataFrame | None = None
    others: dict = field(default_factory=dict)
    limits: AlarmLimits | None = None

    def __post_init__(self):
        for part, table in LAKE.items():
            if not (self.root / table).exists():
                # In halves, because a damaged month may break the key of one file.
                frame = getattr(self, part)
                for n, half in enumerate((frame[::2], frame[1::2])):
                    Lake(self.root).append(table, half, batch=str(n))

    def damaged(self, root, **parts):
        """The same month with other parts: only their tables are written again."""
        shutil.copytree(
            self.root,
            root,
            ignore=lambda folder, _: (
                [LAKE[part] for part in parts if part in LAKE] if Path(folder) == self.root else []
            ),
        )
        return replace(self, root=root, **parts).reconciled()

    def reconciled(self):
        lake = Lake(self.root)
        versions = {table: lake.version(table) for table in LAKE.values()}
        files = source_files(*self.files)
        frames = {"source_files": files, "invoices": self.invoices, "invoice_lines": self.lines}
        frames |= {"invoice_vat": vat(self.lines) if self.vat is None else self.vat, **self.others}
        return reconcile(lake, versions, frames, ["2026-10"], self.limits)


def vat(lines):
    """VAT of 21 % on every invoice, as it must be by its lines."""
    sums = lines.group_by("invoice_number").agg(lines_cents=pl.col("amount_cents").sum()).sort("invoice_number")
    due = (pl.col("lines_cents") * 21 + 50) // 100
    return sums.with_columns(basis_points=pl.lit(2100), net_cents="lines_cents", vat_cents=due)


@pytest.fixture(scope="module")
def month(tmp_path_factory):
    """210 calls of two files in October, 20 of September of which 5 came late, customer C3 not yet invoiced."""
    september = calls(15, period="2026-09", feed="b", file="f0")
    late = calls(5, period="2026-09", feed="late", file="f3")
    october = pl.concat([calls(140, file="f1"), calls(70, feed="b", file="f2")])
    out = pl.concat([rated(september), rated(late, billing_period="2026-10"), rated(october)])
    taken = draws(out)
    return Month(
        root=tmp_path_factory.mktemp("month"),
        calls=pl.concat([september, late, october]),
        quarantine=quarantined(4, file="f1"),
        rated=out,
        draws=taken,
        usage=usage(out, taken),
        files=[
            source_file("f0", feed="b", accepted_calls=15, sequence=1),
            source_file("f1", accepted_calls=140, quarantined_lines=4, duplicate_calls=2, filtered_lines=9),
            source_file("f2", feed="b", accepted_calls=70, sequence=2),
            source_file("f3", feed="late", accepted_calls=5),
            source_file("f2", feed="b", arrival=2, status="duplicate"),
            source_file("f9", status="refused", reason="trailer", lines=77),
        ],
        invoices=_both_months(invoices, out),
        lines=_both_months(invoice_lines, out),
    )


def _both_months(made, out):
    """September's invoices of all customers, and October's of two of them."""
    september = made(out, period="2026-09", customers=["C1", "C2", "C3"])
    return pl.concat(
        [
            september.with_columns(invoice_number="old-" + pl.col("invoice_number")),
            made(out, period="2026-10", customers=["C1", "C2"]),
        ]
    )


def all_faults(controls):
    return [tuple(row) for row in controls.filter(~pl.col("is_balanced")).select("control", "scope", "unit").rows()]


def faults(controls):
    """What does not tie out, but for the sums of invoices: whatever changes an invoice or a line changes those too."""
    return [row for row in all_faults(controls) if row[0] != "C7"]


def one(controls, control, scope, unit):
    (row,) = controls.filter(control=control, scope=scope, unit=unit).to_dicts()
    return row


def test_a_true_month_ties_out(month):
    controls = month.reconciled()

    ControlResult.validate(controls)
    assert imbalances(controls) == []
    assert balanced(controls)
    assert set(controls["control"]) == {"C1", "C2", "C3", "C4", "C5", "C6", "C7"}
    files = one(controls, "C1", "all", "files")
    assert (files["left"], files["detail"]) == (6, "4 accepted, 1 refused, 1 duplicate")
    money = one(controls, "C5", "2026-10", "micro_eur")
    billed = month.rated.filter(billing_period="2026-10")
    assert money["left"] == billed["charge_micro_eur"].sum() > 0
    assert "2 invoices" in money["detail"]
    information = one(controls, "C5", "2026-10", "micro_eur of information")
    assert information["left"] == billed["information_charge_micro_eur"].sum() > 0
    lines = one(controls, "C5", "2026-10", "invoice lines")
    assert lines["left"] == month.lines.filter(period="2026-10").height
    assert {"call", "information"} == set(month.lines.filter(period="2026-10")["charge_kind"])
    assert one(controls, "C4", "2026-09", "calls")["left"] == 20
    assert one(controls, "C4", "2026-10", "calls")["left"] == 210
    seconds = one(controls, "C6", "2026-10", "seconds")
    assert seconds["left"] == billed.filter(service="voice")["quantity"].sum() > 0


def test_an_empty_workspace_ties_out(tmp_path):
    lake = Lake(tmp_path)
    versions = dict.fromkeys(("calls", "quarantine", "rated_calls", "bundle_draws", "bundle_usage"), -1)

    controls = reconcile(lake, versions, published_frames() | {"source_files": source_files()}, [])

    assert controls.rows() == [("C1", "all", "files", 0, 0, True, "0 accepted, 0 refused, 0 duplicate", "balance")]


def test_c1_a_repeat_of_a_file_that_never_came(month, tmp_path):
    files = [*month.files, source_file("f8", arrival=2, status="duplicate")]

    controls = month.damaged(tmp_path / "lake", files=files)

    assert faults(controls) == [("C1", "all", "files")]
    assert imbalances(controls) == [
        "C1 (files received) all: 7 files in, 6 out, difference 1; 4 accepted, 1 refused, 1 duplicate"
    ]


def test_c1_one_content_accepted_twice(month, tmp_path):
    files = [*month.files, source_file("f3", feed="late", arrival=2)]

    assert ("C1", "all", "files") in faults(month.damaged(tmp_path / "lake", files=files))


def test_c2_a_repeated_number_unbalances_and_a_gap_is_told(month, tmp_path):
    gap = [month.files[0] | {"sequence": 1}, *month.files[1:2], month.files[2] | {"sequence": 5}, *month.files[3:]]
    repeat = [month.files[0] | {"sequence": 2}, *month.files[1:]]

    with_gap = month.damaged(tmp_path / "gap", files=gap)
    with_repeat = month.damaged(tmp_path / "repeat", files=repeat)

    assert balanced(with_gap)
    assert one(with_gap, "C2", "b", "files")["detail"] == "numbers 1 to 5; missing 2-4"
    assert faults(with_repeat) == [("C2", "b", "files")]
    assert one(with_repeat, "C2", "b", "files")["detail"] == "numbers 2 to 2; repeated 2"


def test_c2_a_single_missing_number(month, tmp_path):
    files = [month.files[0] | {"sequence": 1}, month.files[1], month.files[2] | {"sequence": 3}, *month.files[3:]]

    assert one(month.damaged(tmp_path / "lake", files=files), "C2", "b", "files")["detail"].endswith("missing 2")


@pytest.mark.parametrize(
    ("damage", "unit"),
    [
        ({"quarantined_lines": 3, "lines": 155}, "quarantined lines"),
        ({"accepted_calls": 141, "lines": 157}, "calls"),
        ({"duplicate_calls": 1, "filtered_lines": 10}, None),
    ],
)
def test_c3_the_register_against_the_lake(month, tmp_path, damage, unit):
    files = [month.files[0], month.files[1] | damage, *month.files[2:]]

    found = faults(month.damaged(tmp_path / "lake", files=files))

    scope = "a f1.csv f1"
    assert found == ([] if unit is None else [("C3", "a", unit), ("C3", scope, unit)])


def test_c3_a_line_that_went_nowhere(month, tmp_path):
    files = [month.files[0], month.files[1] | {"lines": 157}, *month.files[2:]]

    assert faults(month.damaged(tmp_path / "lake", files=files)) == [
        ("C3", "a", "lines"),
        ("C3", "a f1.csv f1", "lines"),
    ]


def test_c3_errors_that_cancel_out_in_a_feed_are_found_per_file(month, tmp_path):
    files = [
        month.files[0] | {"accepted_calls": 16, "lines": 17},
        month.files[1],
        month.files[2] | {"accepted_calls": 69, "lines": 70},
        *month.files[3:],
    ]

    assert faults(month.damaged(tmp_path / "lake", files=files)) == [
        ("C3", "b f0.csv f0", "calls"),
        ("C3", "b f2.csv f2", "calls"),
    ]


def test_c3_calls_of_a_file_that_nobody_registered(month, tmp_path):
    found = faults(month.damaged(tmp_path / "lake", files=[*month.files[:3], *month.files[4:]]))

    assert found == [("C3", "late", "calls"), ("C3", "late not in the register f3", "calls")]


def test_c4_a_call_that_was_not_rated(month, tmp_path):
    lost = month.rated.filter(pl.col("call_id") != "a/2026-10-00006")  # an unrated one: no money, no bundle

    controls = month.damaged(tmp_path / "lake", rated=lost)

    assert faults(controls) == [("C4", "2026-10", "calls"), ("C4", "2026-10", "calls out once")]
    assert one(controls, "C4", "2026-10", "calls out once")["detail"] == "1 not rated at all, 0 more than once"


def test_c4_a_late_call_billed_in_two_months(month, tmp_path):
    twice = pl.concat(
        [month.rated, month.rated.filter(call_id="late/2026-09-00004").with_columns(billing_period=pl.lit("2026-09"))]
    )

    found = faults(month.damaged(tmp_path / "lake", rated=twice))

    assert found == [("C4", "2026-09", "calls"), ("C4", "2026-09", "calls out once")]


def test_c4_one_lost_and_one_doubled_do_not_cancel_out(month, tmp_path):
    unrated = month.rated.filter(call_id="a/2026-10-00013")
    swapped = pl.concat([month.rated.filter(pl.col("call_id") != "a/2026-10-00006"), unrated])

    found = faults(month.damaged(tmp_path / "lake", rated=swapped))

    assert ("C4", "2026-10", "calls") not in found
    assert ("C4", "2026-10", "calls out once") in found


def test_c4_a_rated_call_that_never_came(month, tmp_path):
    invented = month.rated.filter(call_id="a/2026-10-00006").with_columns(call_id=pl.lit("a/invented"))

    controls = month.damaged(tmp_path / "lake", rated=pl.concat([month.rated, invented]))

    assert ("C4", "2026-10", "calls") in faults(controls)
    assert "1 not among the calls" in one(controls, "C4", "2026-10", "calls")["detail"]


def test_c5_a_micro_euro_that_was_not_invoiced(month, tmp_path):
    less = month.invoices.with_columns(
        usage_micro_eur=pl.col("usage_micro_eur") - (pl.col("invoice_number") == "2026-C2").cast(pl.Int64)
    )

    controls = month.damaged(tmp_path / "lake", invoices=less)

    assert faults(controls) == [("C5", "2026-10", "micro_eur"), ("C5", "2026-10 invoice 2026-C2", "micro_eur")]


def test_c5_two_invoices_that_are_wrong_by_the_same_amount(month, tmp_path):
    sign = pl.col("invoice_number").replace_strict({"2026-C1": 1, "2026-C2": -1}, default=0)
    swapped = month.invoices.with_columns(usage_micro_eur=pl.col("usage_micro_eur") + sign)

    assert faults(month.damaged(tmp_path / "lake", invoices=swapped)) == [
        ("C5", "2026-10 invoice 2026-C1", "micro_eur"),
        ("C5", "2026-10 invoice 2026-C2", "micro_eur"),
    ]


def test_c5_cents_that_no_line_gives(month, tmp_path):
    cents = pl.col("usage_cents") + pl.when(pl.col("invoice_number") == "2026-C1").then(200).otherwise(0)
    generous = month.invoices.with_columns(usage_cents=cents)

    assert faults(month.damaged(tmp_path / "lake", invoices=generous)) == [
        ("C5", "2026-10", "cents"),
        ("C5", "2026-10 invoice 2026-C1", "cents"),
    ]


def _changed(lines, line, **values):
    """The same lines, with the one at this place changed."""
    this = pl.int_range(pl.len()) == line
    return lines.with_columns(
        pl.when(this).then(value).otherwise(name).cast(lines.schema[name]).alias(name) for name, value in values.items()
    )


def _place(lines, **of):
    """The place of the first line of October that is so."""
    return lines.with_row_index().filter(**{"period": "2026-10"} | of).item(0, "index")


LINES = [("C5", "2026-10", "invoice lines"), ("C5", "2026-10 invoice 2026-C1", "invoice lines")]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"usage_micro_eur": pl.col("usage_micro_eur") + 1}, "0 missing, 0 without calls, 1 of another amount"),
        ({"amount_cents": pl.col("amount_cents") - 1}, "0 missing, 0 without calls, 1 of another amount"),
        ({"call_type": pl.lit("emergency")}, "1 missing, 1 without calls, 0 of another amount"),
        ({"own_number": pl.lit("+31850009999")}, "1 missing, 1 without calls, 0 of another amount"),
        ({"usage_period": pl.lit("2026-08")}, "1 missing, 1 without calls, 0 of another amount"),
        ({"kind": pl.lit("fee")}, "1 missing, 0 without calls, 0 of another amount"),
    ],
)
def test_c5_a_line_that_does_not_hold_its_calls(month, tmp_path, change, told):
    lines = _changed(month.lines, _place(month.lines, invoice_number="2026-C1", charge_kind="call"), **change)

    controls = month.damaged(tmp_path / "lake", lines=lines)

    assert faults(controls) == LINES
    assert one(controls, *LINES[0])["detail"] == told
    assert one(controls, *LINES[1])["detail"] == f"customer C1: {told}"


def test_c5_an_information_charge_on_the_line_of_the_calls(month, tmp_path):
    """The sums of the invoice and of its number and call type are right; only the kinds of charge are not."""
    place = _place(month.lines, invoice_number="2026-C1", charge_kind="information")
    (information,) = month.lines.slice(place, 1).to_dicts()
    kept = month.lines.filter(pl.int_range(pl.len()) != place)
    same = {name: information[name] for name in ("invoice_number", "usage_period", "own_number", "call_type")}
    lumped = _changed(
        kept,
        _place(kept, **same),
        usage_micro_eur=pl.col("usage_micro_eur") + information["usage_micro_eur"],
        amount_cents=pl.col("amount_cents") + information["amount_cents"],
    )

    controls = month.damaged(tmp_path / "lake", lines=lumped)

    assert faults(controls) == [LINES[0], ("C5", "2026-10", "micro_eur of information"), LINES[1]]
    assert one(controls, *LINES[0])["detail"] == "1 missing, 0 without calls, 1 of another amount"


def test_c5_a_customer_who_is_invoiced_twice(month, tmp_path):
    again = pl.col("invoice_number").str.replace("2026-C1", "2026-C1-again")
    bills, lines = (
        pl.concat([frame, frame.filter(invoice_number="2026-C1").with_columns(invoice_number=again)])
        for frame in (month.invoices, month.lines)
    )

    found = faults(month.damaged(tmp_path / "lake", invoices=bills, lines=lines))

    units = ("cents", "invoice lines", "micro_eur")
    assert found[:3] == [("C5", "2026-10", unit) for unit in units]
    assert [row for row in found if row[1] != "2026-10"] == [("C5", "2026-10 invoice 2026-C1", unit) for unit in units]


def test_c6_a_second_that_was_not_rated(month, tmp_path):
    shorter = month.rated.with_columns(
        quantity=pl.col("quantity") - (pl.col("call_id") == "a/2026-10-00000").cast(pl.Int64)
    )

    assert faults(month.damaged(tmp_path / "lake", rated=shorter)) == [("C6", "2026-10", "seconds")]


def test_c6_a_draw_that_was_lost(month, tmp_path):
    lost = month.draws.filter(pl.col("call_id") != "a/2026-10-00000")

    found = faults(month.damaged(tmp_path / "lake", draws=lost))

    assert ("C6", "2026-10", "seconds in bundles") in found
    assert ("C6", "2026-10", "seconds of bundles") in found


def test_c6_a_draw_of_a_call_that_is_not_billed(month, tmp_path):
    stranger = month.draws.head(1).with_columns(call_id=pl.lit("nobody"), billing_period=pl.lit("2026-10"))

    found = faults(month.damaged(tmp_path / "lake", draws=pl.concat([month.draws, stranger])))

    assert ("C6", "2026-10", "units of no rated call in bundles") in found


def test_c6_a_bundle_that_counts_another_use(month, tmp_path):
    first = month.usage.filter(billing_period="2026-10", service="data", period="2026-10").row(0, named=True)
    this = (
        (pl.col("pool_id") == first["pool_id"])
        & (pl.col("billing_period") == "2026-10")
        & (pl.col("period") == "2026-10")
    )
    wrong = month.usage.with_columns(
        used=pl.col("used") + this.cast(pl.Int64), covered_quantity=pl.col("covered_quantity") + this.cast(pl.Int64)
    )

    assert faults(month.damaged(tmp_path / "lake", usage=wrong)) == [
        ("C6", "2026-10", "bytes of bundles"),
        ("C6", f"2026-10 {first['pool_id']} of 2026-10", "bytes of bundles"),
    ]


def _october(controls):
    """The sums of October's invoices that are wrong."""
    return [unit for control, scope, unit in all_faults(controls) if (control, scope) == ("C7", "2026-10")]


@pytest.mark.parametrize(
    ("change", "units"),
    [
        ({"net_cents": pl.col("net_cents") + 1}, ["cents net", "cents total"]),
        ({"vat_cents": pl.col("vat_cents") - 1}, ["cents VAT", "cents total"]),
        ({"gross_cents": pl.col("gross_cents") + 1}, ["cents total"]),
        ({"vat_cents": pl.col("vat_cents") + 1, "gross_cents": pl.col("gross_cents") + 1}, ["cents VAT"]),
    ],
)
def test_c7_an_invoice_that_does_not_add_up(month, tmp_path, change, units):
    is_it = pl.col("invoice_number") == "2026-C2"
    wrong = month.invoices.with_columns(
        pl.when(is_it).then(value).otherwise(name).alias(name) for name, value in change.items()
    )

    controls = month.damaged(tmp_path / "lake", invoices=wrong)

    assert _october(controls) == sorted([*units, "invoices that add up"])
    assert one(controls, "C7", "2026-10", "invoices that add up")["detail"] == "wrong are 2026-C2"


def test_c7_two_invoices_whose_errors_cancel_out(month, tmp_path):
    sign = pl.col("invoice_number").replace_strict({"2026-C1": 1, "2026-C2": -1}, default=0)
    swapped = month.invoices.with_columns(net_cents=pl.col("net_cents") + sign, vat_cents=pl.col("vat_cents") - sign)

    assert _october(month.damaged(tmp_path / "lake", invoices=swapped)) == ["invoices that add up"]


def test_c7_vat_that_was_rounded_per_line(tmp_path, month):
    """Three lines of 3 cents: 21 % of 9 is 2, and not three times 1."""
    lines = month.lines.filter(period="2026-10", invoice_number="2026-C1").head(3).with_columns(amount_cents=3)
    said = vat(lines).with_columns(vat_cents=3)
    bills = month.invoices.filter(invoice_number="2026-C1").with_columns(net_cents=9, vat_cents=3, gross_cents=12)

    controls = month.damaged(tmp_path / "lake", invoices=bills, lines=lines, vat=said)

    assert _october(controls) == ["cents VAT", "invoices that add up"]
    assert one(controls, "C7", "2026-10", "cents VAT")["left"] == 2


def test_c7_a_base_that_its_lines_do_not_make(month, tmp_path):
    said = vat(month.lines)
    twice = pl.concat(
        [said, said.with_columns(lines_cents=0, net_cents=1, vat_cents=0, basis_points=0).cast(said.schema)]
    )

    assert _october(month.damaged(tmp_path / "lake", vat=twice)) == ["invoices that add up"]


def numbers(*rows):
    return {"invoice_numbers": pl.DataFrame(rows, schema=FRAMES["invoice_numbers"], orient="row")}


def test_c8_numbers_without_a_gap_and_each_with_its_pdf(month, tmp_path):
    good = [("2026", n, f"2026-{n}", "") for n in (1, 2, 3)]

    controls = month.damaged(tmp_path / "lake", others=numbers(*good))

    assert all_faults(controls) == []
    assert one(controls, "C8", "series 2026", "numbers")["right"] == 3


@pytest.mark.parametrize(
    ("rows", "unit", "detail"),
    [
        ([("2026", 1, "a", ""), ("2026", 3, "b", "")], "numbers", "missing 2"),
        ([("2026", 4, "a", ""), ("2026", 9, "b", "")], "numbers", "missing 1-3, 5-8"),
        ([("2026", 1, "a", ""), ("2026", 2, "b", "its PDF is gone")], "PDFs", "first of them b: its PDF is gone"),
    ],
)
def test_c8_a_gap_or_a_lost_pdf(month, tmp_path, rows, unit, detail):
    controls = month.damaged(tmp_path / "lake", others=numbers(*rows))

    assert all_faults(controls) == [("C8", "series 2026", unit)]
    assert one(controls, "C8", "series 2026", unit)["detail"] == detail


def test_c9_a_mail_that_is_nowhere(month, tmp_path):
    states = ["sent", "refused", "unknown", "queued", "sending"]
    rows = [(f"invoice|{state}", "invoice", state) for state in states]
    mails = pl.DataFrame(rows, schema=FRAMES["mails"], orient="row")
    lost = pl.concat([mails, pl.DataFrame([("bundle|x", "bundle", "missing")], schema=mails.schema, orient="row")])

    whole = month.damaged(tmp_path / "whole", others={"mails": mails})
    less = month.damaged(tmp_path / "less", others={"mails": lost})

    assert all_faults(whole) == []
    assert one(whole, "C9", "invoice", "mails")["detail"] == "1 sent, 1 refused, 1 unknown, 2 waiting"
    assert all_faults(less) == [("C9", "bundle", "mails")]


@pytest.mark.parametrize(
    ("again", "same", "units"),
    [
        (200, True, []),
        (201, False, ["calls of the sample", "micro_eur of the sample"]),
        (200, False, ["calls of the sample"]),
    ],
)
def test_c12_a_call_that_another_rater_prices_otherwise(month, tmp_path, again, same, units):
    rows = [("2026-10", "f1", 7, 100, 100, True), ("2026-10", "f1", 9, 200, again, same)]
    frame = pl.DataFrame(rows, schema=FRAMES["rated_again"], orient="row")

    controls = month.damaged(tmp_path / "lake", others={"rated_again": frame})

    assert all_faults(controls) == [("C12", "2026-10", unit) for unit in units]
    if units:
        detail = one(controls, "C12", "2026-10", "calls of the sample")["detail"]
        assert detail == "the first that differs is line 9 of file f1"


def _decided(*rows):
    at = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    values = [
        (n, file, line, state, became, None, None, call, "Anna", "x", at)
        for n, (file, line, state, became, call) in enumerate(rows, 1)
    ]
    return {"quarantine_decisions": pl.DataFrame(values, schema=schema_of(QuarantineDecision), orient="row")}


LINES_OF_A, CALLS_OF_A = ("C3", "a", "lines in quarantine"), ("C3", "a", "calls of retried lines")


def test_c3_lines_in_quarantine_are_open_retried_or_dropped(month, tmp_path):
    decided = _decided(
        ("f1", 900, "open", None, None), ("f1", 900, "dropped", None, None), ("f1", 901, "retried", "left_out", None)
    )

    controls = month.damaged(tmp_path / "lake", others=decided)

    assert all_faults(controls) == []
    assert one(controls, *LINES_OF_A)["detail"] == "2 open, 1 retried, 1 dropped"


@pytest.mark.parametrize(
    ("decision", "found"),
    [
        (("f1", 7, "dropped", None, None), [LINES_OF_A]),
        (("f8", 900, "dropped", None, None), [("C3", "no feed", "lines in quarantine")]),
        (("f1", 900, "retried", "call", "a/nowhere"), [CALLS_OF_A]),
    ],
)
def test_c3_a_decision_about_no_line_of_quarantine_or_a_call_that_is_nowhere(month, tmp_path, decision, found):
    assert all_faults(month.damaged(tmp_path / "lake", others=_decided(decision))) == found


def test_c3_a_call_of_a_retried_line_is_no_call_that_was_counted_on_arrival(month, tmp_path):
    came = month.calls.filter(call_id="a/2026-10-00139").with_columns(
        line_number=pl.lit(900, pl.Int64), call_id=pl.lit("a/900")
    )
    more = pl.concat([month.calls, came])
    rated_more = pl.concat(
        [month.rated, month.rated.filter(call_id="a/2026-10-00006").with_columns(call_id=pl.lit("a/900"))]
    )

    noted = month.damaged(
        tmp_path / "noted", calls=more, rated=rated_more, others=_decided(("f1", 900, "retried", "call", "a/900"))
    )
    not_noted = month.damaged(tmp_path / "not-noted", calls=more, rated=rated_more)

    assert [row for row in all_faults(noted) if row[0] == "C3"] == []
    assert ("C3", "a f1.csv f1", "calls") in all_faults(not_noted)
