"""Every example of docs/rating-rules.md is what the program does, and its sums are right."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.spec import by_file, by_month
from tests.spec.cases import Case, MonthCase, Table
from tests.spec.contents import CHAPTERS
from tests.spec.sums import is_true, numbers, sums

CASES = [case for chapter in CHAPTERS for case in chapter.cases]


def named(case: Case) -> str:
    return case.title


@pytest.mark.parametrize("case", [case for case in CASES if not isinstance(case, MonthCase)], ids=named)
def test_an_example_is_what_belnota_rate_does(case, tmp_path):
    _, expected = Table.of(case.calls).cut()
    if not case.variants:
        assert shown(by_file.outcome(case, tmp_path), expected) == expected
    for column, settings in case.variants.items():
        rows = by_file.outcome(case, tmp_path, settings)
        assert [row["charge"] for row in rows] == [row[column] for row in expected], column


@pytest.mark.parametrize("case", [case for case in CASES if isinstance(case, MonthCase)], ids=named)
def test_an_example_of_months_is_what_a_workspace_makes_of_raw_files(case, tmp_path):
    _, expected = Table.of(case.calls).cut()

    assert shown(by_month.outcome(case, tmp_path), expected) == expected


def shown(rows, expected):
    """Return of each row the columns that the example shows."""
    return [{name: row[name] for name in wanted} for row, wanted in zip(rows, expected, strict=True)]


@pytest.mark.parametrize("case", CASES, ids=named)
def test_every_charge_is_explained_and_every_sum_is_right(case):
    calls, expected = Table.of(case.calls).cut()
    told = {one: text for key, text in case.because.items() for one in key.split(", ")}
    prices = {Decimal(row["price"]) for deck in (case.deck, *case.bases) for row in Table.of(deck.rates).dicts()}
    assert told.keys() <= {call["call_id"] for call in calls}
    for call, wanted in zip(calls, expected, strict=True):
        clear = {0, *numbers(told.get(call["call_id"], "")), *(prices if call.get("seconds") == "60" else ())}
        charges = {Decimal(wanted[name]) for name in ("charge", *case.variants) if wanted.get(name)}
        assert charges - clear == set(), call["call_id"]
    wrong = [written for text in (case.text, *case.because.values()) for written in sums(text) if not is_true(written)]
    assert wrong == []


def test_all_chapters_are_in_the_contents():
    files = {file.stem for file in (Path(__file__).parent / "rules").glob("*.py")}
    assert len(CHAPTERS) == len(files)


def test_titles_name_one_thing_each():
    titles = [part.title for part in (*CHAPTERS, *CASES)]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize(
    ("written", "truth"),
    [
        ("100 x 0.10 / 60 = 0.1666…", True),
        ("100 x 0.10 / 60 = 0.1667", False),
        ("100 x 0.10 / 60 = 0.1667…", False),
        ("1 / 8 = 0.125…", False),
        ("1 + 1,800 x 1 - 1 = 1800 = 900 x (1 + 1)", True),
        ("1 + 1 = 2 = 3", False),
    ],
)  # fmt: skip
def test_a_wrong_sum_would_be_found(written, truth):
    assert sums(f"so `{written}`, and `decimals = 4`") == [written]
    assert is_true(written) == truth
