"""A new version of a file with more columns is read as before, and told once (D22)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from belnota.settings import Feed
from pipelines.feeds.columns import HEAD, columns_of
from tests.lib.inbox import FEEDS, Place
from tests.lib.raw_builtin import UK_HEADER, quoted, uk_file, uk_line
from tests.lib.raw_files import asterisk_line, broadworks_file, content, mobiel_file

UK = Feed("uk", "uk_standard_cdr_v3", "uk-*.csv")


@pytest.fixture
def place(tmp_path, migrated_sqlite):
    made = Place(tmp_path / "workspace", migrated_sqlite, (*FEEDS, UK))
    yield made
    made.store.close()


def widened(lines, *names):
    """The same file with more columns at the end."""
    return [line + "".join(f";{name if place == 0 else 'x'}" for name in names) for place, line in enumerate(lines)]


def told(place, name, lines):
    done = place.ingest([place.put(name, lines)])
    assert (done.files_accepted, done.lines_quarantined) == (1, 0)
    return [sentence for _, sentence in done.notes]


def test_the_first_file_tells_nothing_whatever_columns_it_has(place):
    assert told(place, "mobiel-1.csv", widened(mobiel_file(), "score")) == []


def test_a_new_column_is_told_once_and_every_call_is_read(place):
    assert told(place, "mobiel-1.csv", mobiel_file(2)) == []
    (sentence,) = told(place, "mobiel-2.csv", widened(mobiel_file(3), "score", "mos"))
    assert sentence.startswith("new columns: mos, score; what is needed is there and was read")
    assert told(place, "mobiel-3.csv", widened(mobiel_file(4), "score", "mos")) == []
    assert told(place, "mobiel-4.csv", mobiel_file(5)) == [], "the first layout is known too"
    assert place.calls().height == 5
    register = place.register().filter(file_name="mobiel-2.csv")
    assert register["reason"].item().startswith("columns: new columns: mos, score")


def test_a_column_that_went_is_told_too(place):
    told(place, "mobiel-1.csv", widened(mobiel_file(2), "score"))
    assert told(place, "mobiel-2.csv", mobiel_file(3))[0].startswith("columns that are gone: score; ")


def test_another_order_of_columns_is_no_news(place):
    told(place, "uk-1.csv", uk_file([uk_line(1)]))
    turned = [UK_HEADER[-1], *UK_HEADER[:-1]]
    line = uk_line(2)[1:-1].split('","')
    assert told(place, "uk-2.csv", [quoted(*turned), quoted(line[-1], *line[:-1])]) == []


def test_each_feed_has_columns_of_its_own(place):
    told(place, "mobiel-1.csv", widened(mobiel_file(2), "score"))
    assert told(place, "uk-1.csv", uk_file([uk_line(1)])) == []
    wider = [quoted(*UK_HEADER, "score"), uk_line(2) + ',"x"']
    assert told(place, "uk-2.csv", wider)[0].startswith("new columns: score; ")


def test_a_refused_file_is_no_layout(place):
    told(place, "mobiel-1.csv", mobiel_file(2))
    without = [line.partition(";")[2] for line in mobiel_file(3)]
    assert place.ingest([place.put("mobiel-2.csv", without)]).files_refused == 1
    assert told(place, "mobiel-3.csv", mobiel_file(3)) == []


def test_a_name_from_outside_cannot_steer_a_screen_or_tell_a_number(place):
    told(place, "mobiel-1.csv", mobiel_file(2))
    (sentence,) = told(place, "mobiel-2.csv", widened(mobiel_file(3), "\u202e0612345678" + "y" * 500))
    assert "\u202e" not in sentence
    assert "0612345678" not in sentence
    assert len(sentence) < 250


def test_many_new_columns_are_counted(place):
    told(place, "mobiel-1.csv", mobiel_file(2))
    (sentence,) = told(place, "mobiel-2.csv", widened(mobiel_file(3), *(f"c{number:02d}" for number in range(20))))
    assert "c00, c01, c02, c03, c04, c05, c06, c07 and 12 more; " in sentence


# --- which columns -------------------------------------------------------------------------------------------------


def names(kind, lines, mapping="", **changes):
    return columns_of(replace(Feed("f", kind, "*"), **changes), mapping, content(lines)[:HEAD])


def test_columns_without_a_header_are_counted():
    line = asterisk_line(1)
    found = names("asterisk_cdr_csv", [line, line + ',"more"', line])
    assert found == names("asterisk_cdr_csv", [line])
    assert "column 21" in found
    assert len(names("asterisk_cdr_csv", [line + ',"more"'])) == len(found) + 1
    markers_and_records = names("broadworks_csv", broadworks_file(3))
    assert len(markers_and_records) >= 18


def test_a_format_without_columns_has_none():
    assert names("nl_wholesale_fwv", ["HDR0001"]) == ()
    assert names("asterisk_cdr_csv", [""]) == ()
    assert names("asterisk_cdr_csv", ["odd"]) == ()


def test_a_header_that_does_not_end_within_the_beginning_names_nothing():
    assert names("uk_standard_cdr_v3", ['"' + "x" * HEAD + '","y"']) == ()
