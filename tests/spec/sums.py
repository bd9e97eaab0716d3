"""The sums in the manual are true: every `a = b` between backticks is worked out in exact fractions."""

from __future__ import annotations

import re
from fractions import Fraction

_SPAN = re.compile(r"`([^`]*=[^`]*)`")
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_SUM = re.compile(r"[\d,.…\s()+x/=-]+")
_CUT_OFF = re.compile(r"\s*([\d,]+)\.(\d+)…\s*")


def sums(text: str) -> list[str]:
    """Return the sums of a text: what stands between backticks and consists of numbers, + - x / ( ) and =."""
    return [span for span in _SPAN.findall(text) if _SUM.fullmatch(span)]


def is_true(written: str) -> bool:
    """Work out a chain of equal sums; 0.166… is what begins with these decimals."""
    first, *others = written.split("=")
    value = _value(first)
    return all(_equals(other, value) for other in others)


def numbers(text: str) -> set[Fraction]:
    """Return all numbers of a text."""
    return {Fraction(found.replace(",", "")) for found in _NUMBER.findall(text)}


def _equals(text: str, value: Fraction) -> bool:
    cut_off = _CUT_OFF.fullmatch(text)
    if cut_off is None:
        return _value(text) == value
    unit = Fraction(1, 10 ** len(cut_off[2]))
    shown = Fraction(f"{cut_off[1].replace(',', '')}.{cut_off[2]}")
    return shown < value < shown + unit


def _value(text: str) -> Fraction:
    exact = _NUMBER.sub(lambda found: f"Fraction('{found[0].replace(',', '')}')", text.strip())
    return Fraction(eval(exact.replace("x", "*"), {"Fraction": Fraction}))
