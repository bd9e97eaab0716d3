"""The two embedded typefaces of an invoice, and text made fit for them."""

from __future__ import annotations

import functools
import unicodedata
from importlib import resources
from typing import Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

REGULAR: Final = "BelnotaSans"
BOLD: Final = "BelnotaSans-Bold"
MISSING: Final = "\ufffd"
"""Stands for a character without a shape in the font (an emoji): ReportLab would drop it without a word."""

_FILES = {REGULAR: "NotoSans-Regular.ttf", BOLD: "NotoSans-Bold.ttf"}


@functools.cache
def load() -> frozenset[int]:
    """Register both typefaces once per process; returns the characters that both have."""
    known = []
    for name, file in _FILES.items():
        with resources.as_file(resources.files("invoicing").joinpath("fonts", file)) as path:
            font = TTFont(name, str(path))
        pdfmetrics.registerFont(font)
        known.append(frozenset(font.face.charToGlyph))
    return known[0] & known[1]


@functools.lru_cache(maxsize=65536)
def printable(text: str) -> str:
    """Return text composed (NFC), in one line, with a visible sign for each character that has no shape."""
    known = load()
    composed = unicodedata.normalize("NFC", text)
    plain = "".join(" " if unicodedata.category(sign) in ("Cc", "Zl", "Zp") else sign for sign in composed)
    return "".join(sign if ord(sign) in known else MISSING for sign in plain)


@functools.lru_cache(maxsize=65536)
def width(text: str, font: str, size: float) -> float:
    """Return the width of printable text in points."""
    load()
    return float(pdfmetrics.stringWidth(text, font, size))


def wrapped(text: str, room: float, font: str, size: float) -> list[str]:
    """Break printable text into lines no wider than `room`: between words, and inside a word that is wider itself."""
    if width(text, font, size) <= room:
        return [text]
    lines: list[str] = []
    current = ""
    for word in text.split():
        longer = f"{current} {word}" if current else word
        if width(longer, font, size) <= room:
            current = longer
            continue
        if current:
            lines.append(current)
        *whole, current = _chopped(word, room, font, size)
        lines += whole
    return [*lines, current]


def _chopped(word: str, room: float, font: str, size: float) -> list[str]:
    pieces = [""]
    for sign in word:
        if pieces[-1] and width(pieces[-1] + sign, font, size) > room:
            pieces.append("")
        pieces[-1] += sign
    return pieces


def shortened(text: str, room: float, font: str, size: float) -> str:
    """Return text cut with `…` where it would be wider than `room`; only for names that stand in full elsewhere."""
    shown = printable(text)
    if width(shown, font, size) <= room:
        return shown
    return f"{_chopped(shown, room - width('…', font, size), font, size)[0]}…"
