"""`belnota doctor`: each thing that would stop the night is found before it, and one fault hides no other."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from accounts import import_folder
from belnota.settings import SETTINGS_FILE
from belnota.store import open_store
from pipelines import doctor
from pipelines.demo import write_workspace
from pipelines.doctor import EXAMPLE_COMPANY, examine
from pipelines.workspace import utc_now
from tariffs.registry import import_deck

OWN = ('name = "Belnota Voorbeeld Telecom B.V."', 'name = "Kiezel Telecom B.V."')


@pytest.fixture
def folder(tmp_path):
    write_workspace(tmp_path)
    return tmp_path


def changed(folder: Path, *pairs: tuple[str, str]) -> None:
    path = folder / SETTINGS_FILE
    text = path.read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")


def imported(folder: Path, *, accounts: bool = True, decks: tuple[str, ...] = ()) -> None:
    store = open_store(f"sqlite:///{folder / 'store.sqlite'}")
    with store.writing() as tx:
        if accounts:
            import_folder(tx, folder / "accounts")
        for deck in decks:
            import_deck(tx, folder / "archive", folder / "decks" / deck, utc_now())
    store.close()


def found(folder: Path, what: str) -> list[tuple[str, str]]:
    return [(finding.state, finding.detail) for finding in examine(folder) if finding.what == what]


def test_a_new_workspace_has_nothing_bad_and_says_what_comes_next(folder):
    findings = {finding.what: finding for finding in examine(folder)}

    assert {finding.state for finding in findings.values()} == {"good", "look"}
    assert findings["company"].detail == (
        f"{EXAMPLE_COMPANY}: this is the example company; put your own in before you send invoices"
    )
    assert "run: belnota accounts import accounts" in findings["accounts"].detail
    assert "run: belnota decks import decks/NAME" in findings["price lists"].detail
    assert findings["feeds"].state == findings["inbox"].state == "good"


def test_a_workspace_that_is_ready_is_good(folder):
    changed(folder, OWN)
    imported(folder, decks=("az-2026", "mobiel-2026", "zakelijk-2026"))

    assert {finding.what for finding in examine(folder) if finding.state != "good"} == {"lake", "mail"}


def test_plans_whose_price_list_or_its_base_is_not_imported_are_bad(folder):
    imported(folder, decks=("zakelijk-2026",))

    bad = [detail for state, detail in found(folder, "price lists") if state == "bad"]

    assert len(bad) == 2
    assert "mobiel-2026 (asked for) is not there" in bad[0]
    assert "az-2026 (the base of zakelijk-2026) is not there" in bad[1]
    assert all(detail.endswith("run: belnota decks import decks/NAME") for detail in bad)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('format = "broadworks_csv"', 'format = "broadwork"', "feed 'broadworks': format 'broadwork' is unknown"),
        ('own = "accountcode"', 'owm = "accountcode"', "feed 'pbx': unknown option 'owm'"),
        ("mappings/mobiel.toml", "mappings/mobil.toml", "feed 'mobiel': its mapping .*mobil.toml cannot be read"),
        ('mapping = "mappings/mobiel.toml"', "", "feed 'mobiel': format mapping needs a mapping file"),
    ],
)
def test_a_feed_that_the_night_would_refuse_is_bad_and_the_others_are_good(folder, old, new, told):
    changed(folder, (old, new))

    (bad, detail), (good, names) = found(folder, "feeds")

    assert (bad, good) == ("bad", "good")
    assert len(names.split(", ")) == 3
    assert re.search(told, detail)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("NL57DEMO0000009999", "NL58DEMO0000009999", "iban 'NL58DEMO0000009999' is not an IBAN"),
        ("NL123456782B01", "NL123456789B01", "vat_id 'NL123456789B01' is not a Dutch VAT id"),
        ("NL123456782B01", "123456782B01", "vat_id '123456782B01' is not a Dutch VAT id"),
        ('kvk = "00000100"', 'kvk = "100"', "kvk '100' is not a KvK number of 8 digits"),
        ('city = "Amsterdam"', 'city = " "', "no city"),
    ],
)
def test_a_company_that_the_law_does_not_take_is_bad(folder, old, new, told):
    changed(folder, (old, new), OWN)

    ((state, detail),) = found(folder, "company")

    assert state == "bad"
    assert told in detail
    assert "belnota.toml [company]" in detail


def test_what_is_never_read_from_the_inbox_is_named(folder):
    inbox = folder / "inbox"
    (inbox / "asterisk-1.csv").touch()
    (inbox / ".taken").mkdir()
    (inbox / "october").mkdir()
    (inbox / "link.csv").symlink_to(inbox / "asterisk-1.csv")
    (inbox / "links").symlink_to(inbox / "october")
    os.mkfifo(inbox / "pipe.csv")

    findings = found(folder, "inbox")

    assert [state for state, _ in findings] == ["look"] * 4 + ["good"]
    assert [detail.split(" is a ")[0] for _, detail in findings[:4]] == ["link.csv", "links", "october", "pipe.csv"]
    assert "move them up" in findings[2][1]
    assert findings[4][1] == "files waiting: 1"


def test_an_inbox_that_is_not_there_is_named(folder):
    (folder / "inbox").rmdir()

    ((state, detail),) = found(folder, "inbox")

    assert state == "look"
    assert str(folder / "inbox") in detail


def test_a_check_that_fails_never_stops_the_others(folder, monkeypatch):
    (folder / "store.sqlite").write_bytes(b"no database at all" * 100)

    def broken(_made):
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(doctor, "_lake", broken)
    states = {finding.what: finding.state for finding in examine(folder)}

    assert (states["store"], states["lake"], states["disk"]) == ("bad", "bad", "good")
    assert found(folder, "lake") == [("bad", "ZeroDivisionError: by zero")]


def test_settings_that_are_refused_are_one_bad_finding(folder):
    changed(folder, ('tls = "starttls"', 'tls = "ssl"'))

    ((state, detail),) = found(folder, "settings")

    assert state == "bad"
    assert "[smtp]: tls = 'ssl' must be one of starttls, implicit, none" in detail
