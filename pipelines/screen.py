"""Text of others, fit for a terminal, a page and a log: nothing in it can steer what shows it."""

from __future__ import annotations


def printable(text: str) -> str:
    """Return a text with everything escaped that is no letter, sign or plain space (control and direction marks)."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def decoded(line: bytes) -> str:
    """Return raw bytes as printable text; what is not UTF-8 is read as Latin-1, which has a letter for every byte."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        text = line.decode("iso-8859-1")
    return printable(text)
