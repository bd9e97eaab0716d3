"""Events of a TAP file to rows: tags to texts and numbers. What an event does not say is an empty text, or null."""

from __future__ import annotations

from typing import Any, Final

import polars as pl

from pipelines.feeds.ber import OTHER, Tree

EVENT: Final = pl.Schema(
    {
        "line_number": pl.Int64(),
        "kind": pl.String(),
        "imsi": pl.String(),
        "msisdn": pl.String(),
        "stamp": pl.String(),
        "offset": pl.String(),
        "other": pl.String(),
        "dialled": pl.String(),
        "reference": pl.String(),
        "teleservice": pl.String(),
        "duration": pl.Int64(),
        "duration_text": pl.String(),
        "incoming": pl.Int64(),
        "outgoing": pl.Int64(),
        "volume_text": pl.String(),
        "charge": pl.Int64(),
        "text": pl.String(),
    }
)
"""One event, as the file has it; `line_number` is its place among the events, `text` what people are shown of it."""

KINDS: Final = {
    9: "mobileOriginatedCall",
    10: "mobileTerminatedCall",
    11: "supplServiceEvent",
    12: "serviceCentreUsage",
    14: "gprsCall",
    17: "contentTransaction",
    297: "locationService",
    433: "messagingEvent",
    434: "mobileSession",
}
_TOTAL: Final = b"00"


def event_row(tag: int, event: Tree, number: int, offsets: dict[int, str]) -> dict[str, Any]:
    """Return one event as a row of EVENT."""
    kind = KINDS.get(tag, f"tag {tag}" if tag != OTHER else "not of TAP")
    basic = _first(event, 147) or _first(event, 153) or _first(event, 114) or {}
    start = _first(basic, 44) or {}
    subscriber = _first(_first(basic, 115) or basic, 427) or {}
    sim = _first(subscriber, 199) or {}
    service = _first(event, 121) or {}
    duration, incoming, outgoing = (
        number_of(value) for value in (plain(basic, 223), plain(service, 250), plain(service, 251))
    )
    offset = number_of(plain(start, 232))
    row: dict[str, Any] = {
        "line_number": number,
        "kind": kind,
        "imsi": digits(plain(sim, 129)),
        "msisdn": digits(plain(sim, 152)),
        "stamp": text_of(plain(start, 16)),
        "offset": offsets.get(offset, "") if offset is not None else "",
        "other": _other(basic),
        "dialled": text_of(plain(_first(basic, 89) or {}, 279)),
        "reference": _reference(event, basic),
        "teleservice": _teleservice(event),
        "duration": _fitting(duration),
        "duration_text": "" if duration is None else str(duration),
        "incoming": _fitting(incoming),
        "outgoing": _fitting(outgoing),
        "volume_text": f"{_said(incoming)} + {_said(outgoing)}",
        "charge": _fitting(sum(charges(event))),
    }
    told = ("imsi", "msisdn", "stamp", "offset", "other", "duration_text", "volume_text")
    return row | {"text": " ".join([kind, *(f"{name}={row[name]}" for name in told if row[name])])}


def charges(event: Tree) -> list[int]:
    """Return the charges of type 00 anywhere in an event: the others are parts of these."""
    found: list[int] = []
    for tag, values in event.items():
        for value in values:
            if isinstance(value, bytes):
                continue
            if tag == 63 and text_of(plain(value, 71)).encode() == _TOTAL:
                found.append(number_of(plain(value, 62)) or 0)
            else:
                found += charges(value)
    return found


def text_of(value: bytes) -> str:
    """Return an ASCII text; other bytes are shown as escapes."""
    return value.decode("ascii", "backslashreplace")


def digits(value: bytes) -> str:
    """Return digits written two to a byte, the first one high; the filler F at the end is left out."""
    return value.hex().rstrip("f")


def number_of(value: bytes) -> int | None:
    """Return an integer, which is signed: a sender that forgets the leading zero byte makes it negative."""
    return int.from_bytes(value, "big", signed=True) if value else None


def _other(basic: Tree) -> str:
    """Return the called number, the one a message goes to, or the caller."""
    destination, originator = _first(basic, 89) or {}, _first(basic, 41) or {}
    found = [digits(plain(destination, tag)) for tag in (407, 419)]
    found += [digits(plain(originator, tag)) for tag in (405, 425)]
    return next((number for number in found if number), "")


def _reference(event: Tree, basic: Tree) -> str:
    """Return what else tells two events of one second apart: call reference, charging id, partial records."""
    reference = _find(event, 45)
    charging = number_of(plain(basic, 72))
    parts = [reference.hex(), "" if charging is None else str(charging), text_of(plain(basic, 166))]
    return "/".join(parts).strip("/")


def _teleservice(event: Tree) -> str:
    return text_of(_find(event, 218))


def _find(event: Tree, tag: int) -> bytes:
    """Return the first plain value with a tag, wherever it stands in an event."""
    for held, values in event.items():
        for value in values:
            if isinstance(value, bytes):
                if held == tag:
                    return value
            elif found := _find(value, tag):
                return found
    return b""


def _first(parent: Tree, tag: int) -> Tree | None:
    """Return the first element with a tag that has elements itself."""
    return next((value for value in parent.get(tag, ()) if not isinstance(value, bytes)), None)


def plain(parent: Tree, tag: int) -> bytes:
    """Return the first plain value with a tag; empty when there is none."""
    return next((value for value in parent.get(tag, ()) if isinstance(value, bytes)), b"")


def _fitting(number: int | None) -> int | None:
    return number if number is not None and -(2**62) < number < 2**62 else None


def _said(number: int | None) -> str:
    return "" if number is None else str(number)
