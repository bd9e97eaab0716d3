"""The controls for people: every control in words, what fails on top of them, nothing that could run."""

from __future__ import annotations

import csv
import datetime as dt
import io
from html.parser import HTMLParser

import polars as pl
import pytest

from belnota.tables import ControlResult, schema_of
from pipelines.controls_page import PAGE, TABLE, rows, write
from warehouse import MEANING
from warehouse.duck import sql_names

ON = dt.date(2026, 10, 6)
TIED = ("C1", "all", "files", 3, 3, True, "3 accepted", "balance")
BROKEN = ("C5", "2026-10", "micro_eur", 5, 4, False, "4 invoiced", "balance")
ALARM = ("C10", "pbx 2026-10-05", "calls", 0, 90, False, "none at all", "alarm")


class Page(HTMLParser):
    """The names, attributes and texts of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.texts, self.attributes, self.opened = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag == "details" and ("open", None) in attrs:
            self.opened.append(dict(attrs)["id"])

    def handle_data(self, data):
        self.texts.append(data)


def made(folder, *results, release_id=7, is_published=True):
    frame = pl.DataFrame(list(results), schema=schema_of(ControlResult), orient="row")
    write(folder, frame, on=ON, release_id=release_id, is_published=is_published)
    return (folder / PAGE).read_text(), (folder / TABLE).read_bytes().decode()


def test_every_control_is_a_row_in_order():
    words = [
        (row.control, row.word) for row in rows(pl.DataFrame([TIED], schema=schema_of(ControlResult), orient="row"))
    ]
    assert words == [("C1", "ties out"), *((control, "nothing yet") for control in list(MEANING)[1:])]


@pytest.mark.parametrize(
    ("results", "title", "opened"),
    [
        ((TIED,), "Everything ties out and is published", []),
        ((TIED, ALARM), "Alarm", ["C10"]),
        ((TIED, ALARM, BROKEN), "This does not tie out", ["C5", "C10"]),
    ],
)
def test_the_page_says_first_what_matters_and_opens_only_that(tmp_path, results, title, opened):
    page = Page(made(tmp_path, *results, is_published=BROKEN not in results)[0])
    assert any(text.startswith(title) for text in page.texts)
    assert page.opened == opened
    assert any(MEANING["C5"].remedy in text for text in page.texts) == (BROKEN in results)


def test_what_somebody_must_look_at_stands_above_the_rest_and_long_lists_are_folded(tmp_path):
    alarms = [("C10", f"pbx {number}", "calls", 0, 90, False, "none at all", "alarm") for number in range(10, 30)]
    fine = ("C10", "mobiel 1", "calls", 90, 90, True, "as usual", "alarm")
    page = made(tmp_path, TIED, *alarms, fine)[0]
    assert page.index('id="C10"') < page.index('id="C1"')
    assert page.index("pbx 17") < page.index("12 more like that") < page.index("pbx 18") < page.index("1 that is as it")
    assert "The night of Tuesday 6 October 2026." in page


def test_nothing_from_outside_runs_or_is_fetched(tmp_path):
    name = '<script>alert(1)</script>"onload=x https://evil.example'
    page = Page(made(tmp_path, ("C3", name, "lines", 1, 2, False, name, "balance"))[0])
    assert page.texts.count(name) == 2
    assert "script" not in page.tags
    assert not [one for one in page.attributes if one[1] in ("src", "onload") or (one[2] or "").startswith("http")]


def test_the_table_beside_it_holds_every_sum_and_no_formula(tmp_path):
    table = made(tmp_path, TIED, BROKEN, ("C3", "=cmd()", "lines", 1, 1, True, "+x", "balance"))[1]
    found = list(csv.DictReader(io.StringIO(table, newline="")))
    assert [row["control"] for row in found] == ["C1", "C3", "C5"]
    assert (found[1]["scope"], found[1]["detail"]) == ("'=cmd()", "'+x")
    assert [found[2][name] for name in ("left", "right", "difference", "state")] == ["5", "4", "1", "does not tie out"]
    assert found[2]["remedy"] == MEANING["C5"].remedy


def test_the_same_figures_are_not_written_again(tmp_path):
    made(tmp_path, TIED)
    before = [(tmp_path / name).stat().st_ino for name in (PAGE, TABLE)]
    made(tmp_path, TIED)
    assert [(tmp_path / name).stat().st_ino for name in (PAGE, TABLE)] == before
    made(tmp_path, TIED, ALARM)
    assert (tmp_path / PAGE).stat().st_ino != before[0]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([PAGE, TABLE])


def test_every_control_that_is_computed_has_its_words():
    computed = {name.partition("_")[0].upper() for folder in ("controls", "alarms") for name in sql_names(folder)}
    assert computed == set(MEANING)
