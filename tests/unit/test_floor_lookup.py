"""Texts are looked up by position: the same text or nothing, however it is stored."""

from __future__ import annotations

import polars as pl
import pytest

from belnota.lookup import Coder, NumberCoder

ASKED = (
    "+31612345678",
    "31612345678",
    "+031612345678",
    "0031612345678",
    "+31612345679",
    "+99999999999999999999999999",
    "",
    "+",
    "anonymous",
    " +31612345678",
    None,
)


def positions(known: list[str], asked: tuple[str | None, ...]) -> list[int | None]:
    return [known.index(text) if text in known else None for text in asked]


@pytest.mark.parametrize(
    "known",
    [
        ["+31612345678", "+31201234567"],
        ["+31612345678", "31612345678", "+031612345678"],
        ["anonymous", "+31612345678", ""],
        ["+31201234567"],
        [],
    ],
    ids=["plain", "same digits written thrice", "no numbers", "none asked", "none known"],
)
def test_a_number_is_found_only_as_it_is_written(known):
    texts = pl.Series("asked", ASKED, dtype=pl.String)
    found = NumberCoder(known).codes(texts)
    assert found.to_list() == positions(known, ASKED)
    assert (found.name, found.dtype) == ("asked", pl.UInt32)
    assert found.equals(Coder(known).codes(texts), null_equal=True)


def test_a_number_is_found_in_an_enum_as_in_text():
    known, asked = ["+31612345678", "+31201234567"], ["+31201234567", "+31612345678", "+31201234567"]
    of_enum = NumberCoder(known).codes(pl.Series("asked", asked, dtype=pl.Enum(sorted(asked[:2]))))
    assert of_enum.to_list() == [1, 0, 1]
