"""The information charge on a bill: a line of its own, rounded once, that no sum and no count has twice."""

from __future__ import annotations

import io
from decimal import ROUND_HALF_UP, Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from belnota import wording
from invoicing import close, register
from invoicing.drafts import hash_of
from invoicing.model import Invoice
from invoicing.pdf import render
from tests.lib.bills import AT, OCTOBER, add_customers, bundle, customer, drafts, fee, usage

NUMBER = "020 123 4567"
HOLDER = {
    "nl": "informatietarief van de houder van het nummer",
    "en": "information charge of the number's holder",
}
FROM_BEFORE = "74f2c2127af36c28ec22b0242e1e6b6e89ad52570192719b4d52cc51d2809954"
"""What drafts without information charges were hashed as before there were any."""


def service(charge, information, **changes):
    return usage(charge=charge, call_type="service_0900", information_charge_micro_eur=information, **changes)


def only(*args, **kwargs):
    (draft,) = drafts(*args, **kwargs)
    return draft.invoice


def test_calls_and_their_information_charge_are_two_lines_each_rounded_once():
    # 0.014 in all would be one cent; 0.005 and 0.009 are a cent each
    calls, information = only([service(14_000, 9_000)]).lines
    assert (calls.usage_micro_eur, calls.amount_cents, calls.is_information) == (5_000, 1, False)
    assert (information.usage_micro_eur, information.amount_cents, information.is_information) == (9_000, 1, True)
    assert calls.description == f"Servicenummers 0900, {NUMBER}"
    assert information.description == f"Servicenummers 0900, {HOLDER['nl']}, {NUMBER}"
    assert (information.kind, information.call_type, information.own_number) == (
        "usage",
        "service_0900",
        "+31201234567",
    )
    assert (information.vat_category, information.vat_basis_points) == (calls.vat_category, calls.vat_basis_points)


def test_calls_are_counted_on_their_own_line_only():
    used = {"calls": 3, "quantity": 300, "in_bundle_quantity": 100, "billed_quantity": 200}
    calls, information = only([service(10**6, 400_000, **used)]).lines
    assert {name: getattr(calls, name) for name in used} == used
    assert {getattr(information, name) for name in used} == {0}


def test_calls_that_cost_nothing_but_information_have_both_lines():
    lines = only([service(400_000, 400_000, in_bundle_quantity=300)]).lines
    assert [(line.amount_cents, line.in_bundle_quantity) for line in lines] == [(0, 300), (40, 0)]


def test_calls_without_information_charge_have_one_line():
    assert [line.is_information for line in only([service(400_000, 0), usage(charge=1)]).lines] == [False, False]


def test_late_information_charges_name_their_month():
    lines = only([service(20_000, 10_000, period="2026-09"), service(20_000, 10_000)]).lines
    assert [(line.period, line.is_information) for line in lines] == [
        ("2026-10", False),
        ("2026-10", True),
        ("2026-09", False),
        ("2026-09", True),
    ]
    late = f"Nagekomen gebruik september 2026: Servicenummers 0900, {HOLDER['nl']}, {NUMBER}"
    assert lines[3].description == late


def test_totals_of_one_number_in_two_subscriptions_are_one_line_of_each_kind():
    rows = [service(14_000, 9_000, subscription_id=name) for name in ("S1", "S2")]
    assert [line.usage_micro_eur for line in only(rows).lines] == [10_000, 18_000]


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.tuples(st.integers(0, 10**7), st.integers(0, 10**7)), min_size=1, max_size=8), st.integers(0, 10_000)
)
def test_lines_tables_and_totals_hold_the_charges_to_the_cent(parts, cents):
    rows = [
        service(call + information, information, own_number=f"+3120123{n:04d}")
        for n, (call, information) in enumerate(parts)
    ]
    invoice = only(rows, [fee(cents=cents)])
    due = [amount for call, information in parts for amount in (call, information)]
    rounded = [(Decimal(each) / 10**4).quantize(Decimal(1), ROUND_HALF_UP) for each in due]
    used = [line for line in invoice.lines if line.kind == "usage"]
    assert sum(line.amount_cents for line in used) == sum(rounded) == invoice.totals.usage_cents
    assert sum(line.usage_micro_eur for line in used) == sum(due) == invoice.totals.usage_micro_eur
    assert sum(row.usage_cents for row in invoice.by_number) == invoice.totals.usage_cents
    assert sum(row.amount_cents for row in invoice.by_call_type) == invoice.totals.usage_cents
    assert sum(row.calls for row in invoice.by_number) == 3 * len(parts)
    assert sum(row.calls for row in invoice.by_call_type) == 3 * len(parts)
    assert invoice.totals.net_cents == sum(line.amount_cents for line in invoice.lines)
    assert Invoice.from_json(invoice.to_json()) == invoice


