"""A TAP file as a whole: that it is one, whose it is, its events, and what it says of itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import polars as pl

from pipelines.feeds.ber import Element, Tree, elements, outermost, tree
from pipelines.feeds.result import FileRefused
from pipelines.feeds.tap_events import EVENT, event_row, number_of, plain, text_of

_TRANSFER: Final = 1
_OTHERS: Final = {
    2: ("notification", "it is a TAP notification: the network says that it has nothing to bill; nothing to read here"),
    534: ("rap", "it is a RAP file (events that were returned), not TAP"),
    535: ("rap", "it is a RAP acknowledgement, not TAP"),
}
_NO_TAP: Final = "it does not begin as a TAP file does; look at what the source sent"
_BEGINNINGS: Final = (b"\x61", b"\x62", b"\x7f")
"""The first byte of tag 1 and 2, and of all from 31 on."""
_SPECIFICATION: Final = 3
_RELEASE: Final = 12
_MOST_EVENTS: Final = 1_000_000
_LONGEST_SEQUENCE: Final = 9


@dataclass(frozen=True)
class Batch:
    """A TAP file: sender, file number, events (EVENT), and its own count and total charge where it says them."""

    sender: str
    sequence: int | None
    events: pl.DataFrame
    count: int | None
    charge: int | None


def read_batch(content: bytes) -> Batch:
    """Read a file whole; FileRefused when it is something else, BerFault when it is broken."""
    if content[:1] not in _BEGINNINGS:
        raise FileRefused("layout", _NO_TAP)
    top = outermost(content)
    if top.tag in _OTHERS:
        reason, sentence = _OTHERS[top.tag]
        raise FileRefused(reason, sentence)
    if top.tag != _TRANSFER or not top.is_constructed:
        raise FileRefused("layout", _NO_TAP)
    parts = {element.tag: element for element in elements(content, top)}
    control = _part(content, parts, 4)
    _refuse_others(control)
    offsets = _offsets(_part(content, parts, 6))
    found = parts.get(3)
    numbered = enumerate(elements(content, found) if found else (), start=1)
    rows = []
    for number, event in numbered:
        if number > _MOST_EVENTS:
            raise FileRefused("too_large", f"it has more than {_MOST_EVENTS:,} events")
        rows.append(event_row(event.tag, _event(content, event), number, offsets))
    audited = _part(content, parts, 15)
    sequence = plain(control, 109)
    return Batch(
        sender=text_of(plain(control, 196)),
        sequence=int(sequence) if sequence.isdigit() and len(sequence) <= _LONGEST_SEQUENCE else None,
        events=pl.DataFrame(rows, schema=EVENT),
        count=number_of(plain(audited, 43)),
        charge=number_of(plain(audited, 415)),
    )


def audit(batch: Batch) -> str:
    """Return how the file's own count and total charge differ from its events; empty when they do not.

    Senders' totals are wrong now and then (feeds.md 1.5), and we bill no charges of theirs: people decide.
    """
    charged = int(batch.events["charge"].cast(pl.Int128).sum())
    said = []
    if batch.count is not None and batch.count != batch.events.height:
        said.append(f"it says that it has {batch.count:,} events and has {batch.events.height:,}")
    if batch.charge is not None and batch.charge != charged:
        said.append(f"its total charge is {batch.charge:,} and its events add up to {charged:,}")
    return "; ".join(said)


def _refuse_others(control: Tree) -> None:
    if not control:
        sentence = "it has no batchControlInfo: it is no TAP file, but perhaps NRTRDE, which begins alike"
        raise FileRefused("layout", sentence)
    specification, release = number_of(plain(control, 201)), number_of(plain(control, 189))
    if (specification, release) != (_SPECIFICATION, _RELEASE):
        raise FileRefused("layout", f"it is TAP {specification}.{release}; read here is TAP 3.12")
    if plain(control, 110):
        raise FileRefused("test_file", "the source calls it a test file; it must not be billed")
    if not re.fullmatch(rb"[A-Z0-9]{5}", plain(control, 196)):
        raise FileRefused("layout", "it does not say who sent it, with five capitals and digits")


def _offsets(network: Tree) -> dict[int, str]:
    """Return the offsets from UTC by the code that stands in events, such as {0: "+0200"}."""
    listed = [info for group in network.get(234, []) if not isinstance(group, bytes) for info in group.get(233, [])]
    coded = [(number_of(plain(info, 232)), text_of(plain(info, 231))) for info in listed if not isinstance(info, bytes)]
    return {code: offset for code, offset in coded if code is not None}


def _event(content: bytes, event: Element) -> Tree:
    return tree(content, event) if event.is_constructed else {}


def _part(content: bytes, parts: dict[int, Element], tag: int) -> Tree:
    part = parts.get(tag)
    return tree(content, part) if part is not None and part.is_constructed else {}
