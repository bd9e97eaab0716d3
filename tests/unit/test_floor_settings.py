"""belnota.settings: one file, checked by name; the environment wins."""

from __future__ import annotations

import pytest

from belnota.errors import Refused
from belnota.settings import find_workspace, load

FEED = '[[feed]]\nname = "pbx"\nformat = "asterisk_cdr_csv"\nfiles = "*.csv"\n'


@pytest.fixture
def workspace(tmp_path):
    def written(content):
        (tmp_path / "belnota.toml").write_text(content, encoding="utf-8")
        return tmp_path

    return written


def test_an_empty_file_is_all_defaults(workspace):
    settings = load(workspace(""), {})

    assert settings.smtp.port == 587
    assert settings.feeds == ()
    assert settings.store_url == f"sqlite:///{settings.workspace / 'store.sqlite'}"
    assert {path.parent for path in (settings.inbox, settings.lake, settings.outbox)} == {settings.workspace}


def test_what_the_file_says_is_read(workspace):
    content = (
        f'[company]\nname = "Łódź & Zn"\n[night]\nmax_file_mebibytes = 7\n{FEED}[feed.options]\ncontexts = ["in"]\n'
    )
    settings = load(workspace(content), {})

    assert settings.company.name == "Łódź & Zn"
    assert settings.night.max_file_mebibytes == 7
    assert (settings.feeds[0].name, settings.feeds[0].options) == ("pbx", {"contexts": ["in"]})


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('[smpt]\nhost = "x"', r"unknown section \[smpt\]"),
        ('host = "x"', r"unknown section \[host\]"),
        ('[smtp]\nhots = "x"', r"\[smtp\]: unknown setting 'hots'"),
        ('[smtp]\nport = "25"', r"\[smtp\]: port = '25' must be a whole number"),
        ("[smtp]\nport = true", r"port = True must be a whole number"),
        ("[company]\nname = 5", r"\[company\]: name = 5 must be a text"),
        ('[[feed]]\nname = "a"\nformat = "b"\n', r"\[\[feed\]\] number 1: a setting is missing.*'files'"),
        (FEED + 'kind = "x"\n', r"\[\[feed\]\] number 1: unknown setting 'kind'"),
        (FEED + 'ambiguous = "guess"\n', r"ambiguous = 'guess' must be one of earliest, latest, refuse"),
        (FEED.replace("pbx", "a/b"), r"name = 'a/b' must be a name without a slash"),
        (FEED.replace("pbx", " "), r"name = ' ' must be a name without a slash"),
        (FEED + 'timezone = "localtime"\n', r"timezone = 'localtime' must be a time zone such as"),
        (FEED + FEED, "two feeds have the same name"),
        (FEED.replace("[[feed]]", "[feed]"), r"write each feed as \[\[feed\]\], with two brackets"),
        (
            FEED + 'timezone = "Europe/Amsterdm"\n',
            r"number 1: timezone = 'Europe/Amsterdm' must be a time zone such as",
        ),
        (FEED + 'timezone = ""\n', r"timezone = '' must be a time zone"),
        (FEED + 'timezone = "../etc/passwd"\n', r"timezone = '../etc/passwd' must be a time zone"),
        ('[smtp]\ntls = "ssl"', r"belnota.toml \[smtp\]: tls = 'ssl' must be one of starttls, implicit, none"),
        ("[smtp]\nport = 0", r"\[smtp\]: port = 0 must be a whole number from 1 to 65535"),
        ("[smtp]\nport = 65536", r"\[smtp\]: port = 65536 must be"),
        ("[smtp]\ntimeout_seconds = 0", r"timeout_seconds = 0 must be a whole number of at least 1"),
        ("[invoicing]\npayment_days = -1", r"\[invoicing\]: payment_days = -1 must be a whole number from 0 to 365"),
        ("[invoicing]\npayment_days = 366", r"payment_days = 366 must be"),
        ("[night]\nmax_file_mebibytes = 0", r"\[night\]: max_file_mebibytes = 0 must be a whole number of at least 1"),
        ("[night]\nsettle_seconds = -1", r"\[night\]: settle_seconds = -1 must be a whole number of at least 0"),
        ("[smtp", "belnota.toml: "),
    ],
)
def test_what_is_wrong_is_refused_by_name(workspace, content, says):
    with pytest.raises(Refused, match=says):
        load(workspace(content), {})


