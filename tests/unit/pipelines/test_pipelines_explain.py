"""`belnota explain`: its texts, and what it says when things changed, are late, free, without a price, or gone."""

from __future__ import annotations

import json
import re
import shutil
from fractions import Fraction

import pytest
from typer.testing import CliRunner

import tariffs.registry
from belnota.errors import Refused
from pipelines.cli import app
from pipelines.explaining import explanations
from pipelines.explaining.record import record_of
from pipelines.ingest import ingest
from pipelines.suspense import Selection, write_off
from pipelines.workspace import silent
from tests.lib.explained import sum_of
from tests.lib.price_lists import PEAK, write_deck
from tests.lib.small_reseller import OCTOBER, SEPTEMBER, SmallReseller

BANDS = """\
prefix,price,destination,call_type,band
31,0.60,Nederland,national,peak
31,0.30,Nederland,national,*
"""
CROSSING = """\
pbx/+31201111111|+31203333333|2026-09-11 17:57:00|250: rated, EUR 1.1500
what          voice, made Fri 11 Sep 2026 17:57:00 CEST, 250 s
our number    020 111 1111 (+31201111111), subscription A1 of A Klant A
other end     020 333 3333 (+31203333333), dialled +31203333333; National landline (national)
billed        with 2026-09, which is open: it is rated anew each night
price lists   small@f0aecb88 (in use)
raw line      asterisk-0001.csv, line 2 (archive/raw/RAW)
  "","+31201111111","+31203333333","internal","x","SIP/a","SIP/b","Dial","x","2026-09-11 17:57:00",...

bundle             month     left before   paid    left after
Minutes (min@A1)   2026-09   100 s         100 s   0 s
150 s are left: priced as a call that starts there, slots and increments from 0, no connect fee and no minimum

the call: small, prefix 31 Nederland, from anywhere, always in force
                      band   line   charged   price EUR       EUR
17:58:40              peak   2      80 s      0.6000 / 60 s   0.8000
18:00:00              *      3      70 s      0.3000 / 60 s   0.3500
sum                                                           1.1500
half-up, 4 decimals                                           1.1500

worked out again by the accounts and price lists in use: the same
"""


@pytest.fixture
def reseller(tmp_path):
    return SmallReseller(tmp_path / "workspace")


def import_rates(reseller, rates, toml=""):
    folder = write_deck(reseller.folder / "decks" / "small", rates, toml, "small")
    with reseller.open() as workspace, workspace.store.writing() as tx:
        tariffs.registry.import_deck(tx, workspace.settings.archive, folder, workspace.clock())


def belnota(reseller, *arguments):
    command = ["explain", *arguments, "--workspace", str(reseller.folder)]
    run = CliRunner().invoke(app, command, catch_exceptions=False)
    assert run.exit_code == 0, run.output
    return run.stdout


def text_of(reseller, call):
    return [line.rstrip() for line in belnota(reseller, call).splitlines()]


def told(reseller, call):
    made = json.loads(belnota(reseller, call, "--json"))
    if made["adds_up"] and made["charge_eur"] is not None:
        assert sum_of(made["charges"]) == Fraction(made["charge_eur"])
    return made


def test_a_call_that_crosses_the_end_of_a_bundle_and_the_border_of_a_band(reseller):
    import_rates(reseller, BANDS, PEAK)
    reseller.calls(("A", "2026-09-10 17:00:00", 5900), ("A", "2026-09-11 17:57:00", 250))
    reseller.night()

    shown = text_of(reseller, "2026-09-11")
    shown[6] = re.sub(r"raw/(..)/\1[0-9a-f]{62}\)$", "raw/RAW)", shown[6])
    shown[7] = shown[7].replace(shown[7][98:], ",...")
    assert shown == CROSSING.splitlines()


def test_a_call_wholly_inside_a_bundle_says_what_it_would_have_cost(reseller):
    reseller.calls(("A", "2026-09-10 17:00:00", 100))
    reseller.night()

    shown = text_of(reseller, "2026-09-10")
    assert shown[0].endswith(": rated, EUR 0.0000")
    assert "price row     small, prefix 31 Nederland, from anywhere, always in force (line 2 of its rates.csv)" in shown
    assert shown[-5:] == [
        "bundle             month     left before   paid    left after",
        "Minutes (min@A1)   2026-09   6,000 s       100 s   5,900 s",
        "nothing of the call is left to charge; without bundles it would cost EUR 1.0000",
        "",
        "worked out again by the accounts and price lists in use: the same",
    ]


