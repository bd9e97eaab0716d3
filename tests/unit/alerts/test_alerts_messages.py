import dataclasses
import datetime as dt
import email
import email.policy
from html.parser import HTMLParser

import pytest

from alerts.addresses import postal_address
from alerts.keys import file_name_of, key_of
from alerts.messages import invoice_mail, percent_of, warning_mail
from belnota.errors import Refused
from tests.lib.alerts_data import COMPANY, GROUP, ON, PORTAL, group_data, sanne, voip

PDF = b"%PDF-1.7 \x00\xff factuur"


def parsed(mail):
    return email.message_from_bytes(mail.message, policy=email.policy.SMTP)


def body(mail, kind):
    return parsed(mail).get_body((kind,)).get_content().replace("\N{NO-BREAK SPACE}", " ")


def warning(intent=None, recipient=None, **more):
    return warning_mail(intent or group_data(), recipient or sanne(), COMPANY, PORTAL, ON, **more)


def invoice(recipient=None, **changes):
    values = {
        "invoice_number": "2026-000123",
        "period": "2026-10",
        "gross_cents": 123456,
        "issued_on": dt.date(2026, 11, 2),
        "due_on": dt.date(2026, 11, 16),
        "customer_name": "Bakkerij & Zn.",
        "pdf": PDF,
        "recipient": recipient or sanne(),
        "company": COMPANY,
        "portal_url": PORTAL,
    }
    return invoice_mail(**values | changes)


def test_a_bundle_warning_says_how_much_in_dutch_and_in_english():
    dutch, english = warning(), warning(recipient=sanne(language="en"))
    assert parsed(dutch)["Subject"] == "Groepsbundel Data is op: 100,3% verbruikt in oktober 2026"
    assert parsed(english)["Subject"] == "Group data bundle is used up: 100.3% used in October 2026"
    for kind in ("plain", "html"):
        for said in ("1.003,0 MB", "1.000,0 MB", "3,0 MB", "1 november 2026", "29 oktober 2026", PORTAL):
            assert said in body(dutch, kind)
        for said in ("1,003.0 MB", "1,000.0 MB", "3.0 MB", "1 November 2026", "29 October 2026", PORTAL):
            assert said in body(english, kind)


def test_an_own_bundle_says_whose_it_is():
    own = dataclasses.replace(GROUP, is_group=False, subscription_id="S-1042", service="voice")
    assert "S-1042" in body(warning(group_data(7200, 9000, 80, own)), "plain")
    told = body(warning(group_data(7200, 9000, 80, own), connection="06 12345678"), "plain")
    assert "06 12345678" in told
    assert "2:00:00 uur van 2:30:00 uur" in told
    assert "S-1042" not in told


def test_a_voip_warning_says_amounts_without_vat():
    text = body(warning(voip()), "plain")
    assert "€ 412,00" in text
    assert "€ 500,00 (excl. btw)" in text
    assert "€ 88,00" in text
    assert "limiet" in text


def test_the_footer_writes_phone_and_website_as_people_do():
    company = dataclasses.replace(COMPANY, phone="+31200000000", website="https://www.example.nl/")
    for kind in ("plain", "html"):
        text = body(invoice(company=company), kind)
        assert "020 000 0000 · fin@example.nl · www.example.nl" in text


def test_headers_are_those_of_an_automatic_mail():
    mail = warning()
    headers = parsed(mail)
    assert headers["From"] == '"Voorbeeld Telecom B.V." <fin@example.nl>'
    assert headers["To"] == "Sanne de Vries <sanne@example.nl>"
    assert headers["Date"] == "Thu, 29 Oct 2026 00:00:00 +0100"
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["Message-ID"] == mail.message_id
    assert mail.message_id.startswith("<bundle.")
    assert mail.message_id.endswith("@example.nl>")
    assert [part.get_content_type() for part in headers.iter_parts()] == ["text/plain", "text/html"]
    assert mail.message.isascii()


def test_the_same_mail_has_the_same_bytes_and_another_has_another_key():
    assert warning() == warning()
    others = [warning(), warning(group_data(limit=900)), warning(group_data(level=80)), warning(voip())]
    others += [warning(recipient=sanne("other@example.nl")), invoice(), invoice(invoice_number="2026-000124")]
    assert len({mail.key for mail in others}) == len({mail.message_id for mail in others}) == len(others)
    assert warning(recipient=sanne("SANNE@example.nl")).key == warning().key


