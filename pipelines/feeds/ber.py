"""BER, the binary form of ASN.1 (X.690), as far as TAP needs it: bytes to elements, suspiciously.

Nothing is believed: a length that leads out of the file, an end that never comes, or elements in elements without end
are a BerFault with the place. Only one element is ever unfolded at a time, so memory follows the largest one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

Tree: TypeAlias = Mapping[int, "list[bytes | Tree]"]
"""The elements of one element by tag, in order: bytes, or a tree again."""

OTHER: Final = -1
"""The tag of an element whose tag is not of class APPLICATION."""
_DEEPEST: Final = 32
_LARGEST: Final = 1 << 18
_APPLICATION: Final = 1
_INDEFINITE: Final = 0x80
_END: Final = b"\0\0"


class BerFault(Exception):
    """What is wrong, and at which byte of the file, from 0."""

    def __init__(self, fault: str, at: int) -> None:
        super().__init__(f"{fault} at byte {at:,}")


@dataclass(frozen=True, slots=True)
class Element:
    """One element: its tag, and its content [start, end) in the file."""

    tag: int
    is_constructed: bool
    start: int
    end: int


def outermost(content: bytes) -> Element:
    """Return the one element of a file; after it may only come zero bytes, which some senders leave."""
    element, after = _element(content, 0, len(content), 0)
    if content[after:].strip(b"\0"):
        raise BerFault(f"there are {len(content) - after:,} bytes after the end", after)
    return element


def elements(content: bytes, parent: Element) -> Iterator[Element]:
    """Yield the elements inside a constructed one."""
    at = parent.start
    while at < parent.end:
        element, at = _element(content, at, parent.end, 0)
        yield element


def tree(content: bytes, parent: Element) -> Tree:
    """Unfold an element of at most 256 KiB."""
    if parent.end - parent.start > _LARGEST:
        raise BerFault(f"an event is larger than {_LARGEST:,} bytes", parent.start)
    return _tree(content, parent, 0)


def _tree(content: bytes, parent: Element, depth: int) -> Tree:
    if depth > _DEEPEST:
        raise BerFault(f"elements are nested deeper than {_DEEPEST}", parent.start)
    found: dict[int, list[bytes | Tree]] = {}
    for element in elements(content, parent):
        inside = _tree(content, element, depth + 1) if element.is_constructed else content[element.start : element.end]
        found.setdefault(element.tag, []).append(inside)
    return found


def _element(content: bytes, at: int, end: int, depth: int) -> tuple[Element, int]:
    """Return the element that begins at a place, and where the next one begins."""
    tag, is_constructed, start = _tag(content, at, end)
    length, start = _length(content, start, end)
    if length >= 0:
        if length > end - start:
            raise BerFault(f"an element says it has {length:,} bytes, and {end - start:,} are left,", at)
        return Element(tag, is_constructed, start, start + length), start + length
    if not is_constructed:
        raise BerFault("a plain value has no length", at)
    if depth >= _DEEPEST:
        raise BerFault(f"elements are nested deeper than {_DEEPEST}", at)
    inside = start
    while content[inside : inside + 2] != _END:
        if inside >= end:
            raise BerFault("an element has no end: the file is not complete,", at)
        _, inside = _element(content, inside, end, depth + 1)
    if inside + 2 > end:
        raise BerFault("an element has no end,", at)
    return Element(tag, is_constructed, start, inside), inside + 2


def _tag(content: bytes, at: int, end: int) -> tuple[int, bool, int]:
    first = _byte(content, at, end)
    number, place = first & 0x1F, at + 1
    if number == 0x1F:
        number = 0
        while True:
            more = _byte(content, place, end)
            place += 1
            number = number << 7 | more & 0x7F
            if place - at > 4:
                raise BerFault("a tag is longer than any tag there is", at)
            if not more & 0x80:
                break
    return number if first >> 6 == _APPLICATION else OTHER, bool(first & 0x20), place


def _length(content: bytes, at: int, end: int) -> tuple[int, int]:
    """Return a length, -1 for an indefinite one, and where the content begins."""
    first = _byte(content, at, end)
    if first == _INDEFINITE:
        return -1, at + 1
    if first < _INDEFINITE:
        return first, at + 1
    count = first & 0x7F
    if count > 8 or at + 1 + count > end:
        raise BerFault("a length is longer than any length can be", at)
    return int.from_bytes(content[at + 1 : at + 1 + count], "big"), at + 1 + count


def _byte(content: bytes, at: int, end: int) -> int:
    if at >= end:
        raise BerFault("the file is not complete: it ends", at)
    return content[at]
