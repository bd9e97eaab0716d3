"""Quarantine as a place to work in: each line is open, retried or dropped, counted once, whatever dies in between."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from belnota.errors import Refused
from belnota.settings import Feed
from belnota.store.quarantine import quarantine_retries
from belnota.store.schema import events
from pipelines import quarantine_retry
from pipelines.quarantine import Selection, finish_retries, lines
from pipelines.quarantine_drop import drop, restore
from pipelines.quarantine_show import told_of
from tests.lib.raw_files import asterisk_line, mobiel_file, mobiel_line
from tests.lib.workbench import FEEDS, Workbench
from warehouse import Lake

FAX = mobiel_line(9, soort="FAX")
NO_TIME = mobiel_line(8, start="30-02-2026 12:00:00")


@pytest.fixture
def bench(tmp_path, migrated_sqlite):
    made = Workbench(tmp_path / "workspace", migrated_sqlite)
    yield made
    made.close()


@pytest.fixture
def day(bench):
    """A file of two calls, a line of a service that the mapping does not know, and one of no day."""
    bench.take_in("mobiel-1.csv", [*mobiel_file(2), FAX, NO_TIME])
    assert bench.states() == [(4, "open", None, "value"), (5, "open", None, "time")]
    return bench


def test_after_a_fix_a_line_becomes_a_call_of_its_file_and_line(day):
    before = day.register()
    day.fix()
    done = day.retry()

    assert vars(done) == {
        "tried": 2,
        "calls": 1,
        "parts": 0,
        "assembled": 0,
        "duplicates": 0,
        "left_out": 0,
        "still_bad": 1,
        "problems": [],
    }
    assert day.calls() == [("mobiel/M1", 2), ("mobiel/M2", 3), ("mobiel/M9", 4)]
    assert day.states() == [(4, "retried", "call", "value"), (5, "open", None, "time")]
    assert day.register().equals(before), "what was counted on arrival stays as it was counted"
    assert day.unbalanced() == []


def test_a_second_retry_changes_nothing(day):
    day.fix()
    day.retry()
    before = day.decisions(), day.calls()
    assert day.retry().still_bad == 1
    assert day.decisions().equals(before[0])
    assert day.calls() == before[1]


def test_without_a_fix_nothing_changes_and_nothing_is_noted(day):
    assert day.retry().still_bad == 2
    assert day.decisions().is_empty()
    assert day.unbalanced() == []


def test_what_is_still_bad_for_another_reason_says_so(day):
    day.map(**{'"%d-%m-%Y %H:%M:%S"': '"%Y-%m-%d %H:%M:%S"', "GESPREK": 'FAX = "sms", GESPREK'})
    assert day.retry(reason="value").still_bad == 1
    assert day.states() == [(4, "open", None, "time"), (5, "open", None, "time")]
    (decision,) = day.decisions().to_dicts()
    assert (decision["state"], decision["decided_by"], decision["because"]) == ("open", "Anna", "mended")


def test_a_line_that_the_feed_leaves_out_now_is_told_so(day):
    day.map(**{"[own]": '[leave_out]\nsoort = ["FAX"]\n[own]'})
    assert day.retry().left_out == 1
    assert day.states()[0] == (4, "retried", "left_out", "value")
    assert len(day.calls()) == 2
    assert day.unbalanced() == []


def test_a_line_whose_call_came_meanwhile_in_another_file_is_a_duplicate(day):
    day.fix()
    day.take_in("mobiel-2.csv", [mobiel_file(0)[0], FAX])
    assert day.retry().duplicates == 1
    assert day.states()[0] == (4, "retried", "duplicate", "value")
    assert [call for call, _ in day.calls()].count("mobiel/M9") == 1
    assert day.unbalanced() == []


def test_a_conflict_stays_a_conflict(bench):
    bench.take_in("mobiel-1.csv", [*mobiel_file(2), mobiel_line(1, duur_sec="61")])
    assert bench.states() == [(4, "open", None, "conflict")]
    assert bench.retry().still_bad == 1
    assert bench.decisions().is_empty()


def test_a_true_twin_that_was_bad_at_first_is_a_call_of_its_own(bench):
    """Equal lines are numbered in order of line; the good one has the first number when the bad one is mended."""
    keyed = {'columns = ["recordid"]': 'columns = ["msisdn", "start"]\nunique = false'}
    bench.map(**keyed)
    bench.take_in("mobiel-1.csv", [mobiel_file(0)[0], mobiel_line(1, soort="FAX"), mobiel_line(2), mobiel_line(3)])
    (first, third), (second, fourth) = bench.calls()
    assert (second, third, fourth, bench.states()) == (f"{first}#2", 3, 4, [(2, "open", None, "value")])
    bench.map(**keyed, GESPREK='FAX = "voice", GESPREK')
    assert bench.retry().calls == 1
    assert bench.calls() == [(first, 3), (f"{first}#2", 4), (f"{first}#3", 2)]
    assert bench.unbalanced() == []


def test_a_changed_identity_of_calls_that_are_in_already_is_refused(day):
    day.map(**{'columns = ["recordid"]': 'columns = ["recordid", "soort"]', "GESPREK": 'FAX = "sms", GESPREK'})
    ((name, why),) = day.retry().problems
    assert (name, why.startswith("its calls have another identity now (line 2 among them)")) == ("mobiel-1.csv", True)
    assert len(day.calls()) == 2
    assert day.decisions().is_empty()


def test_a_mended_leg_of_a_call_that_is_in_already_is_not_a_second_call(bench):
    """Read whole, the first leg is the conversation and the second, which was stored, only repeats it."""
    by_account = replace(FEEDS[0], options={"own": "accountcode"})
    bench.with_feeds(by_account)
    linked = {"linkedid": '"1791194400.1"', "accountcode": '"0201234567"'}
    legs = [asterisk_line(1, **linked | {"accountcode": '""'}), asterisk_line(2, **linked, billsec="50")]
    bench.take_in("asterisk-1.csv", [*legs, asterisk_line(3, accountcode='"0201234567"')])
    assert bench.states() == [(1, "open", None, "own_number")]
    bench.with_feeds(*FEEDS)
    ((_, why),) = bench.retry().problems
    assert why.startswith("line 2 is a call already and would be left out now")
    assert [line for _, line in bench.calls()] == [2, 3]
    assert bench.states() == [(1, "open", None, "own_number")]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda bench: bench.with_feeds(Feed("pbx", "asterisk_cdr_csv", "a*")), "there is no feed 'mobiel'"),
        (lambda bench: bench.map(recordid="other"), "it would be refused whole now"),
        (lambda bench: _copy(bench).unlink(), "the archive has no copy of it"),
        (lambda bench: (_copy(bench).chmod(0o644), _copy(bench).write_bytes(b"x")), "its copy in the archive was"),
    ],
)
def test_a_file_that_cannot_be_read_again_is_named_and_the_others_go_on(day, change, why):
    day.take_in("asterisk-1.csv", [asterisk_line(1), asterisk_line(2, billsec="-1")])
    change(day)
    done = day.retry()
    assert [(name, said[: len(why)]) for name, said in done.problems] == [("mobiel-1.csv", why)]
    assert (done.tried, done.still_bad) == (3, 3)


def _copy(bench):
    (file_id,) = bench.register().filter(file_name="mobiel-1.csv")["file_id"]
    return bench.workspace.settings.archive / "raw" / file_id[:2] / file_id


class _Killed(BaseException):
    """The run dies here; nothing of it may catch this."""


def _die(*_arguments, **_names):
    raise _Killed


@pytest.mark.parametrize("step", ["append", "settle"])
def test_a_retry_killed_between_its_steps_is_finished_or_undone(day, monkeypatch, step):
    day.fix()
    with monkeypatch.context() as patch:
        if step == "append":
            patch.setattr(Lake, "append", _die)
        else:
            patch.setattr(quarantine_retry, "settle", _die)
        with pytest.raises(_Killed):
            day.retry()
    assert finish_retries(day.workspace) == 1
    assert day.unbalanced() == []
    day.retry()
    assert day.calls() == [("mobiel/M1", 2), ("mobiel/M2", 3), ("mobiel/M9", 4)]
    assert day.states() == [(4, "retried", "call", "value"), (5, "open", None, "time")]
    assert day.unbalanced() == []
    with day.workspace.store.reading() as tx:
        states = sorted(tx.scalars(sa.select(quarantine_retries.c.state)))
    assert states == (["done", "undone"] if step == "append" else ["done"])


def test_a_retry_that_nobody_finished_unbalances(day, monkeypatch):
    """The negative control: without finish_retries the calls of a killed run belong to nothing."""
    day.fix()
    with monkeypatch.context() as patch:
        patch.setattr(quarantine_retry, "settle", _die)
        with pytest.raises(_Killed):
            day.retry()
    assert ("C3", "mobiel", "calls") in day.unbalanced()


def test_a_dropped_line_stays_visible_with_who_and_why(day):
    done = drop(day.workspace, Selection(file="mobiel-1.csv", line_numbers=(5,)), actor="Anna", because="a test call")

    assert done["line_number"].to_list() == [5]
    assert day.states() == [(4, "open", None, "value"), (5, "dropped", None, "time")]
    (row,) = lines(day.workspace, Selection(state="dropped")).to_dicts()
    assert (row["decided_by"], row["because"], row["raw_line"]) == ("Anna", "a test call", NO_TIME)
    assert day.unbalanced() == []
    with day.workspace.store.reading() as tx:
        (event,) = tx.execute(sa.select(events.c.actor, events.c.action)).all()
    assert tuple(event) == ("Anna", "quarantine dropped")


def test_a_dropped_line_is_not_retried_until_it_is_restored(day):
    day.fix()
    named = Selection(file="mobiel-1.csv", line_numbers=(4,))
    drop(day.workspace, named, actor="Anna", because="no fax")
    assert day.retry().calls == 0
    restore(day.workspace, named, actor="Bert", because="it was one")
    assert day.retry().calls == 1
    assert day.decisions()["state"].cast(str).to_list() == ["dropped", "open", "retried"]
    assert day.unbalanced() == []


def test_lines_are_dropped_in_bulk_only_with_their_count(day):
    chosen = Selection(file="mobiel-*", reason="time")
    for count, said in ((None, ""), (3, ", and you said 3")):
        with pytest.raises(Refused, match=f"1 open line is like that .1 time.{said}; .* --count 1"):
            drop(day.workspace, chosen, actor="Anna", because="x", count=count)
    assert day.decisions().is_empty()
    assert drop(day.workspace, chosen, actor="Anna", because="x", count=1).height == 1


@pytest.mark.parametrize("number", [2, 5, 77])
def test_only_open_lines_can_be_dropped_and_all_or_none(day, number):
    drop(day.workspace, Selection(file="mobiel-1.csv", line_numbers=(5,)), actor="Anna", because="x")
    state = "dropped" if number == 5 else "not in quarantine"
    with pytest.raises(Refused, match=f"line {number} is {state}; only what is open can be"):
        drop(day.workspace, Selection(file="mobiel-1.csv", line_numbers=(4, number)), actor="Anna", because="x")
    assert day.states()[0][1] == "open"


@pytest.mark.parametrize("text", ["", "  ", "two\nlines", "x" * 201, "\x1b[2J"])
def test_who_and_why_must_be_readable_years_later(day, text):
    for actor, because in (("Anna", text), (text, "because")):
        with pytest.raises(Refused, match="write 1 to 200 characters on one line"):
            drop(day.workspace, Selection(file="mobiel-1.csv", line_numbers=(5,)), actor=actor, because=because)


def test_a_line_is_shown_with_its_neighbours_and_cannot_steer_the_terminal(bench):
    bench.take_in("mobiel-1.csv", [*mobiel_file(3), mobiel_line(4) + "\x1b[2J\u202e", mobiel_line(5)])
    told = told_of(bench.workspace, "mobiel-1.csv", 5, around=1)

    assert [number for number, _ in told.context] == [4, 5, 6]
    assert told.context[1][1].endswith("NL\\x1b[2J\\u202e")
    assert dict(told.facts())["wrong"].startswith("control_characters: ")
    assert all(said.isprintable() for _, said in told.facts())


def test_a_name_that_several_files_had_is_refused_with_their_digits(day):
    day.take_in("mobiel-1.csv", [*mobiel_file(3), FAX, NO_TIME])
    with pytest.raises(Refused, match=r"several files \(mobiel-1.csv = [0-9a-f]{12}, mobiel-1.csv = [0-9a-f]{12}\)"):
        told_of(day.workspace, "mobiel-1.csv", 5, around=0)
    (digits, _) = sorted(day.register()["file_id"].str.slice(0, 12))
    assert told_of(day.workspace, digits, 5, around=0).line["file_id"].startswith(digits)


def test_lines_are_chosen_by_feed_file_reason_and_age(day):
    day.take_in("asterisk-1.csv", [asterisk_line(1), asterisk_line(2, billsec="-1")])
    day.now = day.now.replace(day=16)
    day.take_in("mobiel-2.csv", [*mobiel_file(1), NO_TIME])

    def found(**chosen):
        return [(row["file_name"], row["line_number"]) for row in lines(day.workspace, Selection(**chosen)).to_dicts()]

    assert len(found()) == 4
    assert found(feed="pbx") == [("asterisk-1.csv", 2)]
    assert found(file="*-2.csv") == [("mobiel-2.csv", 3)]
    assert found(reason="time") == [("mobiel-1.csv", 5), ("mobiel-2.csv", 3)]
    assert found(reason="time", older_than_days=9) == [("mobiel-1.csv", 5)]
    assert found(older_than_days=10) == []
