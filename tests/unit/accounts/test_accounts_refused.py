"""Each way in which a folder of accounts can be wrong, and that the fault names file, line, column and value."""

from __future__ import annotations

import shutil

import pytest

from accounts import AccountsRefused, import_folder
from belnota.store import open_store


@pytest.fixture(scope="module")
def sqlite_store(migrated_sqlite, tmp_path_factory):
    """One store for all tests of this module: none of them commits anything."""
    path = shutil.copy(migrated_sqlite, tmp_path_factory.mktemp("refused"))
    opened = open_store(f"sqlite:///{path}")
    yield opened
    opened.close()


@pytest.fixture
def tx(sqlite_store):
    with sqlite_store.writing() as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def faults_of(tx, folder):
    def refused():
        with pytest.raises(AccountsRefused) as error:
            import_folder(tx, folder.path)
        return error.value.faults

    return refused


CELLS = [
    ("customers.csv", "customer_id", "", "fill it in"),
    ("customers.csv", "customer_id", "a/b", "letters, digits"),
    ("customers.csv", "customer_id", "=1+1", "letters, digits"),
    ("customers.csv", "name", "", "fill it in"),
    ("customers.csv", "name", "Jan\nBcc: x@example.nl", "control character U+000A"),
    ("customers.csv", "name", "nul\x00", "control character U+0000"),
    ("customers.csv", "attention", "evil\u202egnp", "control character U+202E"),
    ("customers.csv", "city", "x" * 201, "at most 200 characters"),
    ("customers.csv", "postcode", "0123 AB", "four digits and two letters"),
    ("customers.csv", "country", "Nederland", "ISO code"),
    ("customers.csv", "kvk", "1234567", "8 digits"),
    ("customers.csv", "vat_id", "NL004495446B01", "no VAT id"),
    ("customers.csv", "vat_id", "DE000000000", "no VAT id"),
    ("customers.csv", "vat_regime", "reversed", "standard, reverse_charge, exempt"),
    ("customers.csv", "vat_id", "", "reverse charge needs"),
    ("customers.csv", "iban", "NL91ABNA0417164301", "no IBAN"),
    ("customers.csv", "mandate_signed_on", "2026-02-30", "existing date"),
    ("customers.csv", "language", "de", "nl, en"),
    ("customers.csv", "delivery", "fax", "email, portal, post"),
    ("customers.csv", "voip_limit_eur", "-1", "from 0 to"),
    ("customers.csv", "voip_limit_eur", "12,50", "digits, a point"),
    ("customers.csv", "voip_limit_eur", "1e3", "digits, a point"),
    ("subscriptions.csv", "customer_id", "nobody", "not in customers.csv"),
    ("subscriptions.csv", "plan", "eu-bellen", "no plan with this code"),
    ("subscriptions.csv", "valid_from", "01-01-2026", "YYYY-MM-DD"),
    ("subscriptions.csv", "valid_from", "0001-01-01", "from 1990"),
    ("subscriptions.csv", "valid_until", "2025-12-31", "before valid_from"),
    ("numbers.csv", "number", "anonymous", "write the number as"),
    ("numbers.csv", "number", "12345", "write the number as"),
    ("numbers.csv", "number", "", "fill it in"),
    ("numbers.csv", "subscription_id", "s9", "not in subscriptions.csv"),
    ("modules.csv", "module", "bundel", "no module with this code"),
    ("users.csv", "username", "an na", "letters, digits"),
    ("users.csv", "customer_id", "c9", "not in customers.csv"),
    ("users.csv", "email", "anna", "plain e-mail address"),
    ("users.csv", "email", "a@b@example.nl", "plain e-mail address"),
    ("users.csv", "email", "Anna <a@example.nl>", "plain e-mail address"),
    ("users.csv", "email", "a@example.nl\r\nBcc: b@example.nl", "control character"),
    ("users.csv", "email", "anna@exämple.nl", "plain e-mail address"),
    ("users.csv", "email", '"a b"@example.nl', "plain e-mail address"),
    ("users.csv", "email", "a..b@example.nl", "plain e-mail address"),
    ("users.csv", "email", "a@localhost", "plain e-mail address"),
    ("users.csv", "roles", "god", "not known"),
    ("users.csv", "roles", "mobile_limits", "needs mobile_access"),
    ("users.csv", "roles", "mobile_block_sim view_invoices", "needs mobile_access"),
    ("users.csv", "roles", "mobile_view_blocks", "needs mobile_access"),
    ("users.csv", "registrations", "all", "not known"),
    ("users.csv", "blocked", "true", "no, yes"),
]


