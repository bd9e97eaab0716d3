"""The PDF says what the snapshot says, to people and byte for byte, whatever stands in a name."""

from __future__ import annotations

import dataclasses
import io
import random
import re

import pytest
from pypdf import PdfReader

from belnota import wording
from invoicing.pdf import render
from invoicing.pdf_fonts import MISSING, REGULAR, printable, shortened, width, wrapped
from tests.lib.bills import AT, COMPANY, bundle, customer, drafts, fee, usage

ISSUED = AT.date()


def issued(*args, **kwargs):
    (draft,) = drafts(*args, **kwargs)
    return draft.invoice.issued("2026-000123", ISSUED)


def pages_of(pdf):
    return [page.extract_text().replace("\xa0", " ") for page in PdfReader(io.BytesIO(pdf)).pages]


def read(invoice):
    return "\n".join(pages_of(render(invoice)))


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_amount_of_the_snapshot_stands_in_the_pdf(language):
    rows = [usage(charge=n * 12_345_678, own_number=f"+3120123{n:04d}") for n in range(1, 6)]
    invoice = issued(rows, [fee(cents=123_456)], customers=[customer(language=language)], previous={"K1": 1})
    text = read(invoice)
    totals = invoice.totals
    cents = [totals.net_cents, totals.vat_cents, totals.gross_cents, totals.usage_cents, totals.subscriptions_cents]
    cents += [line.amount_cents for line in invoice.lines] + [invoice.difference_cents]
    cents += [row.total_cents for row in invoice.by_number] + [row.amount_cents for row in invoice.by_call_type]
    missing = [each for each in cents if wording.amount(each, language).replace("\xa0", " ") not in text]
    assert missing == []
    for must in ("2026-000123", "12345678", "NL004495445B01", "NL91 ABNA 0417 1643 00", "Dijkweg 12", "Molenstraat 8"):
        assert must in text


def test_the_letterhead_writes_phone_and_website_as_people_do():
    company = dataclasses.replace(COMPANY, phone="+31200000000", website="https://www.polderbel.example/")
    text = pages_of(render(issued([], [fee(cents=5)], company=company)))[0]
    assert "020 000 0000" in text
    assert "www.polderbel.example" in text
    assert "https" not in text


def test_a_fee_stands_in_the_pdf_once_with_its_label():
    details = pages_of(render(issued([], [fee(cents=5, label="Praktijk")])))[1]
    assert "Zakelijk Vast, Praktijk" in details


def test_amounts_read_back_as_the_same_number():  # B24
    text = pages_of(render(issued([usage(charge=1_234_567_890_000)])))[0]
    found = {int(re.sub(r"\D", "", each)) for each in re.findall(r"€\s[\d.]+,\d\d", text)}
    assert {123_456_789, 25_925_926, 149_382_715} <= found


def test_two_renderings_are_equal_byte_for_byte_in_any_order():
    one, two = issued([usage(charge=1)]), issued([], [fee(cents=5, name_nl="Ander abonnement")])
    first = render(one)
    render(two)
    assert render(one) == first


def test_a_draft_says_so_on_every_page_and_has_no_number():
    (draft,) = drafts([], [fee(cents=5)])
    assert all("CONCEPT" in page for page in pages_of(render(draft.invoice)))
    assert not any("CONCEPT" in page for page in pages_of(render(issued([], [fee(cents=5)]))))


def test_a_long_invoice_repeats_its_headers_and_counts_its_pages():
    numbers = [f"+3161234{n:04d}" for n in range(60)]
    rows = [
        usage(charge=100_000, own_number=number, call_type=kind)
        for number in numbers
        for kind in ("mobile", "national")
    ]
    pages = pages_of(render(issued(rows)))
    assert len(pages) > 4
    for number, page in enumerate(pages, 1):
        assert f"Pagina {number} van {len(pages)}" in page
        assert "KvK 12345678" in page
    for page in pages[1:]:
        assert "Bedrag" in page or "Totaal" in page
    text = "\n".join(pages)
    assert all(wording.phone_number(number, "nl") in text for number in numbers)


