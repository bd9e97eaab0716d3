"""Calls that arrive in parts, through the real inbox: each once, whatever the files and their order."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from belnota.errors import Refused
from belnota.settings import Feed
from pipelines import register
from pipelines.feeds import reader_of
from pipelines.feeds.assemble import EARLIER, assemble
from pipelines.feeds.result import PART
from tests.lib.parts_place import SIP, START, PartsPlace, bye, invite
from tests.lib.raw_files import content
from warehouse.lake_files import Staged


@pytest.fixture
def place(tmp_path, migrated_sqlite):
    made = PartsPlace(tmp_path / "workspace", migrated_sqlite)
    yield made
    made.store.close()


def tied(place):
    controls = place.controls()
    assert all(left == right for left, right in controls.values()), controls
    return controls


def test_an_answer_and_a_hangup_in_one_file_are_one_call_at_the_line_of_the_hangup(place):
    done = place.send("acc-1.log", [invite("a"), bye("a", 65)])

    (call,) = place.calls().to_dicts()
    assert call["call_id"] == "sip/a@pbx|from-a|to-a"
    assert (call["quantity"], call["line_number"], call["is_answered"]) == (65, 2, True)
    assert call["answered_at"].timestamp() == START
    assert (call["own_number"], call["other_number"], call["dialled"]) == ("+31201234567", "+31612345678", "0612345678")
    assert (done.parts, done.calls_assembled, done.calls_accepted) == (2, 1, 0)
    assert tied(place)["sip", "assembled calls equal to their parts"] == (1, 1)


@pytest.mark.parametrize("order", [("answer", "hangup"), ("hangup", "answer")])
def test_a_hangup_may_come_in_a_later_or_an_earlier_file(place, order):
    lines = {"answer": invite("a"), "hangup": bye("a", 65, by_called=True)}
    place.send("acc-1.log", [lines[order[0]]])
    assert place.calls().is_empty()
    assert tied(place)["sip", "parts of calls"] == (1, 1)

    place.send("acc-2.log", [lines[order[1]]])

    (call,) = place.calls().to_dicts()
    assert (call["quantity"], call["file_id"]) == (65, place.register()["file_id"][1])
    assert tied(place)["sip", "assembled calls"] == (1, 1)


def test_an_attempt_is_a_call_at_once_and_challenges_and_cancels_are_none(place):
    lines = [
        invite("a", code=486),
        invite("b", code=487),
        "CANCEL|from-b|to-b|b@pbx|200|OK|1791194401||",
        invite("c", code=407),
    ]
    done = place.send("acc-1.log", lines)

    assert place.calls().select("is_answered", "quantity").rows() == [(False, 0)] * 2
    assert (done.calls_accepted, done.filtered, done.parts) == (2, 2, 0)
    tied(place)


def test_the_same_part_twice_counts_once_in_a_file_and_over_files(place):
    place.send("acc-1.log", [invite("a"), invite("a"), bye("a", 9)])
    place.send("acc-2.log", [bye("a", 9), invite("a"), invite("b")])
    place.send("acc-3.log", [invite("b"), bye("b", 5)])

    assert place.calls()["quantity"].to_list() == [9, 5]
    register_ = place.register()
    assert register_["duplicate_calls"].to_list() == [1, 2, 1]
    assert register_["part_lines"].to_list() == [2, 1, 1]
    assert place.quarantine() == []
    tied(place)


def test_what_comes_after_a_call_was_completed_goes_to_quarantine(place):
    place.send("acc-1.log", [invite("a"), bye("a", 9)])
    place.send("acc-2.log", [bye("a", 12)])

    assert place.calls()["quantity"].to_list() == [9]
    assert place.quarantine() == [("acc-2.log", 1, "late_part")]
    tied(place)


def test_the_first_of_two_hangups_ends_a_call(place):
    place.send("acc-1.log", [bye("a", 12), invite("a"), bye("a", 9, by_called=True)])

    assert place.calls()["quantity"].to_list() == [9]
    tied(place)


def test_parts_that_make_no_believable_call_go_to_quarantine_and_the_others_wait_on(place):
    place.send("acc-1.log", [invite("a", 100)])
    place.send("acc-2.log", [bye("a", 99)])
    assert place.quarantine() == [("acc-2.log", 1, "range")]

    place.send("acc-3.log", [bye("a", 100)])

    assert place.calls()["quantity"].to_list() == [0]
    place.send("acc-4.log", [invite("long"), bye("long", 48 * 3600 + 1)])
    assert place.quarantine()[1:] == [("acc-4.log", 1, "range"), ("acc-4.log", 2, "range")]
    tied(place)


def test_an_answer_without_hangup_waits_and_is_never_a_call(place):
    place.send("acc-1.log", [invite("a"), invite("z", 86_000), bye("z", 86_010)])

    assert place.calls()["call_id"].to_list() == ["sip/z@pbx|from-z|to-z"]
    assert tied(place)["sip", "parts of calls"] == (3, 3)


def test_a_whole_record_with_the_identity_of_parts_goes_to_quarantine(place):
    place.send("acc-1.log", [invite("a")])
    # such a record cannot come from this format: its attempts have another key
    assert place.send("acc-2.log", [invite("a", code=486)]).calls_accepted == 1
    tied(place)


@pytest.mark.parametrize("step", ["call_parts", "calls", "quarantine", "register"])
def test_a_run_that_dies_between_two_steps_ends_like_one_that_did_not(tmp_path, migrated_sqlite, monkeypatch, step):
    files = {
        "acc-1.log": [invite("a"), invite("b"), bye("c", 9)],
        "acc-2.log": [bye("a", 5), bye("b", 6), invite("c"), "nonsense", bye("b", 6)],
        "acc-3.log": [invite("d"), bye("d", 1), bye("a", 7)],
    }
    states = []
    for name in ("clean", "killed"):
        place = PartsPlace(tmp_path / "workspace", migrated_sqlite)
        for file, lines in files.items():
            place.put(file, lines)
        if name == "killed":
            with monkeypatch.context() as broken:
                _die_at(broken, place, step, file=2)
                with pytest.raises(_Killed):
                    place.ingest()
            place.put("acc-0.log", [invite("early"), bye("early", 3)])  # its name comes before the one half done
        place.ingest()
        if name == "clean":
            place.send("acc-0.log", [invite("early"), bye("early", 3)])
        tied(place)
        states.append(place.state())
        place.store.close()
        (tmp_path / "workspace").rename(tmp_path / name)
    assert states[0] == states[1]


SAMPLES = Path(__file__).parents[4] / "shared" / "samples" / "opensips_flatstore"


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="../shared is not here")
def test_the_samples_are_read_whole(tmp_path, migrated_sqlite):
    sip = Feed("sip", "opensips_flatstore", "*.log", options={"caller": 9, "called": 10})
    place = PartsPlace(tmp_path / "workspace", migrated_sqlite, sip)
    for name in ("acc_1.log", "missed_calls_1.log"):
        place.put(name, (SAMPLES / name).read_text().splitlines())
    done = place.ingest()

    assert (done.lines, done.parts, done.calls_assembled, done.calls_accepted) == (11, 8, 4, 3)
    calls = place.calls().filter("is_answered").sort("answered_at")
    assert calls["quantity"].to_list() == [2, 4, 4, 2]
    assert place.quarantine() == []
    tied(place)
    place.store.close()


def test_the_fixture_is_read_whole(place):
    fixture = Path(__file__).parents[3] / "fixtures" / "parts" / "acc-20261025.log"
    done = place.send("acc-1.log", fixture.read_text().splitlines())

    assert (done.parts, done.calls_assembled, done.calls_accepted) == (3, 1, 1)
    assert sorted(place.calls()["quantity"]) == [0, 105]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("INVTE|f|t|c@h|200|OK|1791194400|020|061", "value"),
        ("INVITE|f|t|c@h|20|OK|1791194400|020|061", "value"),
        ("INVITE|f|t|c@h||OK|1791194400|020|061", "value"),
        ("BYE|f|t|c@h|700|OK|1791194400||", "value"),
        ("INVITE|f|t|c@h|200|OK|17911944000|0201234567|0612345678", "time"),
        ("INVITE|f|t|c@h|200|OK|-179119440|0201234567|0612345678", "time"),
        ("INVITE|f|t|c@h|200|OK||0201234567|0612345678", "time"),
        ("INVITE|f|t||200|OK|1791194400|0201234567|0612345678", "key"),
        ("BYE||t|c@h|200|OK|1791194400||", "key"),
        ("INVITE|f|t|c@h|200|OK|1791194400||0612345678", "own_number"),
        ("INVITE|f|t|c@h|200|OK|1791194400|0201234567", "columns"),
        ("INVITE|f|t|c@h|200|OK|1791194400|0201234567|0612345678|more", "columns"),
        ("INVITE|f|t|c@h|200|OK|1791194400|020\x1b[2J|0612345678", "control_characters"),
    ],
)
def test_a_line_that_is_no_event_goes_to_quarantine_and_the_others_go_on(place, line, reason):
    place.send("acc-1.log", [invite("a"), line, bye("a", 5)])

    assert place.quarantine() == [("acc-1.log", 2, reason)]
    assert place.calls()["quantity"].to_list() == [5]
    tied(place)


def test_a_sip_address_is_read_to_its_user_and_the_own_end_may_be_the_called_one():
    sip = Feed("sip", "opensips_flatstore", "*", options={"caller": 8, "called": 9, "own": "called"})
    line = invite("a", caller="sip:+49301234567@carrier.example", called="sips:0201234567@pbx;user=phone")
    result = reader_of(sip)(content([line, bye("a", 5)]))

    part = result.parts.row(0, named=True)
    assert (part["own_number"], part["other_number"], part["direction"]) == ("+31201234567", "+49301234567", "in")


@pytest.mark.parametrize(
    "options",
    [{}, {"caller": 8}, {"caller": 7, "called": 9}, {"caller": "8", "called": 9}, {"caller": 8, "called": 9, "x": 1}],
)
def test_wrong_options_are_refused_by_name(options):
    with pytest.raises(Refused, match="option"):
        reader_of(Feed("sip", "opensips_flatstore", "*", options=options))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_split_and_order_of_files_gives_the_same_calls(data):
    """Without store and lake: what waits goes from file to file as PartsOfRun hands it on."""
    dialogs = data.draw(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=6))
    lines = []
    for number, (start, length) in enumerate(dialogs):
        answers = [invite(f"c{number}", start)] * data.draw(st.integers(0, 2))
        hangups = [bye(f"c{number}", start + length, by_called=data.draw(st.booleans()))] * data.draw(st.integers(0, 2))
        lines += [*answers, *hangups]
    shuffled = data.draw(st.permutations(lines))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(lines)), max_size=4)))
    files = [shuffled[a:b] for a, b in zip([0, *cuts], [*cuts, len(lines)], strict=True)]

    apart, waiting_apart, lines_apart = joined_over(files)
    together, waiting_together, _ = joined_over([lines])

    assert apart == together
    assert waiting_apart == waiting_together
    assert lines_apart == len(lines)


def joined_over(files):
    """Return what the calls of these files say, the parts that wait in the end, and parts and duplicates counted."""
    read = reader_of(SIP)
    waiting = everything = pl.DataFrame(schema=EARLIER)
    calls, counted = [], 0
    for lines in files:
        parts = read(content(lines)).parts if lines else pl.DataFrame(schema=PART)
        finished = pl.Series("key", [call[0] for call in calls], pl.String)
        joined = everything.filter(pl.col("key").is_in(finished.implode()))
        done = assemble(parts, waiting=waiting, joined=joined, finished=finished)
        assert done.rejects.is_empty()
        waiting = done.waiting
        everything = pl.concat([everything, done.parts.select(EARLIER.names())])
        calls += done.records.drop("line_number", "raw_line").rows()
        counted += done.parts.height + done.duplicates
    return sorted(calls), sorted(waiting.select("key", "part_key").rows()), counted


class _Killed(BaseException):
    """Nobody catches it, as nobody catches a kill."""


def _die_at(monkeypatch, place, step, *, file):
    """Die right after the second file wrote a table, or just before it is registered."""

    true_commit, true_add = Staged.commit, register.add

    def commit(self):
        done = true_commit(self)
        if self.folder.name == step and place.register().height == file - 1:
            raise _Killed
        return done

    def add(tx, row):
        if step == "register" and place.register().height == file - 1:
            raise _Killed
        true_add(tx, row)

    monkeypatch.setattr(Staged, "commit", commit)
    monkeypatch.setattr(register, "add", add)