@pytest.mark.parametrize(("file", "column", "value", "remedy"), CELLS)
def test_a_wrong_cell_is_named(folder, faults_of, file, column, value, remedy):  # noqa: PLR0917 - a table of cases
    extra = {"vat_regime": "reverse_charge"} if (column, value) == ("vat_id", "") else {}
    folder.rows(file, {**extra, column: value})

    fault = next(fault for fault in faults_of() if fault.file == file and fault.column == column)
    assert fault.line == 2
    assert remedy in fault.remedy


CATALOGUES = [
    ('allowance = "500 MB"', 'allowance = "500"', "allowance", "500 MB, 2 GB"),
    ('allowance = "500 MB"', 'allowance = "500 min"', "allowance", "make them agree"),
    ('allowance = "150 min"', 'allowance = "0.001 min"', "allowance", "whole number"),
    ('monthly_eur = "10.01"', "monthly_eur = 10.01", "monthly_eur", "in quotes"),
    ('monthly_eur = "10.01"', 'monthly_eur = "10,01"', "monthly_eur", "digits, a point"),
    ('monthly_eur = "10.01"', "", "monthly_eur", "missing"),
    ('deck = "mobiel-2026"', "", "deck", "missing"),
    ('product = "telefonie"', 'product = "vast"', "product", "telefonie, mobiel"),
    ('"national", "mobile"', '"nationaal"', "call_types", "choose one of"),
    ("group = true", 'group = "yes"', "group", "true or false"),
    ("group = true", "groep = true", "groep", "not known"),
    ("group = true", 'rollover = "1 GB"', "rollover", 'rollover = { most = "1 GB", months = 2 }'),
    ("group = true", 'rollover = { most = "1 GB" }', "rollover", "with exactly these keys"),
    ("group = true", 'rollover = { most = "1 GB", months = 25 }', "rollover", "from 1 to 24"),
    ("group = true", 'rollover = { most = "1 GB", months = true }', "rollover", "whole number"),
    ("group = true", "rollover = { most = 1000, months = 2 }", "rollover", "in quotes"),
    ("group = true", 'rollover = { most = "0 MB", months = 2 }', "rollover", "leave rollover out"),
    ("group = true", 'rollover = { most = "60 min", months = 2 }', "rollover", "this rollover is voice"),
    ('service = "data"', 'service = "fax"', "service", "voice, sms, data"),
    ('code = "bellen"', 'code = "eu-minuten"', "bundle code", "its own"),
    ('code = "bellen"', 'code = "groep-data"', "bundle code", "its own"),
    ('code = "voip"', 'code = "bundel"', "code", "keep one of the two"),
    ("[[module]]", "[[modul]]", "modul", "not known"),
    ('code = "eu-bellen"\nproduct = "mobiel"', 'code = "eu-bellen"\nproduct = "telefonie"', "module", "is mobiel"),
]


@pytest.mark.parametrize(("old", "new", "column", "remedy"), CATALOGUES)
def test_a_wrong_catalogue_is_named(folder, faults_of, old, new, column, remedy):  # noqa: PLR0917 - a table of cases
    folder.catalogue((old, new), *([("[[module.", "[[modul.")] if new == "[[modul]]" else []))

    assert any(fault.column == column and remedy in fault.remedy for fault in faults_of())


def test_a_fault_in_a_bundle_names_the_line_of_its_table(folder, faults_of):
    folder.catalogue(('"150 min"', '"150 minuten"'))
    lines = (folder.path / "catalogue.toml").read_text().splitlines()
    (fault,) = faults_of()

    assert lines[fault.line] == 'code = "bellen"'
    assert (fault.file, fault.value) == ("catalogue.toml", "150 minuten")