def test_an_invoice_mail_brings_the_pdf_and_the_fixed_sentence():
    mail = invoice()
    (pdf,) = parsed(mail).iter_attachments()
    assert (pdf.get_content_type(), pdf.get_filename(), pdf.get_content()) == (
        "application/pdf",
        "2026-000123.pdf",
        PDF,
    )
    assert parsed(mail).get_content_type() == "multipart/mixed"
    for kind in ("plain", "html"):
        assert "€ 1.234,56" in body(mail, kind)
        assert "16 november 2026" in body(mail, kind)
        assert "rekeningnummer verandert nooit per e-mail" in body(mail, kind)
    assert "never changes by e-mail" in body(invoice(sanne(language="en")), "plain")
    assert "Vervaldatum" not in body(invoice(gross_cents=-100), "plain")


class Elements(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.seen = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, tuple(name for name, _ in attrs)))

    def handle_data(self, data):
        self.text += data


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=/etc/passwd onerror=x>",
    "\"'><b>",
    "&lt;i&gt;",
    "{{ 7*7 }}{percent}",
    "a\r\nBcc: evil@x.nl",
    "a\n\n<html>",
    "\u202egpj.exe",
    "\x00\x1b[31m",
    "]]>--><!--",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_names_from_outside_add_no_element_and_no_header(text):
    def pages(name):
        bundle = dataclasses.replace(GROUP, name_nl=name, is_group=False, subscription_id=name)
        intent = group_data(bundle=bundle)
        return [warning(intent, sanne(name=name)), warning(intent, connection=name), invoice(customer_name=name)]

    for hostile, harmless in zip(pages(text), pages("Jan"), strict=True):
        assert Elements(body(hostile, "html")).seen == Elements(body(harmless, "html")).seen
        assert parsed(hostile).keys() == parsed(harmless).keys()


def test_what_was_escaped_reads_as_it_was_written():
    page = Elements(body(invoice(customer_name="<b>A & B</b>"), "html"))
    assert "<b>A & B</b>" in page.text


@pytest.mark.parametrize(
    "name",
    [
        "Jan <evil@x.nl>",
        'Jan" <evil@x.nl>, "',
        "Jan\r\nBcc: evil@x.nl",
        "a, evil@x.nl " * 20,
        "Jörg, evil@x.nl " * 9,
        "",
    ],
)
def test_a_name_never_becomes_an_address(name):
    headers = parsed(warning(recipient=sanne(name=name)))
    assert [address.addr_spec for address in headers["To"].addresses] == ["sanne@example.nl"]
    assert headers["Bcc"] is None


@pytest.mark.parametrize(
    "address",
    [
        "a@x.nl\nRCPT TO:<evil@x>",
        "<a@x.nl>",
        "a@x.nl,b@x.nl",
        "a b@x.nl",
        '"a b"@x.nl',
        "jörg@x.nl",
        "a@localhost",
        "a@-x.nl",
        "@x.nl",
        "a@",
        "",
        "a" * 250 + "@x.nl",
    ],
)
def test_an_impossible_address_is_a_mail_with_a_fault_not_an_exception(address):
    mail = warning(recipient=sanne(address))
    assert "is not an e-mail address" in mail.fault
    assert parsed(mail)["To"] is None
    assert "\n" not in mail.recipient


def test_a_domain_with_other_letters_is_written_as_servers_know_it():
    assert postal_address("info@café.example.nl") == "info@xn--caf-dma.example.nl"


def test_a_company_without_address_is_refused_with_the_remedy():
    with pytest.raises(Refused, match=r"\[company\] email"):
        warning_mail(voip(), sanne(), dataclasses.replace(COMPANY, email=""), PORTAL, ON)


@pytest.mark.parametrize(
    ("used", "limit", "language", "expected"),
    [
        (79_999, 100_000, "nl", "79,9%"),
        (4, 5, "nl", "80%"),
        (1003, 1000, "en", "100.3%"),
        (1234, 10, "en", "12,340%"),
    ],
)
def test_a_percentage_is_rounded_down(used, limit, language, expected):
    assert percent_of(used, limit, language) == expected


def test_keys_are_one_to_one_and_file_names_stay_in_their_folder():
    assert key_of("a|b", "c") != key_of("a", "b|c") != key_of("a", "b", "c")
    name = file_name_of(key_of("invoice", "../../etc/passwd", "a@x.nl"))
    assert "/" not in name
    assert not name.startswith(".")
    assert file_name_of("a/b") != file_name_of("a_b")
