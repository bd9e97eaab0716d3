"""Every file of the shared samples that we read, line by line accounted for (tests/lib/sample_files.py)."""

from __future__ import annotations

import polars as pl
import pytest

from tests.lib.sample_files import FOLDER, SAMPLES, WITHOUT_READER, Expected, SampleFile, found, sum_of_parts

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="../shared is not here")


def _sample(path: str) -> SampleFile:
    return next(sample for sample in SAMPLES if sample.path == path)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.path)
def test_the_lines_of_a_sample_go_where_they_must_and_add_up(sample):
    got = found(sample.tried())
    assert got == sample.expected
    assert got.lines == sum_of_parts(got)
    content = (FOLDER / sample.path).read_bytes()
    assert got.refused or sample.unit != "line" or got.lines == content.count(b"\n") + (not content.endswith(b"\n"))


def test_no_sample_is_forgotten():
    there = {str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*") if path.is_file()}
    assert there - {sample.path for sample in SAMPLES} <= set(WITHOUT_READER)


def test_a_figure_that_is_wrong_is_seen():
    wrong = Expected(lines=45, calls=44)
    assert found(SAMPLES[0].tried()) != wrong
    assert sum_of_parts(wrong) != wrong.lines


def test_the_badly_quoted_export_loses_no_line_and_shifts_none():
    sample = _sample("asterisk_db_export_badquotes/cdr.csv")
    calls = sample.tried().calls
    raw = (FOLDER / sample.path).read_text().splitlines()
    assert calls["line_number"].to_list() == list(range(2, len(raw) + 1))
    epochs = calls["call_id"].str.extract(r"/(\d+)\.").cast(pl.Int64)  # a shifted line has no epoch there
    assert (calls["answered_at"].dt.epoch("s") - epochs).is_between(0, 300).all()
    for line, text in zip(calls.iter_rows(named=True), raw[1:], strict=True):
        assert f",{line['dialled'] or 'NULL'}," in text


def test_mobile_quantities_are_those_of_the_files():
    voice, data = _sample("mobile_voice_data/cdr_voice.csv"), _sample("mobile_voice_data/cdr_data.csv")
    rows = [line.split(",") for line in (FOLDER / voice.path).read_text().splitlines()[1:]]
    assert voice.tried().calls["quantity"].sum() == sum(int(row[4]) for row in rows)
    rows = [line.split(",") for line in (FOLDER / data.path).read_text().splitlines()[1:]]
    assert data.tried().calls["quantity"].sum() == sum(int(row[2]) + int(row[3]) for row in rows)
