"""Made-up TAP 3.12 files: a small writer of BER, and events with what a test names."""

from __future__ import annotations

Node = tuple[int, "bytes | list[Node]"]


def ber(node: Node, *, indefinite: bool = False) -> bytes:
    """Write an element of class APPLICATION: (tag, bytes) or (tag, elements)."""
    tag, inside = node
    is_constructed = isinstance(inside, list)
    content = b"".join(ber(child, indefinite=indefinite) for child in inside) if isinstance(inside, list) else inside
    head = _tag(tag, is_constructed=is_constructed)
    if indefinite and is_constructed:
        return head + b"\x80" + content + b"\0\0"
    return head + _length(len(content)) + content


def _tag(tag: int, *, is_constructed: bool) -> bytes:
    first = 0x60 if is_constructed else 0x40
    if tag < 31:
        return bytes([first | tag])
    rest = [tag & 0x7F]
    while tag := tag >> 7:
        rest.append(tag & 0x7F | 0x80)
    return bytes([first | 0x1F, *reversed(rest)])


def _length(length: int) -> bytes:
    if length < 128:
        return bytes([length])
    size = (length.bit_length() + 7) // 8
    return bytes([0x80 | size]) + length.to_bytes(size, "big")


def number(value: int) -> bytes:
    return value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True)


def bcd(digits: str) -> bytes:
    return bytes.fromhex(digits + "f" * (len(digits) % 2))


def _subscriber(imsi: str, msisdn: str) -> Node:
    return (427, [(199, [(129, bcd(imsi)), *([(152, bcd(msisdn))] if msisdn else [])])])


def _start(stamp: str, code: int) -> Node:
    return (44, [(16, stamp.encode()), (232, number(code))])


def _charge(units: int) -> Node:
    """A total (type 00) and a part of it (type 01), which must not be added to it."""
    details = [(63, [(71, kind), (62, number(units))]) for kind in (b"00", b"01")]
    return (70, [(69, [(66, b"D"), (64, details)])])


def call(*, stamp: str = "20261005120000", **changes: object) -> Node:
    """A call that was made (tag 9) or received (tag 10, by `tag`), or a message (by `teleservice`)."""
    given = {
        "tag": 9, "imsi": "204081234567890", "msisdn": "31612345678", "other": "4930123456", "code": 0,
        "seconds": 61, "teleservice": "11", "units": 100, "reference": "", "dialled": "",
    } | changes  # fmt: skip
    other = [(407 if given["tag"] == 9 else 405, bcd(str(given["other"])))] if given["other"] else []
    dialled = [(279, str(given["dialled"]).encode())] if given["dialled"] else []
    basic: list[Node] = [
        _subscriber(str(given["imsi"]), str(given["msisdn"])),
        (89 if given["tag"] == 9 else 41, [*other, *dialled]),
        _start(stamp, int(str(given["code"]))),
        (223, number(int(str(given["seconds"])))),
    ]
    used: list[Node] = [(36, [(426, [(218, str(given["teleservice"]).encode())])]), _charge(int(str(given["units"])))]
    reference: list[Node] = [(45, bcd(str(given["reference"])))] if given["reference"] else []
    return (int(str(given["tag"])), [(147 if given["tag"] == 9 else 153, basic), (38, [(39, used)]), *reference])


def session(*, up: bytes, down: bytes, charging: int = 7, units: int = 100, stamp: str = "20261005120000") -> Node:
    """A data session; `up` and `down` are integers as they stand in the file."""
    basic: list[Node] = [
        (115, [_subscriber("204081234567890", "31612345678")]),
        (116, [(261, b"internet")]),
        _start(stamp, 0),
        (223, number(500)),
        (72, number(charging)),
    ]
    return (14, [(114, basic), (117, []), (121, [(250, down), (251, up), _charge(units)])])


SUPPLEMENTARY: Node = (11, [(427, [])])
MESSAGING: Node = (433, [])


def batch(events: list[Node], *, sender: str = "DEUD2", sequence: str = "00012", **changes: object) -> Node:
    """A whole file; `count` and `charge` are what it says of itself, true ones unless named."""
    given = {
        "release": 12,
        "charge": 0,
        "count": len(events),
        "offsets": ("+0200", "-0530"),
        "is_test": False,
    } | changes
    offsets = given["offsets"]
    assert isinstance(offsets, tuple)
    coded: list[Node] = [(233, [(232, number(n)), (231, offset.encode())]) for n, offset in enumerate(offsets)]
    control: list[Node] = [
        (196, sender.encode()),
        (182, b"NLDAB"),
        (109, sequence.encode()),
        (201, number(3)),
        (189, number(int(str(given["release"])))),
        *([(110, b"T")] if given["is_test"] else []),
    ]
    audit: list[Node] = [(415, number(int(str(given["charge"])))), (43, number(int(str(given["count"]))))]
    return (1, [(4, control), (5, [(135, b"EUR"), (244, number(3))]), (6, [(234, coded)]), (3, events), (15, audit)])
