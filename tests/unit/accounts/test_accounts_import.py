"""accounts.import_folder: what is written, and what is not."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from accounts import AccountsRefused, customers, import_folder, ownership, recipients, voip_limits
from accounts.stored import stored_rows
from belnota.store import schema


def load(store, folder):
    with store.writing() as tx:
        return import_folder(tx, folder.path)


def counts(summary):
    return {
        name: (file.added, file.changed, file.unchanged, file.not_in_folder) for name, file in summary.files.items()
    }


def test_a_second_import_of_the_same_folder_changes_nothing(store, folder):
    first = load(store, folder)
    with store.reading() as tx:
        before = stored_rows(tx)
    second = load(store, folder)
    with store.reading() as tx:
        after = stored_rows(tx)

    assert first.writes == 8
    assert second.writes == 0
    assert counts(second)["catalogue.toml"] == (0, 0, 3, 0)
    assert before == after


def test_only_what_differs_is_written_and_what_the_folder_does_not_name_stays(store, folder):
    folder.rows("customers.csv", {}, {"customer_id": "c2", "voip_limit_eur": "25"})
    load(store, folder)
    folder.rows("customers.csv", {"name": "Nieuwe Naam"}, {"customer_id": "c3"})
    summary = load(store, folder)

    assert counts(summary)["customers.csv"] == (1, 1, 0, 1)
    assert counts(summary)["users.csv"] == (0, 0, 1, 0)
    with store.reading() as tx:
        assert [(customer.customer_id, customer.name) for customer in customers(tx)] == [
            ("c1", "Nieuwe Naam"),
            ("c2", "Bakkerij Łódź & <b>Zn</b>"),
            ("c3", "Bakkerij Łódź & <b>Zn</b>"),
        ]
        assert voip_limits(tx) == {"c2": 25_000_000}


@pytest.mark.parametrize("limit", ["", "0", "0.00"])
def test_an_empty_or_zero_limit_is_no_limit_and_takes_an_old_one_away(store, folder, limit):
    folder.rows("customers.csv", {"voip_limit_eur": "12.50"})
    load(store, folder)
    with store.reading() as tx:
        assert voip_limits(tx) == {"c1": 12_500_000}
    folder.rows("customers.csv", {"voip_limit_eur": limit})
    summary = load(store, folder)

    assert summary.writes == 1
    with store.reading() as tx:
        assert voip_limits(tx) == {}


def test_a_changed_bundle_changes_its_plan_and_a_bundle_can_end(store, folder):
    load(store, folder)
    folder.catalogue(("500 MB", "1.5 GB"))
    assert counts(load(store, folder))["catalogue.toml"] == (0, 1, 2, 0)
    start, end = "[[module.bundle]]", 'call_types = ["roaming_eu"]\n'
    path = folder.path / "catalogue.toml"
    content = path.read_text()
    path.write_text(content[: content.index(start)] + content[content.index(end) + len(end) :])
    load(store, folder)

    with store.reading() as tx:
        found = tx.execute(sa.select(schema.bundles.c.code, schema.bundles.c.allowance)).all()
    assert sorted(tuple(row) for row in found) == [("bellen", 9000), ("groep-data", 1_500_000_000)]


def test_one_fault_anywhere_and_nothing_at_all_is_written(store, folder):
    folder.rows("users.csv", {"email": "no address"})
    with pytest.raises(AccountsRefused) as refused:
        load(store, folder)

    assert refused.value.exit_code == 2
    with store.reading() as tx:
        assert all(rows == {} for rows in stored_rows(tx).values())


def test_numbers_are_stored_in_the_written_form(store, folder):
    folder.rows("numbers.csv", {"number": "06 1234-5678"}, {"number": "0031 (0)20 1234567"}, {"number": "201"})
    load(store, folder)

    with store.reading() as tx:
        assert ownership(tx)["own_number"].to_list() == ["+31201234567", "+31612345678", "201"]


def test_a_byte_order_mark_crlf_and_another_order_of_columns_are_fine(store, folder):
    content = "﻿subscription_id,number,valid_until,valid_from\r\ns1,+31612345678,,2026-01-01\r\n\r\n"
    (folder.path / "numbers.csv").write_bytes(content.encode())

    assert counts(load(store, folder))["numbers.csv"] == (1, 0, 0, 0)


def test_identities_are_stored_in_one_spelling(store, folder):
    identity = {"postcode": "1234ab", "vat_id": "NL 0044.95.445.B01", "iban": "nl91 abna 0417 1643 00"}
    folder.rows("customers.csv", identity)
    load(store, folder)

    with store.reading() as tx:
        (customer,) = customers(tx)
    assert (customer.postcode, customer.vat_id, customer.iban) == ("1234 AB", "NL004495445B01", "NL91ABNA0417164300")


def test_a_blocked_user_gets_no_mail_and_others_only_what_they_registered_for(store, folder):
    folder.rows(
        "users.csv",
        {},
        {"username": "bob", "email": "bob@example.nl", "registrations": "sim_block"},
        {"username": "carla", "email": "carla@example.nl", "blocked": "yes"},
    )
    load(store, folder)

    with store.reading() as tx:
        found = {kind: recipients(tx, kind) for kind in ("invoice", "voip_usage", "sim_block", "mobile_usage")}
    assert {kind: [user.email for user in users] for kind, users in found.items()} == {
        "invoice": ["anna@example.nl"],
        "voip_usage": ["anna@example.nl"],
        "sim_block": ["bob@example.nl"],
        "mobile_usage": [],
    }
    assert found["invoice"][0].name == "Anna de Vries"


def test_a_stored_row_is_withdrawn_by_ending_it_on_the_day_it_began(store, folder):
    load(store, folder)
    folder.rows("numbers.csv", {"valid_until": "2026-01-01"}, {"valid_from": "2026-02-01"})
    load(store, folder)

    with store.reading() as tx:
        assert [str(at)[:10] for at in ownership(tx)["valid_from_at"]] == ["2026-01-31"]