def test_all_faults_come_at_once_and_the_message_names_them(folder, faults_of, tx):
    folder.rows("customers.csv", {"kvk": "1"}, {"customer_id": "c2", "iban": "x", "country": "Mars"})
    folder.rows("users.csv", {"email": "x"})
    faults = faults_of()

    assert [(fault.file, fault.line, fault.column) for fault in faults] == [
        ("customers.csv", 2, "kvk"),
        ("customers.csv", 3, "country"),
        ("customers.csv", 3, "iban"),
        ("users.csv", 2, "email"),
    ]
    with pytest.raises(AccountsRefused, match=r"customers.csv line 3, iban 'x': this is no IBAN"):
        import_folder(tx, folder.path)


@pytest.mark.parametrize(
    ("content", "remedy"),
    [
        (b"", "missing number, subscription_id, valid_from, valid_until"),
        (b"number;subscription_id;valid_from;valid_until\n", "the header must be"),
        (b"number,subscription_id,valid_from,until\n", "missing valid_until; unknown until"),
        (b"number,number,subscription_id,valid_from,valid_until\n", "stands twice"),
        (b"number,subscription_id,valid_from,valid_until\n\xff", "not UTF-8 at byte 46"),
        (b'number,subscription_id,valid_from,valid_until\n"+316', "not proper CSV"),
        (b"number,subscription_id,valid_from,valid_until\n\n+31612345678,s1\n", "it has 2 columns; it needs 4"),
        (None, "cannot be read"),
    ],
)
def test_a_file_that_is_no_such_file_is_the_only_fault(folder, faults_of, content, remedy):
    path = folder.path / "numbers.csv"
    path.unlink() if content is None else path.write_bytes(content)
    (fault,) = faults_of()

    assert fault.file == "numbers.csv"
    assert remedy in fault.remedy


def test_a_catalogue_that_is_no_toml_is_named(folder, faults_of):
    (folder.path / "catalogue.toml").write_text("[[plan]\n")

    assert [fault.file for fault in faults_of()] == ["catalogue.toml"]


TWICE = [
    ("customers.csv", {}, "customer_id"),
    ("users.csv", {"username": "ANNA"}, "username"),
    ("subscriptions.csv", {}, "subscription_id"),
    ("numbers.csv", {"number": "0612345678"}, "number"),
    ("modules.csv", {}, "subscription_id"),
]


@pytest.mark.parametrize(("file", "again", "column"), TWICE)
def test_the_same_key_twice_is_refused(folder, faults_of, file, again, column):
    folder.rows(file, {}, again)

    assert [(fault.file, fault.line, fault.column) for fault in faults_of()] == [(file, 3, column)]


def test_an_overlap_of_ownership_is_refused_to_the_day(folder, faults_of):
    folder.rows("subscriptions.csv", {}, {"subscription_id": "s2"})
    folder.rows("numbers.csv", {"valid_until": "2026-10-16"}, {"subscription_id": "s2", "valid_from": "2026-10-15"})
    (fault,) = faults_of()

    assert (fault.file, fault.line, fault.column, fault.value) == ("numbers.csv", 3, "number", "+31612345678")
    assert "on 2026-10-15 it also belongs to s1 (line 2)" in fault.remedy


def test_an_overlap_with_what_the_store_has_is_refused(folder, faults_of, tx):
    import_folder(tx, folder.path)
    folder.rows("subscriptions.csv", {"subscription_id": "s2"})
    folder.rows("numbers.csv", {"subscription_id": "s2", "valid_from": "2026-10-15"})
    (fault,) = faults_of()

    assert (fault.line, fault.column) == (2, "number")
    assert "s1 (the store)" in fault.remedy


def test_an_overlap_of_a_module_with_itself_is_refused(folder, faults_of):
    folder.rows("modules.csv", {}, {"valid_from": "2026-03-01"})

    assert [(fault.file, fault.line) for fault in faults_of()] == [("modules.csv", 3)]


def test_a_plan_cannot_become_a_module(folder, faults_of, tx):
    import_folder(tx, folder.path)
    deck = 'deck = "zakelijk-2026"\n'
    folder.catalogue(('[[plan]]\ncode = "voip"', '[[module]]\ncode = "voip"'), (deck, ""))

    assert [(fault.column, fault.value) for fault in faults_of()] == [("code", "voip")]