def test_fonts_are_embedded_and_nothing_else():
    reader = PdfReader(io.BytesIO(render(issued([usage(charge=1)], [fee(cents=1)], bundles=[bundle()]))))
    fonts = {font for page in reader.pages for font in page["/Resources"]["/Font"].values()}
    descriptors = [font.get_object()["/FontDescriptor"] for font in fonts]
    assert descriptors
    assert all("/FontFile2" in descriptor for descriptor in descriptors)


TRAPS = [
    "<img src='/etc/passwd'/>",
    "<b>vet",
    "A & B &amp; C",
    "</para><a href='http://x'>y</a>",
    "(\\) Tj ET",
    "%PDF-1.4 endobj",
    "{name} %s ${x}",
    "Łódź Ĳsselmeer ĳ ë ï ç \u2019",
]


@pytest.mark.parametrize("trap", TRAPS)
def test_a_name_is_text_and_nothing_but_text(trap):  # W13
    buyer = customer(name=trap, attention=trap, reference=trap)
    invoice = issued(
        [usage(charge=1)],
        [fee(cents=5, label=trap, name_nl=trap)],
        customers=[buyer],
        bundles=[bundle(bundle_name_nl=trap)],
    )
    pdf = render(invoice)
    assert trap in pages_of(pdf)[0]
    reader = PdfReader(io.BytesIO(pdf))
    assert not any("/Annots" in page or "/XObject" in page["/Resources"] for page in reader.pages)


def test_300_characters_stand_in_full_and_push_the_rest_down():
    name = "Stichting " + "Verzekeringsmaatschappij" * 4 + " en omstreken" * 15
    page = pages_of(render(issued([usage(charge=1)], customers=[customer(name=name, reference="R" * 120)])))[0]
    squeezed = re.sub(r"\s", "", page)
    assert re.sub(r"\s", "", name) in squeezed
    assert "R" * 120 in squeezed


def test_a_character_without_a_shape_shows_as_missing():
    assert printable("Café 🎉\t中") == f"Café {MISSING} {MISSING}"
    assert printable("Cafe\u0301") == "Café"
    assert f"Bar {MISSING}" in read(issued([usage(charge=1)], customers=[customer(name="Bar 🎉")]))


def test_wrapping_loses_nothing_and_keeps_to_its_room():
    draw = random.Random(3)
    for _ in range(200):
        words = ["".join(draw.choices("abciW", k=draw.randrange(1, 40))) for _ in range(draw.randrange(1, 9))]
        lines = wrapped(" ".join(words), 80.0, REGULAR, 9)
        assert all(width(line, REGULAR, 9) <= 80 for line in lines)
        assert "".join(lines).replace(" ", "") == "".join(words)
    assert width(shortened("W" * 100, 80.0, REGULAR, 9), REGULAR, 9) <= 80


def test_reverse_charge_is_said_with_the_buyers_vat_id():
    buyer = customer(vat_regime="reverse_charge", vat_id="NL004495445B01", kvk="")
    text = read(issued([usage(charge=10**7)], customers=[buyer]))
    assert "Btw verlegd" in text
    assert "naar afnemer met btw-id NL004495445B01" in text


def test_bundles_print_their_figures_beside_the_bar():
    text = read(issued([usage(charge=1)], bundles=[bundle()]))
    assert "1.003,0 MB van 1.000,0 MB · 100,3 % · 3,0 MB buiten de bundel" in text


def test_payment_is_announced_or_asked_for():
    by_mandate = read(issued([], [fee(cents=1000)]))
    assert "16 november 2026 automatisch afgeschreven van NL•• •••• 4567" in by_mandate
    assert "NL20INGB0001234567" not in by_mandate
    asked = read(issued([], [fee(cents=1000)], customers=[customer(iban="")]))
    assert "onder vermelding van 2026-000123" in asked.replace("\n", " ")