def test_a_call_after_the_end_of_a_bundle_shows_that_it_was_used_up(reseller):
    reseller.calls(("A", "2026-09-10 17:00:00", 6000), ("A", "2026-09-11 12:00:00", 60))
    reseller.night()

    (bundle,) = told(reseller, "2026-09-11")["bundles"]
    assert (bundle["left_before"], bundle["paid"], bundle["left_after"]) == (0, 0, 0)


def test_an_open_month_tells_what_the_next_night_will_make_of_a_new_price_list(reseller):
    reseller.calls(("B", "2026-09-10 17:00:00", 6000), ("B", "2026-09-11 12:00:00", 60))
    reseller.night()
    import_rates(reseller, "prefix,price,destination,call_type\n31,0.90,Nederland,national\n")

    made = told(reseller, "2026-09-11")
    assert made["charge_eur"] == "0.6000"
    assert made["adds_up"]  # by the version that is kept
    assert made["differs"] == {"charge_micro_eur": {"stored": 600_000, "now": 900_000}}
    assert made["check"][:2] == [
        "accounts or price lists changed since this was rated; by those in use now it is different:",
        "  charge: EUR 0.6000 stored, EUR 0.9000 now",
    ]
    assert made["check"][2].startswith("the arithmetic above is by small@")
    assert made["check"][3] == "the next night rates it again: belnota nightly"

    reseller.night()
    assert told(reseller, "2026-09-11")["differs"] == {}


def test_a_closed_month_stays_as_billed_and_is_shown_by_the_price_list_of_then(reseller):
    reseller.calls(("B", "2026-09-11 12:00:00", 6060))
    reseller.night()
    reseller.close(SEPTEMBER)
    import_rates(reseller, "prefix,price,destination,call_type\n312,0.90,Amsterdam,national\n")

    made = told(reseller, "2026-09-11")
    assert [part["price_eur"] for part in made["charges"][0]["parts"]] == ["0.6000"]
    assert set(made["differs"]) == {"prefix", "destination", "charge_micro_eur"}
    assert made["check"][-1] == "2026-09 is closed: what was billed stays"

    kept = reseller.folder / "archive" / "decks" / "small"
    then = made["check"][-2].partition("small@")[2][:8]
    shutil.rmtree(next(kept.glob(f"{then}*")))
    made = told(reseller, "2026-09-11")
    assert not made["adds_up"]
    assert "so it does not make the stored charge" in made["check"][-2]


def test_a_number_that_went_to_another_customer_is_said(reseller):
    reseller.calls(("B", "2026-09-11 12:00:00", 60))
    reseller.night()
    reseller.owner = {"A1": "A", "B1": "A"}
    reseller.import_accounts()

    assert "  customer: B stored, A now" in told(reseller, "2026-09-11")["check"]


def test_a_late_call_says_why_it_is_billed_later(reseller):
    reseller.calls(("A", "2026-09-10 17:00:00", 5990))
    reseller.night()
    reseller.close(SEPTEMBER)
    reseller.calls(("A", "2026-09-03 12:00:00", 20))
    reseller.night()

    made = told(reseller, "2026-09-03")
    assert made["late"].startswith("2026-09 is closed and did not bill it; it is priced by its own date")
    assert made["billed"] == "with 2026-10, which is open: it is rated anew each night"
    (bundle,) = made["bundles"]
    assert (bundle["month"], bundle["left_before"], bundle["paid"]) == ("2026-09", 10, 10)
    assert made["charge_eur"] == "0.1000"


def test_calls_without_a_price_say_what_to_do_and_written_off_ones_who_did(reseller):
    import_rates(reseller, "prefix,price,destination,call_type\n32,0.60,België,international\n")
    reseller.calls(("A", "2026-09-10 17:00:00", 60), ("+31209999999", "2026-09-11 17:00:00", 60))
    reseller.night()

    made = told(reseller, "2026-09-10")
    assert made["reason"].startswith("no_price: no row of the price list answers this number (asked: small); add its")
    assert made["billed"] == "not while it has no price; it waits in 2026-09"
    assert made["charges"] == []
    stranger = told(reseller, "+31209999999")
    assert stranger["reason"].startswith("unknown_number: nobody had this number of ours at that moment; add it to")

    with reseller.open() as workspace:
        chosen = Selection((made["call"]["call_id"],))
        write_off(workspace, chosen, actor="Anna", because="a test call")
    reseller.night()
    made = told(reseller, "2026-09-10")
    assert made["call"]["status"] == "free"
    assert made["reason"].startswith("written_off: it had no price and was written off")
    assert made["reason"].endswith("; by Anna on 2027-06-01: a test call")
    assert made["differs"] == {}


