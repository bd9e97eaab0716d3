"""How call types, numbers and web addresses read to people."""

from __future__ import annotations

import itertools

import pytest

from belnota import wording
from belnota.phone import CALL_TYPES
from belnota.tables.contract import SERVICES


@pytest.mark.parametrize(
    ("call_type", "service", "dutch", "english"),
    [
        ("roaming_world", "data", "Roaming buiten de EU, mobiel internet", "Roaming outside the EU, data"),
        ("roaming_world", "sms", "Roaming buiten de EU, sms", "Roaming outside the EU, text messages"),
        ("roaming_world", "voice", "Roaming buiten de EU, bellen", "Roaming outside the EU, calls"),
        ("roaming_eu", "voice", "Roaming binnen de EU, bellen", "Roaming within the EU, calls"),
        ("mobile", "voice", "Mobiel", "Mobile"),
        ("sms", "sms", "Sms", "Text messages"),
        ("new_type", "voice", "new_type", "new_type"),
    ],
)
def test_usage_is_named_for_what_it_was(call_type, service, dutch, english):
    assert wording.usage_name(call_type, service, "nl") == dutch
    assert wording.usage_name(call_type, service, "en") == english


@pytest.mark.parametrize("language", ["nl", "en"])
def test_roaming_never_has_one_name_for_two_services(language):
    roaming = [kind for kind in CALL_TYPES if "roaming" in kind]
    names = [wording.usage_name(*pair, language) for pair in itertools.product(roaming, SERVICES)]
    assert len(set(names)) == len(names) == 6


def test_a_number_reads_as_people_write_it_whatever_stands_there():
    assert wording.phone_number("+31200000000", "nl") == "020 000 0000"
    assert wording.phone_number("+442079460000", "nl") == "+44 20 7946 0000"
    assert wording.phone_number("020 765 4321", "en") == "020 765 4321"
    assert wording.phone_number("", "nl") == ""


@pytest.mark.parametrize("address", ["https://www.example.nl/", "http://www.example.nl", "www.example.nl"])
def test_a_website_has_no_scheme(address):
    assert wording.website(address) == "www.example.nl"
