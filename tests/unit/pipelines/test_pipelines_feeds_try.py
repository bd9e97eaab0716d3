"""`belnota feeds try` and `belnota feeds list`: what they show, and that they store nothing."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from belnota.errors import BelnotaError, Refused, UnableToFinish
from pipelines.cli import app
from pipelines.demo import write_workspace
from pipelines.feeds import READERS
from pipelines.feeds.glance import glance
from tests.unit.pipelines.test_pipelines_menu import loaded_by

FIXTURES = Path(__file__).parents[3] / "fixtures"
EXPORT = FIXTURES / "mapped/asterisk-export.csv"
MAPPING = FIXTURES / "mappings/asterisk-export.toml"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["feeds", *map(str, arguments)], catch_exceptions=False)


def test_a_file_is_shown_with_its_looks_its_lines_its_calls_and_its_bad_lines():
    done = run("try", EXPORT, "--mapping", MAPPING, "--timezone", "America/New_York")
    words = " ".join(done.output.split())
    assert done.exit_code == 0
    assert "asterisk-export.csv: 9 lines" in words
    assert "encoding ASCII line ends LF delimiter , columns 21 in 6 of the first 9 lines first line AcctId," in words
    assert "bad: columns 1 bad: quoting 1 bad: value 1" in words
    assert "calls, answered 3 calls, not answered 2 all lines 9" in words
    assert "2 +2125550190 +12125550101 2026-10-05 18:00:00 2026-10-05 16:00:00Z 60 voice out yes international" in words
    assert "8 value uniqueid = '': must match" in words


def test_the_figures_as_json_add_up():
    figures = json.loads(run("try", EXPORT, "--mapping", MAPPING, "--json", "--rows", "1").output)
    parts = [figures[name] for name in ("framing", "filtered", "duplicates", "calls")]
    assert figures["lines"] == sum(parts) + sum(figures["bad"].values()) == 9
    assert (figures["refused"], figures["unanswered"]) == (None, 2)
    assert [row["line_number"] for row in figures["first_calls"]] == [2]
    assert [row["line_number"] for row in figures["first_bad_lines"]] == [6]


def test_a_file_that_would_be_refused_ends_with_exit_code_1_and_says_why(tmp_path):
    with pytest.raises(UnableToFinish, match=r"asterisk-export\.csv would be refused: header: .*lacks msisdn") as error:
        run("try", EXPORT, "--mapping", FIXTURES / "mappings/mobile-voice.toml")
    assert error.value.exit_code == 1
    empty = tmp_path / "empty.csv"
    empty.touch()
    with pytest.raises(UnableToFinish, match=r"empty\.csv would be refused: empty"):
        run("try", empty, "--mapping", MAPPING)


def test_a_packed_file_is_tried_as_its_content_and_a_damaged_one_named(tmp_path):
    packed = tmp_path / "asterisk-export.csv.gz"
    packed.write_bytes(gzip.compress(EXPORT.read_bytes()))
    assert "asterisk-export.csv.gz: 9 lines" in run("try", packed, "--mapping", MAPPING).output
    packed.write_bytes(packed.read_bytes()[:-9])
    with pytest.raises(Refused, match=r"would be refused whole \(gzip\): the gzip is cut"):
        run("try", packed, "--mapping", MAPPING)


def test_a_file_of_which_nothing_can_be_read_still_shows_its_bad_lines(tmp_path):
    file = tmp_path / "calls.csv"
    file.write_text("1;2\n3;4\n")
    done = CliRunner().invoke(app, ["feeds", "try", str(file), "--mapping", str(FIXTURES / "mappings/jbilling.toml")])
    assert "bad: columns" in done.output
    assert isinstance(done.exception, UnableToFinish)
    assert "layout: none of its 2 records" in str(done.exception)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "one of --mapping FILE, --feed NAME or --format NAME"),
        (["--mapping", MAPPING, "--format", "nl_wholesale_fwv"], "one of --mapping"),
        (["--format", "nl_wholesale"], "format 'nl_wholesale' is unknown; known are"),
        (["--mapping", "nowhere.toml"], "the mapping nowhere.toml cannot be read"),
        (["--mapping", EXPORT], r"asterisk-export\.csv: .*line 1"),
        (["--mapping", MAPPING, "--timezone", "Mars"], "timezone 'Mars' is unknown"),
    ],
)
def test_a_command_that_cannot_be_meant_is_refused(arguments, sentence):
    with pytest.raises(Refused, match=sentence):
        run("try", EXPORT, *arguments)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(Refused, match="is not a file"):
        run("try", tmp_path, "--mapping", MAPPING)


def test_a_line_cannot_talk_to_the_terminal(tmp_path):
    file = tmp_path / "calls.csv"
    file.write_text(EXPORT.read_text().replace("Never closed", "Never \x1b[2Jclosed"))
    done = run("try", file, "--mapping", MAPPING)
    assert "\x1b[2J" not in done.output
    assert r"Never \x1b[2Jclosed" in done.output


@pytest.fixture
def workspace(tmp_path) -> Path:
    write_workspace(tmp_path / "ws")
    return tmp_path / "ws"


def test_feeds_of_a_workspace_are_listed_and_tried_and_nothing_is_stored(workspace):
    before = sorted(workspace.rglob("*"))
    listed = json.loads(run("list", "--workspace", workspace, "--json").output)
    names = [feed["name"] for feed in listed["feeds"]]
    assert listed["formats"] == list(READERS)
    assert "mapping" in run("list", "--workspace", workspace).output
    mobile = next(feed["name"] for feed in listed["feeds"] if feed["format"] == "mapping")
    file = FIXTURES / "cdr/mobiel-20261025.csv"
    assert "bad: value" in run("try", file, "--feed", mobile, "--workspace", workspace).output
    with pytest.raises(BelnotaError, match=f"'nobody' is not in belnota.toml; there are {', '.join(names)}"):
        run("try", file, "--feed", "nobody", "--workspace", workspace)
    assert sorted(workspace.rglob("*")) == before


def test_trying_a_file_loads_neither_store_nor_lake():
    loaded = loaded_by("feeds", "try", EXPORT, "--mapping", MAPPING)
    assert not loaded & {"prefect", "duckdb", "deltalake", "sqlalchemy", "reportlab"}


@pytest.mark.parametrize(
    ("content", "encoding", "line_ends", "delimiter", "columns"),
    [
        (b"a;b\n1;2\n", "ASCII", "LF", ";", 2),
        (b'a,b\r\n1,"2,3,4"\r\n', "ASCII", "CRLF", ",", 2),
        (b"a|b\r\n1|2\n3|4", "ASCII", "LF and CRLF, none after the last line", "|", 2),
        ("\ufeffnaam\tplaats\nJosé\tEde\n".encode(), "UTF-8 with byte order mark", "LF", "\t", 2),
        ("naam\nJosé\n".encode("latin-1"), "not UTF-8; iso-8859-1 or windows-1252, if it is text", "LF", "", 4),
        ("a;b\n".encode("utf-16"), "UTF-16", "LF, none after the last line", ";", 2),
        (b"a,b\r1,2\r", "ASCII", "CR", ",", 3),
        (b"", "ASCII", "none", "", 0),
    ],
)
def test_what_a_file_looks_like(content, encoding, line_ends, delimiter, columns):
    seen = glance(content)
    assert (seen.encoding, seen.line_ends, seen.delimiter, seen.columns) == (encoding, line_ends, delimiter, columns)
    assert seen.size_bytes == len(content)


def test_a_file_is_shown_before_anybody_says_how_to_read_it():
    done = CliRunner().invoke(app, ["feeds", "try", str(EXPORT)])
    assert isinstance(done.exception, Refused)
    assert "one of --mapping FILE, --feed NAME or --format NAME" in str(done.exception)
    assert "delimiter , columns 21 in 6 of the first 9 lines" in " ".join(done.output.split())


def test_formats_are_listed_outside_a_workspace_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run("list")
    assert done.exit_code == 0
    assert "this is no workspace" in done.output
    assert "asterisk_cdr_csv" in done.output


def test_a_mapping_that_makes_no_call_of_any_line_says_so(tmp_path):
    mapping = tmp_path / "m.toml"
    mapping.write_text(page_blocks()["toml"][0].replace("%d.%m.%Y", "%d-%m-%Y"), encoding="utf-8")
    file = tmp_path / "centrale.csv"
    file.write_text(page_blocks()["csv"][0], encoding="utf-8")
    assert "look: not one line became a call" in run("try", file, "--mapping", mapping).output


def page_blocks() -> dict[str, list[str]]:
    """Return the blocks of the section of docs/feeds.md that adds a feed, by language."""
    page = (FIXTURES.parent / "docs/feeds.md").read_text(encoding="utf-8")
    section = page.partition("### A new feed, step by step")[2].partition("\n### ")[0]
    blocks: dict[str, list[str]] = {}
    for language, text in re.findall(r"```(\w+)\n(.*?)```", section, re.DOTALL):
        blocks.setdefault(language, []).append(text)
    return blocks


def test_the_new_feed_of_the_documents_reads_as_they_say(tmp_path):
    blocks = page_blocks()
    file, mapping = tmp_path / "centrale-20261103.csv", tmp_path / "centrale.toml"
    file.write_text(blocks["csv"][0], encoding="utf-8")
    mapping.write_text(blocks["toml"][0], encoding="utf-8")

    figures = json.loads(run("try", file, "--mapping", mapping, "--json").output)

    assert {name: figures[name] for name in ("lines", "framing", "filtered", "calls", "unanswered", "bad")} == {
        "lines": 6,
        "framing": 2,
        "filtered": 1,
        "calls": 3,
        "unanswered": 1,
        "bad": {},
    }
    own = ("+31200000101", "+31600092424", 151, "out")
    first = figures["first_calls"][0]
    assert (first["own_number"], first["other_number"], first["quantity"], first["direction"]) == own


def test_the_section_of_the_documents_names_the_feed_as_settings_want_it(tmp_path):
    write_workspace(tmp_path)
    blocks = page_blocks()
    (tmp_path / "mappings/centrale.toml").write_text(blocks["toml"][0], encoding="utf-8")
    with (tmp_path / "belnota.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n" + blocks["toml"][1])

    feeds = json.loads(run("list", "--workspace", tmp_path, "--json").output)["feeds"]

    assert feeds[-1]["name"] == "centrale"
