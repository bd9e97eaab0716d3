"""Parts of calls in few files: the same rows, in one commit, and what is late still finds its call."""

from __future__ import annotations

import pytest

from pipelines import months
from pipelines.months import compact_parts
from tests.lib.parts_place import SIP, bye, invite
from tests.lib.workbench import Workbench
from warehouse import delta_log

MONTH = 31 * 86_400


@pytest.fixture
def bench(tmp_path, migrated_sqlite, monkeypatch):
    """Two months of parts, four files each; the first month is closed."""
    made = Workbench(tmp_path / "workspace", migrated_sqlite)
    made.with_feeds(SIP)
    for number in range(4):
        first, second = f"s{number}", f"o{number}"
        lines = [invite(first, -MONTH), bye(first, 60 - MONTH), invite(second), bye(second, 30)]
        made.take_in(f"acc-{number}.log", lines[: 3 if number else 1])
    monkeypatch.setattr(months, "closed_months", lambda _workspace: {"2026-09"})
    yield made
    made.close()


def rows(bench):
    return sorted(bench.workspace.lake.scan("call_parts").collect().rows())


def files(bench):
    return [len(bench.workspace.lake.files("call_parts", periods=[month])) for month in ("2026-09", "2026-10")]


def test_a_closed_month_is_one_file_with_the_same_rows(bench):
    before, calls = rows(bench), bench.calls()
    assert files(bench) == [4, 3]
    assert compact_parts(bench.workspace) == 1
    assert files(bench) == [1, 3]
    assert (rows(bench), bench.calls()) == (before, calls)
    assert bench.unbalanced() == []
    assert compact_parts(bench.workspace) == 0, "a second time there is nothing to do"


def test_an_open_month_is_one_file_when_it_has_many(bench, monkeypatch):
    monkeypatch.setattr(months, "_MANY", 2)
    assert compact_parts(bench.workspace) == 2
    assert files(bench) == [1, 1]
    assert bench.unbalanced() == []


def test_what_comes_late_finds_its_call_in_the_one_file(bench):
    compact_parts(bench.workspace)
    known = len(bench.calls())
    bench.take_in("acc-late.log", [bye("s0", 60 - MONTH), invite("s1", -MONTH), bye("s1", 90 - MONTH)])
    assert len(bench.calls()) == known + 1
    assert [(line, reason) for line, _, _, reason in bench.states()] == [(3, "late_part")]
    assert bench.register().filter(file_name="acc-late.log")["duplicate_calls"].item() == 1
    assert bench.unbalanced() == []


class _Killed(BaseException):
    """The run dies here."""


def test_killed_before_its_commit_nothing_has_changed(bench, monkeypatch):
    before = rows(bench)

    def killed(*_arguments, **_names):
        raise _Killed

    with monkeypatch.context() as patch:
        patch.setattr(delta_log, "commit", killed)
        with pytest.raises(_Killed):
            compact_parts(bench.workspace)
    assert files(bench) == [4, 3]
    assert rows(bench) == before
    assert compact_parts(bench.workspace) == 1
    assert rows(bench) == before
    assert bench.unbalanced() == []
