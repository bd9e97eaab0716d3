"""Sessions and partial records described by a mapping: summed once, ended by their last row or by silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from belnota.errors import Refused
from belnota.settings import Feed
from pipelines.feeds import reader_of
from tests.lib.parts_place import PartsPlace

FIXTURES = Path(__file__).parents[3] / "fixtures"
SAMPLES = Path(__file__).parents[4] / "shared" / "samples"
MAPPING = (FIXTURES / "mappings" / "data-sessions.toml").read_text(encoding="utf-8")
HEADER = "session;number;kind;from;msisdn;bytes_up;bytes_down;country"
ENDLESS = MAPPING.replace('column = "kind"\nvalues = { interim = "part", stop = "last" }\n', "")


def row(session, number, kind, at, **changes):
    values = {"msisdn": "31612345678", "up": 1, "down": 2} | changes
    return f"{session};{number};{kind};2026-10-05T{at};{values['msisdn']};{values['up']};{values['down']};NL"


@pytest.fixture
def place(tmp_path, migrated_sqlite):
    feed = Feed("data", "mapping", "data*.csv", mapping="m.toml")
    made = PartsPlace(tmp_path / "workspace", migrated_sqlite, feed, mappings={"m.toml": MAPPING})
    yield made
    made.store.close()


@pytest.fixture
def endless(tmp_path, migrated_sqlite):
    feed = Feed("data", "mapping", "data*.csv", mapping="m.toml", options={"complete_after_hours": 4})
    made = PartsPlace(tmp_path / "workspace", migrated_sqlite, feed, mappings={"m.toml": ENDLESS})
    yield made
    made.store.close()


def tied(place):
    controls = place.controls()
    assert all(left == right for left, right in controls.values()), controls


def test_a_session_over_two_files_is_one_call_of_all_its_use_at_the_time_of_its_start(place):
    for number in (1, 2):
        place.put(f"data-{number}.csv", (FIXTURES / f"parts/data-sessions-{number}.csv").read_text().splitlines())
    done = place.ingest()

    calls = {call["call_id"]: call for call in place.calls().to_dicts()}
    assert calls["data/D-7001"]["quantity"] == 120000 + 5400000 + 90000 + 3100000 + 10000 + 400000
    assert calls["data/D-7001"]["answered_at"].isoformat() == "2026-10-24T21:40:00+00:00"
    assert calls["data/D-7002"]["country"] == "be"
    assert set(calls) == {"data/D-7001", "data/D-7002"}
    assert (done.parts, done.calls_assembled, done.lines_quarantined) == (5, 2, 0)
    tied(place)


def test_a_session_over_the_end_of_a_month_belongs_to_the_month_of_its_start(place):
    lines = [
        "D;1;interim;2026-09-30T21:50:00;31612345678;1;0;NL",
        "D;2;stop;2026-09-30T22:05:00;31612345678;2;0;NL",  # 1 October, 00:05 here
    ]
    place.send("data-1.csv", [HEADER, *lines])

    assert place.calls().select("period", "quantity").rows() == [("2026-09", 3)]
    assert place.parts()["period"].to_list() == ["2026-09", "2026-10"]
    tied(place)


def test_use_after_the_last_part_goes_to_quarantine_and_a_repeat_of_a_part_does_not(place):
    place.send("data-1.csv", [HEADER, row("D", 1, "interim", "08:00:00"), row("D", 2, "stop", "08:15:00")])
    place.send("data-2.csv", [HEADER, row("D", 3, "interim", "08:30:00"), row("D", 1, "interim", "08:00:00")])

    assert place.calls()["quantity"].to_list() == [6]
    assert place.quarantine() == [("data-2.csv", 2, "late_part")]
    assert place.register()["duplicate_calls"].to_list() == [0, 1]
    tied(place)


def test_the_same_part_with_other_use_goes_to_quarantine(place):
    place.send("data-1.csv", [HEADER, row("D", 1, "interim", "08:00:00")])
    place.send("data-2.csv", [HEADER, row("D", 1, "interim", "08:00:00", up=9), row("D", 2, "stop", "08:15:00")])

    assert place.calls()["quantity"].to_list() == [6]
    assert place.quarantine() == [("data-2.csv", 2, "conflict")]
    tied(place)


def test_a_part_of_somebody_else_goes_to_quarantine(place):
    place.send("data-1.csv", [HEADER, row("D", 1, "interim", "08:00:00")])
    place.send("data-2.csv", [HEADER, row("D", 2, "stop", "08:15:00", msisdn="31687654321")])

    assert place.calls().is_empty()
    assert place.quarantine() == [("data-2.csv", 2, "conflict")]
    tied(place)


def test_a_word_that_the_mapping_does_not_know_goes_to_quarantine(place):
    place.send("data-1.csv", [HEADER, row("D", 1, "pause", "08:00:00"), row("D", 1, "stop", "08:00:00")])

    assert place.quarantine() == [("data-1.csv", 2, "value")]
    assert place.calls()["quantity"].to_list() == [3]


def test_silence_ends_a_session_by_the_times_of_the_feed_not_by_the_clock(endless):
    endless.send("data-1.csv", [HEADER, row("D", 1, "", "08:00:00"), row("E", 1, "", "11:59:59")])
    assert endless.calls().is_empty()
    endless.send("data-2.csv", [HEADER, row("D", 2, "", "08:15:00"), row("E", 2, "", "12:15:00")])
    assert endless.calls().is_empty()  # exactly four hours are not yet more than four

    endless.send("data-3.csv", [HEADER, row("F", 1, "", "12:15:01")])

    (call,) = endless.calls().to_dicts()
    assert (call["call_id"], call["quantity"]) == ("data/D", 6)
    assert (call["file_id"], call["line_number"]) == (endless.register()["file_id"][2], 2)  # its time told
    endless.send("data-4.csv", [HEADER, row("D", 3, "", "12:16:00")])
    assert endless.quarantine() == [("data-4.csv", 2, "late_part")]
    tied(endless)


def test_a_time_that_lies_ahead_ends_no_session(endless):
    endless.send("data-1.csv", [HEADER, row("D", 1, "", "08:00:00")])
    ahead = row("X", 1, "", "08:01:00").replace("2026-10", "2099-10")
    endless.send("data-2.csv", [HEADER, ahead, row("D", 2, "", "08:15:00")])

    assert endless.calls().is_empty()


def test_rows_of_other_services_are_calls_at_once(tmp_path, migrated_sqlite):
    mixed = MAPPING.replace(
        'value = "data"', 'column = "kind"\nvalues = { interim = "data", stop = "data", sms = "sms" }'
    )
    mixed = mixed.replace("[quantity]", "[quantity]\nsms = { value = 1 }")
    mixed = mixed.replace("part = [", 'services = ["data"]\npart = [')
    feed = Feed("data", "mapping", "data*.csv", mapping="m.toml")
    place = PartsPlace(tmp_path / "workspace", migrated_sqlite, feed, mappings={"m.toml": mixed})
    lines = [row("S", 1, "sms", "08:00:00"), row("D", 1, "interim", "08:00:00"), row("D", 1, "sms", "08:00:01")]
    done = place.send("data-1.csv", [HEADER, *lines])

    assert (done.calls_accepted, done.parts) == (1, 1)
    assert place.quarantine() == [("data-1.csv", 4, "conflict")]  # a whole record with the identity of parts
    tied(place)
    place.store.close()


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('values = { interim = "part", stop = "last" }', "", "write both column and values, or neither"),
        ('stop = "last"', 'stop = "end"', "must translate words to part, last"),
        ('stop = "last"', 'stop = "part"', "nothing ends its sessions"),
        ('part = ["number"]', 'part = "number"', "must be a list of one or more texts"),
        ('part = ["number"]', 'services = ["fax"]', "must be of voice, sms, data"),
        ('part = ["number"]', "parts = 1", "unknown key 'parts'"),
    ],
)
def test_a_wrong_section_is_refused_by_name(old, new, sentence):
    with pytest.raises(Refused, match=sentence):
        reader_of(Feed("d", "mapping", "*", mapping="m.toml"), MAPPING.replace(old, new))


@pytest.mark.parametrize("hours", [0, -1, True, "6", 10_000])
def test_wrong_hours_are_refused(hours):
    feed = Feed("d", "mapping", "*", mapping="m.toml", options={"complete_after_hours": hours})
    with pytest.raises(Refused, match="must be a whole number of hours"):
        reader_of(feed, ENDLESS)


def test_hours_without_sessions_are_refused():
    without = MAPPING[: MAPPING.index("[session]")] + MAPPING[MAPPING.index("[time]") :]
    feed = Feed("d", "mapping", "*", mapping="m.toml", options={"complete_after_hours": 6})
    with pytest.raises(Refused, match=r"needs a section \[session\]"):
        reader_of(feed, without)


def test_calls_in_parts_without_a_header_are_summed_per_call(tmp_path, migrated_sqlite):
    place = _partial(tmp_path, migrated_sqlite)
    first, second = "05.10.2026 18:58:55", "05.10.2026 19:00:00"
    lines = [
        _partial_row("4930111111", "004930222222", first, first, 65, "partial"),
        _partial_row("4930222222", "004930111111", first, first, 74, "complete"),
    ]
    place.send("partial-1.csv", lines)
    place.send("partial-2.csv", [_partial_row("4930111111", "004930222222", second, first, 15, "complete")])

    said = place.calls().select("own_number", "other_number", "quantity", "dialled").rows()
    assert said == [
        ("+4930111111", "+4930222222", 80, "004930222222"),
        ("+4930222222", "+4930111111", 74, "004930111111"),
    ]
    tied(place)
    place.store.close()


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="../shared is not here")
def test_the_sample_of_partial_calls_is_read_whole(tmp_path, migrated_sqlite):
    place = _partial(tmp_path, migrated_sqlite)
    done = place.send("partial-1.csv", (SAMPLES / "partial_csv_de/partial_1.csv").read_text().splitlines())

    assert (done.lines, done.parts, done.calls_assembled, done.lines_quarantined) == (2, 2, 1, 0)
    assert place.calls().select("own_number", "quantity").rows() == [("+4986517174964", 74)]
    tied(place)
    place.store.close()


def _partial(folder, migrated):
    mapping = (FIXTURES / "mappings" / "partial-calls.toml").read_text(encoding="utf-8")
    feed = Feed("partial", "mapping", "partial*.csv", mapping="m.toml")
    return PartsPlace(folder / "workspace", migrated, feed, mappings={"m.toml": mapping})


def _partial_row(caller, called, at, answered, seconds, state):  # noqa: PLR0917 -- columns of the layout
    return f"{caller},{called},DE-National,{at},{answered},1,{seconds},Peak,0.01,4930,{state}"


def test_the_fixture_of_partial_calls_is_summed_over_its_two_files(tmp_path, migrated_sqlite):
    place = _partial(tmp_path, migrated_sqlite)
    for number in (1, 2):
        name = f"partial-calls-{number}.csv"
        place.put(name, (FIXTURES / "parts" / name).read_text().splitlines())
    done = place.ingest()

    assert (done.parts, done.calls_assembled, done.lines_quarantined) == (3, 2, 0)
    assert sorted(place.calls()["quantity"]) == [74, 80]
    place.store.close()