@pytest.mark.parametrize(
    "number_format",
    ["{sequence}", "{year}", "{year}-{sequence}-{month}", "{year}/{sequence}", "{year:06d}-{sequence}", "{year}-{", ""],
)
def test_a_format_that_makes_no_invoice_number_is_refused(workspace, number_format):
    with pytest.raises(Refused, match=r"\[invoicing\]: number_format = '.*' must be \{year\} and \{sequence\}"):
        load(workspace(f'[invoicing]\nnumber_format = "{number_format}"'), {})


def test_the_ends_of_each_range_are_right(workspace):
    content = (
        '[smtp]\nport = 65535\ntls = "none"\n[night]\nmax_file_mebibytes = 1\nsettle_seconds = 0\n'
        '[invoicing]\npayment_days = 365\nnumber_format = "F{year}.{sequence:04d}"\n'
    )
    settings = load(workspace(content), {"BELNOTA_SMTP_PORT": "1"})

    assert (settings.smtp.port, settings.smtp.tls) == (1, "none")
    assert (settings.night.max_file_mebibytes, settings.night.settle_seconds) == (1, 0)
    assert (settings.invoicing.payment_days, settings.invoicing.number_format) == (365, "F{year}.{sequence:04d}")
    assert load(workspace("[invoicing]\npayment_days = 0"), {}).invoicing.payment_days == 0


def test_a_missing_file_says_how_to_make_one(tmp_path):
    with pytest.raises(Refused, match=r"belnota.toml does not exist; make a workspace with: belnota init"):
        load(tmp_path, {})


def test_a_file_that_is_not_utf_8_is_refused(tmp_path):
    (tmp_path / "belnota.toml").write_bytes(b'[company]\nname = "\xff"')

    with pytest.raises(Refused, match="not UTF-8 at byte 18"):
        load(tmp_path, {})


def test_the_environment_wins_over_the_file(workspace):
    environment = {
        "BELNOTA_STORE_URL": "postgresql+psycopg://db/x",
        "BELNOTA_SMTP_HOST": "mail.example.nl",
        "BELNOTA_SMTP_PORT": "2525",
        "BELNOTA_SMTP_USERNAME": "u",
        "BELNOTA_SMTP_PASSWORD": "geheim",
        "SMTP_HOST": "other",
    }
    settings = load(workspace('[smtp]\nhost = "file.example.nl"\nsender = "a@example.nl"\n'), environment)

    assert settings.store_url == "postgresql+psycopg://db/x"
    assert (settings.smtp.host, settings.smtp.port, settings.smtp.username) == ("mail.example.nl", 2525, "u")
    assert settings.smtp.sender == "a@example.nl"
    assert settings.smtp.password == "geheim"
    assert "geheim" not in repr(settings)


def test_a_port_in_the_environment_that_is_no_number_is_refused(workspace):
    with pytest.raises(Refused, match="BELNOTA_SMTP_PORT='25x' must be a whole number"):
        load(workspace(""), {"BELNOTA_SMTP_PORT": "25x"})
    with pytest.raises(Refused, match=r"environment variable BELNOTA_SMTP_PORT = 99999 must be .* from 1 to 65535"):
        load(workspace(""), {"BELNOTA_SMTP_PORT": "99999"})


def test_the_nearest_workspace_upwards_is_found(workspace):
    root = workspace("")
    deep = root / "a" / "b"
    deep.mkdir(parents=True)

    assert find_workspace(deep) == root


def test_no_workspace_is_refused(tmp_path):
    with pytest.raises(Refused, match=r"no belnota.toml in .* or above it"):
        find_workspace(tmp_path)