def test_the_table_per_call_type_has_information_charges_after_their_calls():
    rows = only([usage(charge=10_000), service(30_000, 20_000), service(30_000, 10_000, period="2026-09")]).by_call_type
    assert [(row.name.partition(":")[0], row.is_information, row.amount_cents) for row in rows] == [
        ("Nationaal vast", False, 1),
        ("Servicenummers 0900", False, 1),
        (f"Servicenummers 0900, {HOLDER['nl']}", True, 2),
        ("Nagekomen gebruik september 2026", False, 2),
        ("Nagekomen gebruik september 2026", True, 1),
    ]


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_pdf_shows_both_parts(language):
    invoice = only([service(1_234_500, 1_110_000)], [fee(cents=5)], customers=[customer(language=language)])
    pdf = render(invoice.issued("2026-000123", AT.date()))
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    text = " ".join(text.replace("\xa0", " ").split())
    assert text.count(HOLDER[language]) == 2  # per call type, and per number and call type
    for cents in (12, 111, 123):
        assert wording.amount(cents, language).replace("\xa0", " ") in text


def test_documents_without_information_charges_are_written_as_they_always_were():
    """An approval, an issued invoice and its hash from before information charges stay valid."""
    rows = [usage(charge=1_234_567), usage(charge=50, call_type="service_0900"), usage(charge=5, period="2026-09")]
    made = drafts(rows, [fee(cents=1000)], customers=[customer()])
    assert hash_of(made) == FROM_BEFORE
    text = made[0].invoice.to_json()
    assert "is_information" not in text
    assert Invoice.from_json(text) == made[0].invoice
    assert Invoice.from_json(text).to_json() == text
    with_bundle = only(rows, bundles=[bundle()])
    assert Invoice.from_json(with_bundle.to_json()).to_json() == with_bundle.to_json()


def test_a_document_still_needs_every_field_that_always_was():
    text = only([service(2, 1)]).to_json()
    assert '"is_information":true' in text
    with pytest.raises(ValueError, match=r"is not a (Line|CallTypeRow)"):
        Invoice.from_json(text.replace('"is_information":true,', '"is_information":true,"is_other":true,'))
    with pytest.raises(ValueError, match="is not a Line"):
        Invoice.from_json(text.replace('"call_type":"service_0900",', "", 1))


def test_the_register_tells_the_kind_of_charge_of_each_line(store):
    made = drafts([service(1_000_000, 400_000), usage(charge=5)], [fee(cents=1)])
    who = {"actor": "finance", "at": AT}
    with store.writing() as tx:
        add_customers(tx, customer())
        draft = close.save_draft(tx, OCTOBER, made, {}, **who)
        close.approve(tx, OCTOBER, draft.draft_hash, **who)
        close.commit(tx, OCTOBER, draft.draft_hash, made, issued_on=AT.date(), number_format="{year}{sequence}", **who)
        lines = register.invoice_lines(tx)
    assert lines.select("kind", "call_type", "charge_kind", "amount_cents").rows() == [
        ("fee", None, None, 1),
        ("usage", "national", "call", 0),
        ("usage", "service_0900", "call", 60),
        ("usage", "service_0900", "information", 40),
    ]
    assert lines.filter(pl.col("charge_kind") == "information")["quantity"].sum() == 0
