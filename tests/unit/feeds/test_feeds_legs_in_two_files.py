"""Legs of one call that a rotation put in two files are one conversation, whatever the order of the files."""

from __future__ import annotations

import pytest

from belnota.settings import Feed
from pipelines import legs, register
from tests.lib.inbox import Place
from tests.lib.raw_builtin import EPOCH, custom_line, freepbx_line

FEEDS = (Feed("pbx", "asterisk_cdr_custom", "custom-*.csv"), Feed("freepbx", "freepbx_csv", "freepbx-*.csv"))


@pytest.fixture
def place(tmp_path, migrated_sqlite):
    made = Place(tmp_path / "workspace", migrated_sqlite, FEEDS)
    yield made
    made.store.close()


def leg(number, **changes):
    """A leg of the call 1, answered 12:00:05 for a minute."""
    return custom_line(1, sequence=str(number), dstchannel=f"PJSIP/20{number}-1", **changes)


LATER = {"start": "2026-10-05 12:01:00", "answer": "2026-10-05 12:01:05", "end": "2026-10-05 12:02:05"}


def took_in(place, name, *lines):
    place.put(name, list(lines))
    return place.ingest()


@pytest.mark.parametrize(("first", "second"), [(1, 2), (2, 1)])
def test_a_leg_in_the_next_file_is_filtered(place, first, second):
    took_in(place, "custom-1.csv", leg(first))
    done = took_in(place, "custom-2.csv", leg(second), custom_line(7, sequence="1"))
    assert (done.calls_accepted, done.filtered) == (1, 1)
    assert f"pbx/{EPOCH}.1:{first}" in place.calls()["call_id"].to_list()
    assert place.calls().height == 2


def test_within_one_run_too(place):
    place.put("custom-1.csv", [leg(1)])
    done = took_in(place, "custom-2.csv", leg(2))
    assert (done.calls_accepted, done.filtered) == (1, 1)


def test_a_leg_that_begins_when_the_other_ends_is_a_call(place):
    took_in(place, "custom-1.csv", leg(1))
    assert took_in(place, "custom-2.csv", leg(2, **LATER)).calls_accepted == 1


@pytest.mark.parametrize(
    "changes",
    [{"dst": "0687654321"}, {"src": "0207654321"}, {"uniqueid": f"{EPOCH}.9"}, {"disposition": "NO ANSWER"}],
)
def test_what_differs_is_a_call_of_its_own(place, changes):
    took_in(place, "custom-1.csv", leg(1))
    done = took_in(place, "custom-2.csv", leg(2, **changes))
    assert (done.calls_accepted, done.filtered) == (1, 0)


def test_the_same_leg_again_is_a_duplicate_and_no_leg(place):
    took_in(place, "custom-1.csv", leg(1))
    done = took_in(place, "custom-2.csv", leg(1), custom_line(7, sequence="1"))
    assert (done.calls_duplicate, done.filtered, done.calls_accepted) == (1, 0, 1)


def test_an_older_file_that_comes_later_is_seen_as_well(place):
    days_later = {name: at.replace("10-05", "10-09") for name, at in LATER.items()}
    took_in(place, "custom-2.csv", leg(2), custom_line(7, sequence="1", **days_later))
    assert took_in(place, "custom-3.csv", custom_line(8, sequence="1", **days_later), leg(3)).filtered == 1


def test_only_the_newest_legs_are_kept_in_memory(place, monkeypatch):
    monkeypatch.setattr(legs, "_MANY", 1)
    for number in range(1, 4):
        place.put(f"custom-{number}.csv", [leg(number)])
    done = place.ingest()
    assert (done.calls_accepted, done.filtered) == (1, 2)


def test_a_file_that_a_killed_run_left_in_the_lake_is_read_as_the_first_time(place, monkeypatch):
    class Killed(BaseException):
        """The run dies here."""

    def die(*_arguments):
        raise Killed

    place.put("custom-1.csv", [leg(1)])
    with monkeypatch.context() as patch:
        patch.setattr(register, "add", die)
        with pytest.raises(Killed):
            place.ingest()
    done = place.ingest()
    assert (done.calls_accepted, done.filtered) == (1, 0)
    assert took_in(place, "custom-2.csv", leg(2)).filtered == 1
    assert place.calls().height == 1


def test_a_table_of_freepbx_alike(place):
    took_in(place, "freepbx-1.csv", freepbx_line(1, sequence="1"))
    done = took_in(place, "freepbx-2.csv", freepbx_line(1, sequence="2", dstchannel="PJSIP/202-1"))
    assert (done.calls_accepted, done.filtered) == (0, 1)


def test_legs_that_share_only_their_linkedid_are_not_seen(place):
    """What is written in docs/feeds.md: the lake does not keep the linkedid."""
    linked = {"linkedid": f"{EPOCH}.1"}
    took_in(place, "freepbx-1.csv", freepbx_line(1, sequence="1", **linked))
    other = freepbx_line(1, sequence="2", uniqueid=f"{EPOCH}.2", **linked)
    assert took_in(place, "freepbx-2.csv", other).calls_accepted == 1
