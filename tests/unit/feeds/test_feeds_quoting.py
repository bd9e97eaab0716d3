"""Tolerant quoting: an export that quotes wrongly loses no line to it, and no field ever moves to another column."""

from __future__ import annotations

import csv
import io

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.feeds.fields import field, with_fields, with_tolerant_fields

PLAIN = st.text(alphabet="ab 1<>", max_size=3)
NAME = st.text(alphabet='a",; <"', max_size=8)


def _texts(split: pl.DataFrame, columns: int) -> list[tuple[str, ...]]:
    return split.select(field(place, quote='"').alias(str(place)) for place in range(columns)).rows()


@settings(max_examples=100)
@given(st.lists(st.tuples(PLAIN, NAME, PLAIN, PLAIN), min_size=1, max_size=20))
def test_a_name_quoted_without_doubling_its_quotes_is_read_or_rejected_and_never_shifts_another(rows):
    lines = [f'{a},"{name}",{b},{c}' for a, name, b, c in rows]
    split = with_tolerant_fields(pl.DataFrame({"text": lines}), delimiter=",", quote='"')
    for (a, name, b, c), texts, columns, well in zip(
        rows, _texts(split, 4), split["columns"], split["is_well_quoted"], strict=True
    ):
        if well and columns == 4:
            assert (texts[0], texts[2], texts[3]) == (a, b, c)
            assert texts[1] == name.replace('""', '"')
        else:
            assert '",' in f'"{name}"'[1:], "only a quote before a delimiter has two meanings"


@settings(max_examples=50)
@given(st.lists(st.tuples(NAME, NAME, NAME), min_size=1, max_size=20))
def test_what_is_quoted_well_is_read_the_same_as_strictly(rows):
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(rows)
    lines = pl.DataFrame({"text": written.getvalue().split("\n")[:-1]})
    strict = with_fields(lines, delimiter=",", quote='"')
    tolerant = with_tolerant_fields(
        pl.concat([lines, pl.DataFrame({"text": ['1,""x" <2>",3']})]), delimiter=",", quote='"'
    )
    assert strict["is_well_quoted"].all()
    assert _texts(tolerant.head(len(rows)), 3) == _texts(strict, 3) == rows
    assert tolerant["columns"][-1] == 3
