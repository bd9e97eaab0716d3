"""Drafts: lines, rounding, VAT, tables, and what parks a customer."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from belnota.periods import Period
from invoicing import canonical, vat
from invoicing.drafts import differences, hash_of
from invoicing.model import Invoice
from tests.lib.bills import COMPANY, OCTOBER, bundle, customer, drafts, fee, usage


def only(*args, **kwargs):
    (draft,) = drafts(*args, **kwargs)
    return draft


@pytest.mark.parametrize(
    ("micro_eur", "cents"), [(5_000, 1), (125_000, 13), (2_675_000, 268), (-125_000, -13), (4_999, 0)]
)
def test_a_line_rounds_half_up_and_away_from_zero(micro_eur, cents):  # B2
    (line,) = only([usage(charge=micro_eur)]).invoice.lines
    assert (line.amount_cents, line.usage_micro_eur) == (cents, micro_eur)


def test_calls_are_summed_before_they_are_rounded_once():  # B3: 300 calls of 0.004
    invoice = only([usage(charge=300 * 4_000, calls=300)]).invoice
    assert invoice.totals.usage_cents == 120
    assert invoice.totals.rounding_micro_eur == 0
    invoice = only([usage(charge=3 * 33_333)]).invoice
    assert invoice.totals.usage_cents == 10
    assert invoice.totals.rounding_micro_eur == 1


def test_vat_is_computed_once_per_rate_over_rounded_lines():  # B4
    kinds = ("national", "mobile", "international")
    invoice = only([usage(charge=30_000, call_type=kind) for kind in kinds]).invoice
    assert (invoice.totals.net_cents, invoice.totals.vat_cents, invoice.totals.gross_cents) == (9, 2, 11)


def test_the_rate_of_the_month_of_use_decides():  # B5: 19 % until October 2012, 21 % since
    period = Period(2012, 10)
    mine = {"billing_period": "2012-10"}
    late = usage(charge=10_000_000, period="2012-09", **mine)
    now = usage(charge=10_000_000, period="2012-10", **mine)
    draft = only([late, now], period=period)
    assert [(group.basis_points, group.net_cents, group.vat_cents) for group in draft.invoice.vat] == [
        (2100, 1000, 210),
        (1900, 1000, 190),
    ]
    assert draft.problems == ()


def test_a_line_over_a_change_of_rate_is_parked():
    over = fee(cents=100, period="2012-10", from_on=dt.date(2012, 9, 20), until_on=dt.date(2012, 10, 20))
    (problem,) = only([], [over], period=Period(2012, 10)).problems
    assert "more than one VAT rate" in problem


def test_reverse_charge_bears_no_vat_names_the_buyer_and_needs_its_vat_id():
    buyer = customer(vat_regime="reverse_charge", vat_id="NL004495445B01")
    draft = only([usage(charge=1_000_000)], customers=[buyer])
    (group,) = draft.invoice.vat
    assert (group.category, group.basis_points, group.vat_cents, group.name) == ("AE", 0, 0, "Btw verlegd")
    assert "NL004495445B01" in group.note
    (problem,) = only([usage(charge=1)], customers=[customer(vat_regime="reverse_charge")]).problems
    assert "vat_id is empty" in problem
    assert "customers.csv" in problem


def test_exempt_bears_no_vat():
    (group,) = only([usage(charge=1_000_000)], customers=[customer(vat_regime="exempt")]).invoice.vat
    assert (group.category, group.vat_cents) == ("E", 0)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    charges=st.lists(st.integers(-(10**6), 10**10), min_size=1, max_size=12),
    fees=st.lists(st.integers(-500, 100_000), max_size=4),
)
def test_totals_equal_a_decimal_oracle(charges, fees):
    rows = [usage(charge=charge, own_number=f"+3120123{n:04d}") for n, charge in enumerate(charges)]
    fee_rows = [fee(cents=cents, code=f"c{n}") for n, cents in enumerate(fees)]
    totals = only(rows, fee_rows).invoice.totals
    cent = Decimal("0.01")
    lines = [(Decimal(c) / 10**6).quantize(cent, ROUND_HALF_UP) for c in charges]
    net = sum(lines) + Decimal(sum(fees)) / 100
    tax = (net * 21 / 100).quantize(cent, ROUND_HALF_UP)
    found = (totals.net_cents, totals.vat_cents, totals.gross_cents)
    assert tuple(Decimal(value) / 100 for value in found) == (net, tax, net + tax)
    assert totals.usage_micro_eur == sum(charges)
    assert totals.usage_cents * 10_000 == totals.usage_micro_eur + totals.rounding_micro_eur


@settings(deadline=None, max_examples=40)
@given(name=st.text(max_size=40), reference=st.text(max_size=20), charge=st.integers(0, 10**9))
def test_json_holds_the_whole_invoice_and_is_canonical(name, reference, charge):
    buyer = customer(name=name, reference=reference)
    invoice = only([usage(charge=charge)], [fee(cents=5)], customers=[buyer], bundles=[bundle()]).invoice
    text = invoice.to_json()
    assert Invoice.from_json(text) == invoice
    assert Invoice.from_json(text).to_json() == text


def test_a_document_has_no_place_for_floats_and_refuses_unknown_fields():
    with pytest.raises(TypeError, match="no place"):
        canonical.dumps((1.5,))
    invoice = only([usage(charge=1)]).invoice
    with pytest.raises(ValueError, match="is not a Invoice"):
        Invoice.from_json(invoice.to_json().replace('"kind":"invoice"', '"kind":"invoice","more":1'))
    with pytest.raises(ValueError, match="is not a int"):
        Invoice.from_json(invoice.to_json().replace('"version":1', '"version":1.0'))


def test_the_order_of_input_rows_changes_nothing():
    numbers = [f"+3120123{n:04d}" for n in range(20)]
    rows = [
        usage(charge=n * 999, own_number=own, call_type=kind)
        for n, own in enumerate(numbers)
        for kind in ("sms", "mobile")
    ]
    fees = [fee(cents=n, subscription_id=f"S{n}") for n in range(10)]
    first = hash_of(drafts(rows, fees))
    for seed in range(5):
        random.Random(seed).shuffle(rows)
        random.Random(seed).shuffle(fees)
        assert hash_of(drafts(rows, fees)) == first


def test_late_usage_has_its_own_line_that_says_so():
    invoice = only([usage(charge=10_000, period="2026-09"), usage(charge=20_000)]).invoice
    assert [(line.period, line.amount_cents) for line in invoice.lines] == [("2026-10", 2), ("2026-09", 1)]
    assert invoice.lines[1].description == "Nagekomen gebruik september 2026: Nationaal vast, 020 123 4567"
    assert [row.amount_cents for row in invoice.by_call_type] == [2, 1]


def test_roaming_lines_and_rows_say_what_they_were_for():
    services = ("voice", "sms", "data")
    invoice = only([usage(charge=10_000, call_type="roaming_world", service=service) for service in services]).invoice
    names = {f"Roaming buiten de EU, {use}" for use in ("bellen", "sms", "mobiel internet")}
    assert {line.description for line in invoice.lines} == {f"{name}, 020 123 4567" for name in names}
    assert {row.name for row in invoice.by_call_type} == names


@pytest.mark.parametrize(
    ("label", "own_number", "description"),
    [
        ("Praktijk", "", "Zakelijk Vast, Praktijk"),
        ("+31612345678", "+31612345678", "Zakelijk Vast, 06 12345678"),
        ("201", "201", "Zakelijk Vast, 201"),
        ("anonymous", "", "Zakelijk Vast, anonymous"),
        ("+31 huis", "", None),
        ("", "", "Zakelijk Vast"),
    ],
)
def test_a_fee_names_its_subscription_and_a_label_is_no_number(label, own_number, description):
    (line,) = only([], [fee(cents=5, label=label)]).invoice.lines
    assert line.own_number == own_number
    assert line.description == (description or f"Zakelijk Vast, {label}")


def test_use_inside_a_bundle_has_a_line_of_nothing():
    (line,) = [
        each for each in only([usage(in_bundle_quantity=300)], [fee(cents=1)]).invoice.lines if each.kind == "usage"
    ]
    assert (line.amount_cents, line.in_bundle_quantity) == (0, 300)


def test_the_tables_add_up_to_the_totals():
    rows = [usage(charge=n * 1_234_567, own_number=f"+3120123{n:04d}", subscription_id=f"S{n}") for n in range(5)]
    fees = [fee(cents=999, subscription_id=f"S{n}", label=f"Balie {n}") for n in range(7)]
    invoice = only(rows, fees).invoice
    assert sum(row.total_cents for row in invoice.by_number) == invoice.totals.net_cents
    assert sum(row.usage_cents for row in invoice.by_number) == invoice.totals.usage_cents
    assert sum(row.amount_cents for row in invoice.by_call_type) == invoice.totals.usage_cents
    assert [row.label for row in invoice.by_number if row.number_text == "020 123 0004"] == ["Balie 4"]
    assert [row.number_text for row in invoice.by_number if not row.calls] == ["Balie 5", "Balie 6"]


def test_bundles_read_as_the_customer_knows_them():
    member = bundle(subscription_id="S-K1", allowance=500, covered_quantity=966, used=966, over=0)
    late = bundle(period="2026-09", covered_quantity=0, used=0, over=0)
    rows = only([usage(charge=1)], [fee(label="Balie")], bundles=[member, bundle(), late]).invoice.bundles
    assert [(row.is_member, row.permille) for row in rows] == [(False, 1003), (True, 1932), (False, 0)]
    assert rows[1].owner == "Balie"
    assert rows[2].name == "Groepsbundel internet (september 2026)"
    assert only([usage()], [fee(cents=1)], bundles=[bundle(allowance=0)]).invoice.bundles[0].permille is None


def test_what_was_left_of_an_earlier_month_follows_its_bundle_and_names_the_same_owner():
    own = {"is_group": False, "allowance": 500, "covered_quantity": 300, "used": 300, "over": 0}
    left = {"pool_id": "mb500@S-K1#2026-09", "bundle_name_nl": "Internet (over van september 2026)"}
    carried = bundle(**own, **left)
    rows = only([usage()], [fee(label="Balie")], bundles=[carried, bundle(**own, pool_id="mb500@S-K1")]).invoice.bundles
    assert [(row.name, row.owner) for row in rows] == [
        ("Groepsbundel internet", "Balie"),
        ("Internet (over van september 2026)", "Balie"),
    ]


def test_a_percentage_never_shows_the_limit_before_it_is_reached():
    row = bundle(allowance=100_000, covered_quantity=99_999, used=99_999, over=0)
    assert only([usage()], bundles=[row]).invoice.bundles[0].permille == 999


def test_the_difference_with_last_month_is_copied_in():
    assert only([], [fee(cents=1000)], previous={"K1": 1000}).invoice.difference_cents == 210
    assert only([], [fee(cents=1000)]).invoice.difference_cents is None


def test_payment_is_by_mandate_only_when_it_is_signed_and_hides_the_iban():
    payment = only([], [fee(cents=1)]).invoice.payment
    assert (payment.method, payment.iban, payment.shown_iban) == (
        "direct_debit",
        "NL20INGB0001234567",
        "NL•• •••• 4567",
    )
    payment = only([], [fee(cents=1)], customers=[customer(mandate_signed_on=None)]).invoice.payment
    assert (payment.method, payment.shown_iban) == ("transfer", "NL91 ABNA 0417 1643 00")


@pytest.mark.parametrize("field", ["name", "street", "postcode", "city", "kvk", "vat_id", "iban", "creditor_id"])
def test_a_missing_company_field_is_named_with_its_remedy(field):
    (problem,) = only([], [fee(cents=1)], company=dataclasses.replace(COMPANY, **{field: ""})).problems
    assert field in problem
    assert "belnota.toml [company]" in problem


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": " "}, "name is empty"),
        ({"street": ""}, "street is empty"),
        ({"street": "Postbus 12"}, "is a post-box"),
        ({"kvk": "123"}, "not a KvK number"),
        ({"vat_id": "NL12"}, "not a Dutch VAT id"),
    ],
)
def test_a_fault_in_a_customer_is_named_with_its_remedy(changes, said):
    draft = only([], [fee(cents=1)], customers=[customer(**changes)])
    (problem,) = draft.problems
    assert said in problem
    assert "customers.csv" in problem
    assert draft.fate == "parked"


def test_a_wrong_company_iban_is_a_problem():
    (problem,) = only([], [fee(cents=1)], company=dataclasses.replace(COMPANY, iban="NL91ABNA0417164301")).problems
    assert "not a valid IBAN" in problem


def test_unpriced_calls_park_their_customer_and_nobody_else():
    people = [customer("K1"), customer("K2"), customer("K3")]
    made = drafts([], [fee("K1", 100), fee("K2", 100)], customers=people, unrated={"K2": 3, "K3": 1, None: 9})
    assert [(draft.customer_id, draft.fate) for draft in made] == [
        ("K1", "invoice"),
        ("K2", "parked"),
        ("K3", "parked"),
    ]
    assert "3 calls wait for a price" in made[1].problems[0]
    assert "belnota decks import" in made[1].problems[0]


def test_a_customer_that_the_accounts_do_not_know_is_parked_not_lost():
    made = drafts([usage("K9", 1_000_000)])
    assert [(draft.customer_id, draft.fate, draft.invoice.totals.net_cents) for draft in made] == [
        ("K9", "parked", 100)
    ]


def test_nothing_to_bill_is_no_invoice_and_no_problem():  # B22
    assert only([usage(charge=4_000)]).fate == "nothing"
    assert drafts() == []


def test_a_negative_total_is_parked():  # B22
    draft = only([usage(charge=-1_000_000)])
    assert draft.fate == "parked"
    assert "credit notes are not built yet" in draft.problems[0]


def test_rows_of_another_billing_period_and_later_fees_are_left_out():
    made = drafts([usage(charge=10**6, billing_period="2026-09")], [fee(cents=5, period="2026-11")])
    assert made == []


def test_a_fee_that_was_parked_last_month_is_named_late_and_taxed_as_the_customer_is_now():
    [september] = drafts([], [fee(cents=1250, period="2026-09")], period=Period(2026, 9))
    abroad = customer(vat_regime="reverse_charge", vat_id="NL004495445B01")
    [line] = only(parked_fees={"K1": september.invoice.lines}, customers=[abroad]).invoice.lines
    assert line.description.startswith("Nagekomen abonnement september 2026: ")
    assert (line.period, line.amount_cents) == ("2026-09", 1250)
    assert (line.vat_category, line.vat_basis_points) == ("AE", 0)


def test_differences_name_customers_and_amounts():
    old = drafts([], [fee("K1", 100), fee("K2", 100)], customers=[customer("K1"), customer("K2")])
    new = drafts([], [fee("K1", 200), fee("K3", 100)], customers=[customer("K1"), customer("K3")])
    assert differences(old, old) == []
    assert differences(old, new) == [
        "customer K1 went from €1.21 to €2.42",
        "customer K2 is gone",
        "customer K3 is new",
    ]
    moved = drafts([], [fee("K1", 100)], customers=[customer("K1", street="Nieuwe straat 1")])
    assert differences(old[:1], moved) == ["customer K1 has the same total but other contents"]


def test_every_day_since_2001_has_one_rate():
    assert vat.rates_between(dt.date(2012, 9, 30), dt.date(2012, 10, 1)) == (1900,)
    assert vat.rates_between(dt.date(2012, 9, 30), dt.date(2012, 10, 2)) == (1900, 2100)
    assert vat.rates_between(OCTOBER.start_on, OCTOBER.end_on) == (2100,)