def test_a_special_number_that_only_a_plain_row_answers_shows_that_row(reseller):
    import_rates(reseller, "prefix,price,destination,call_type\n31,0.60,Nederland,other\n")
    text = reseller.folder / "inbox" / "asterisk-9999.csv"
    reseller.calls(("A", "2026-09-10 17:00:00", 60))
    made = reseller.folder / "inbox" / "asterisk-0001.csv"
    text.write_text(made.read_text().replace("+31203333333", "09001234"))
    made.unlink()
    reseller.night()

    reason = told(reseller, "09001234")["reason"]
    assert "(in small the row of prefix 31, Nederland, is of type other); add a row with that call_type" in reason


def test_a_price_list_that_is_not_imported_is_named(reseller):
    reseller.calls(("A", "2026-09-10 17:00:00", 60))
    import_rates(reseller, "prefix,price\n31,0.60\n", 'base = "world"')
    reseller.night()

    assert "price list world (the base of small) is not there" in told(reseller, "2026-09-10")["reason"]


def test_a_call_that_no_night_has_rated_yet_says_so(reseller):
    reseller.calls(("A", "2026-09-10 17:00:00", 60))
    with reseller.open() as workspace:
        ingest(workspace.settings, workspace.store, workspace.lake, files=None, now=workspace.clock(), progress=silent)

    shown = text_of(reseller, "2026-09-10")
    assert shown[0].endswith(": not rated yet; the next night rates it: belnota nightly")
    assert any(line.startswith("raw line      asterisk-0001.csv, line 1 ") for line in shown)


def test_one_call_is_found_by_its_identity_or_a_part_that_no_other_has(reseller):
    reseller.calls(("A", "2026-09-10 17:00:00", 6), ("A", "2026-09-10 17:00:00", 60), ("B", "2026-09-11 17:00:00", 60))
    reseller.night()

    whole = "pbx/+31201111111|+31203333333|2026-09-10 17:00:00|6"
    assert told(reseller, whole)["call"]["call_id"] == whole  # though another call's begins so
    assert told(reseller, "pbx/+31202222222")["call"]["customer_id"] == "B"
    assert told(reseller, "2026-09-11")["call"]["customer_id"] == "B"
    with pytest.raises(Refused) as refusal:
        belnota(reseller, "2026-09-10")
    lines = str(refusal.value).splitlines()
    assert lines[0] == "'2026-09-10' is part of several calls; write one of them in full:"
    assert lines[1].startswith(f"  {whole}  Thu 10 Sep 2026 17:00:00 CEST, +31201111111 to +31203333333")
    assert len(lines) == 3
    with pytest.raises(Refused, match="there is no call 'nothing'"):
        belnota(reseller, "nothing")
    with pytest.raises(Refused, match="name a call"):
        belnota(reseller, " ")


def test_a_raw_file_that_is_gone_or_changed_is_said(reseller):
    reseller.calls(("A", "2026-09-10 17:00:00", 60))
    reseller.night()
    (copy,) = (path for path in (reseller.folder / "archive" / "raw").rglob("*") if path.is_file())

    copy.chmod(0o644)
    copy.write_text("other")
    assert "was changed after it was stored" in told(reseller, "pbx/")["source"]["problem"]
    copy.unlink()
    assert "no copy of it" in "\n".join(text_of(reseller, "pbx/"))


def test_every_call_of_two_months_adds_up(reseller):
    import_rates(reseller, BANDS, PEAK)
    reseller.calls(
        *((who, f"2026-09-{day:02d} 17:{day:02d}:07", 97 * day) for day in range(1, 29) for who in ("A", "B"))
    )
    reseller.night()
    reseller.close(SEPTEMBER)
    reseller.calls(("A", "2026-09-02 12:00:00", 100), ("A", "2026-10-02 12:00:00", 100))
    reseller.night()

    with reseller.open() as workspace:
        stored = workspace.lake.scan("rated_calls").collect()
        made = [record_of(one) for one in explanations(workspace, stored)]
    assert len(made) == 58
    for one in made:
        assert sum_of(one["charges"]) * 1_000_000 == one["call"]["charge_micro_eur"]
        assert sum(bundle["paid"] for bundle in one["bundles"]) == one["call"]["in_bundle_quantity"]
        assert one["differs"] == {}
    assert {one["call"]["billing_period"] for one in made} == {str(SEPTEMBER), str(OCTOBER)}


def test_no_workspace_and_the_help(tmp_path):
    run = CliRunner().invoke(app, ["explain", "--help"])
    assert "Example: belnota explain pbx/1792482661.15516:15516" in run.stdout
    with pytest.raises(Refused, match=re.escape("belnota.toml")):
        CliRunner().invoke(app, ["explain", "x", "--workspace", str(tmp_path)], catch_exceptions=False)
