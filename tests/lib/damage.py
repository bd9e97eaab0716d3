"""Ways in which raw files arrive damaged, and numbered good files of each layout to damage.

A damage is a function of (content, place, random): place is where in the file it strikes, from 0 to 1.
"""

from __future__ import annotations

import gzip
import io
import re
import zipfile
from collections.abc import Callable
from random import Random
from typing import Final

import pyarrow as pa

from belnota.settings import Feed
from tests.lib.raw_builtin import (
    broadworks_xml_file,
    cdr_data,
    custom_line,
    freepbx_line,
    freeswitch_line,
    sql_file,
    sql_line,
    threecx_line,
    uk_file,
    uk_line,
)
from tests.lib.raw_files import (
    MOBIEL_HEADER,
    asterisk_line,
    broadworks_line,
    content,
    mobiel_line,
    wholesale_file,
    wholesale_line,
)

Damage = Callable[[bytes, float, Random], bytes]

RECORDS: Final = 6


def _asterisk(first: int) -> list[str]:
    return [asterisk_line(number) for number in range(first, first + RECORDS)]


def _broadworks(first: int) -> list[str]:
    return [
        "version=14.2 encoding=ISO-8859-1",
        f"{first:010d}00start,,Start",
        *(broadworks_line(number) for number in range(first, first + RECORDS)),
        f"{first:010d}00end,,End",
    ]


def _wholesale(first: int) -> list[str]:
    lines = [wholesale_line(number, a_number=f"02{number:08d}") for number in range(first, first + RECORDS)]
    return wholesale_file(lines, sequence=first // RECORDS)


def _mobiel(first: int) -> list[str]:
    return [MOBIEL_HEADER, *(mobiel_line(number) for number in range(first, first + RECORDS))]


def _each(line: Callable[[int], str]) -> Callable[[int], list[str]]:
    return lambda first: [line(number) for number in range(first, first + RECORDS)]


def _after(header: Callable[[list[str]], list[str]], line: Callable[[int], str]) -> Callable[[int], list[str]]:
    return lambda first: header(_each(line)(first))


FEEDS: Final = (
    Feed("pbx", "asterisk_cdr_csv", "asterisk-*.csv"),
    Feed("broadworks", "broadworks_csv", "BW-*.csv"),
    Feed("wholesale", "nl_wholesale_fwv", "DDB-*.CDR"),
    Feed("mobiel", "mapping", "mobiel-*.csv", mapping="mobiel.toml"),
    Feed("custom", "asterisk_cdr_custom", "custom-*.csv"),
    Feed("freepbx", "freepbx_csv", "freepbx-*.csv"),
    Feed("dump", "freepbx_sql", "dump-*.sql"),
    Feed("freeswitch", "freeswitch_cdr_csv", "freeswitch-*.csv"),
    Feed("threecx", "threecx_cdr", "3cx-*.log"),
    Feed("uk", "uk_standard_cdr_v3", "uk-*.csv"),
    Feed("xml", "broadworks_xml", "BW-*.xml"),
)
COUNTS_LINES: Final = {feed.name for feed in FEEDS} - {"xml", "dump"}
"""Feeds whose lines are the lines of the file; of the others they are elements and rows."""

LAYOUTS: Final[dict[str, tuple[str, Callable[[int], list[str]]]]] = {
    "asterisk": ("asterisk-{}.csv", _asterisk),
    "broadworks": ("BW-{}.csv", _broadworks),
    "wholesale": ("DDB-{}.CDR", _wholesale),
    "mobiel": ("mobiel-{}.csv", _mobiel),
    "custom": ("custom-{}.csv", _each(custom_line)),
    "freepbx": ("freepbx-{}.csv", _each(freepbx_line)),
    "dump": ("dump-{}.sql", _after(sql_file, sql_line)),
    "freeswitch": ("freeswitch-{}.csv", _each(freeswitch_line)),
    "3cx": ("3cx-{}.log", _each(threecx_line)),
    "uk": ("uk-{}.csv", _after(uk_file, uk_line)),
    "xml": ("BW-{}.xml", _after(lambda found: broadworks_xml_file(found).split("\n"), cdr_data)),
}
"""Per layout, the name of its n-th file and its lines; no two files have a call in common. New formats join here."""


def file_of(layout: str, number: int) -> tuple[str, bytes]:
    """Return name and content of the n-th good file of a layout."""
    pattern, lines = LAYOUTS[layout]
    return pattern.format(f"{number:06d}"), content(lines(1 + number * RECORDS))


def _at(raw: bytes, place: float) -> int:
    return round(place * len(raw))


def _insert(piece: bytes) -> Damage:
    def damage(raw: bytes, place: float, _: Random) -> bytes:
        at = _at(raw, place)
        return raw[:at] + piece + raw[at:]

    return damage


def _on_a_line(change: Callable[[bytes, Random], bytes]) -> Damage:
    """Change one line, chosen by place; the line may become none or several."""

    def damage(raw: bytes, place: float, random: Random) -> bytes:
        lines = raw.split(b"\n")[:-1]
        at = min(round(place * len(lines)), len(lines) - 1)
        return b"\n".join([*lines[:at], change(lines[at], random), *lines[at + 1 :]]) + b"\n"

    return damage


def _fields(line: bytes) -> tuple[bytes, list[bytes]]:
    mark = b";" if line.count(b";") > line.count(b",") else b","
    return mark, line.split(mark)


def _one_field(value: bytes) -> Damage:
    """Write another value in one field, or over eight characters of a line without fields."""

    def change(line: bytes, random: Random) -> bytes:
        mark, fields = _fields(line)
        if len(fields) < 3:
            at = random.randrange(max(1, len(line) - 8))
            return line[:at] + value[:8].ljust(8) + line[at + 8 :]
        fields[random.randrange(len(fields))] = value
        return mark.join(fields)

    return _on_a_line(change)


def _lost_field(line: bytes, random: Random) -> bytes:
    mark, fields = _fields(line)
    del fields[random.randrange(len(fields))]
    return mark.join(fields)


def _more_fields(line: bytes, _: Random) -> bytes:
    return line + _fields(line)[0] * 3_000


def _bits(raw: bytes, place: float, random: Random) -> bytes:
    """Flip one bit in each of five bytes near a place."""
    spoilt = bytearray(raw)
    for _ in range(5):
        at = min(max(0, _at(raw, place) + random.randrange(-40, 40)), len(raw) - 1)
        spoilt[at] ^= 1 << random.randrange(8)
    return bytes(spoilt)


def _noise(raw: bytes, place: float, random: Random) -> bytes:
    at = _at(raw, place)
    return raw[:at] + random.randbytes(30) + raw[at + 30 :]


def _swapped(raw: bytes, place: float, random: Random) -> bytes:
    lines = raw.split(b"\n")[:-1]
    first, second = min(_at(raw, place) * len(lines) // max(1, len(raw)), len(lines) - 1), random.randrange(len(lines))
    lines[first], lines[second] = lines[second], lines[first]
    return b"\n".join(lines) + b"\n"


def _year(year: bytes) -> Damage:
    return _on_a_line(lambda line, _: re.sub(rb"2026", year, line))


def _zip(*contents: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, raw in enumerate(contents):
            archive.writestr(f"../{number}", raw)
    return out.getvalue()


def _zstd(raw: bytes) -> bytes:
    return bytes(pa.compress(raw, codec="zstd", asbytes=True))


DAMAGES: Final[dict[str, Damage]] = {
    "nothing": lambda raw, _place, _random: raw,
    "empty": lambda _raw, _place, _random: b"",
    "cut": lambda raw, place, _: raw[: _at(raw, place)],
    "no last line end": lambda raw, _place, _random: raw[:-1],
    "NUL": _insert(b"\0"),
    "many NULs": _insert(b"\0" * 4096),
    "Ctrl-Z": _insert(b"\x1a"),
    "escape code": _insert(b"\x1b[31m"),
    "byte order mark": _insert(b"\xef\xbb\xbf"),
    "UTF-16": lambda raw, _place, _random: raw.decode("iso-8859-1").encode("utf-16"),
    "UTF-16 without a mark": lambda raw, _place, _random: raw.decode("iso-8859-1").encode("utf-16-be"),
    "latin-1": _insert("é".encode("iso-8859-1")),
    "CRLF": lambda raw, _place, _random: raw.replace(b"\n", b"\r\n"),
    "CR only": lambda raw, _place, _random: raw.replace(b"\n", b"\r"),
    "one CR": _insert(b"\r"),
    "line end inside": _insert(b"\n"),
    "blank lines": _insert(b"\n\n \t\n\n"),
    "first line again": _on_a_line(lambda line, _: line + b"\n" + MOBIEL_HEADER.encode()),
    "line twice": _on_a_line(lambda line, _: line + b"\n" + line),
    "line lost": _on_a_line(lambda _line, _random: b""),
    "lines swapped": _swapped,
    "file twice": lambda raw, _place, _random: raw + raw,
    "open quote": _insert(b'"'),
    "quotes in quotes": _insert(b'""Name" <1115>"'),
    "field lost": _on_a_line(_lost_field),
    "field more": _on_a_line(lambda line, _: line + _fields(line)[0] + b"x"),
    "3,000 fields": _on_a_line(_more_fields),
    "100,000 characters": _insert(b"x" * 100_000),
    "other delimiter": lambda raw, _place, _random: raw.replace(b";", b"|").replace(b",", b"|"),
    "huge number": _one_field(b"99999999999999999999"),
    "2^63": _one_field(b"9223372036854775808"),
    "negative number": _one_field(b"-1"),
    "exponent": _one_field(b"1e3"),
    "NaN": _one_field(b"NaN"),
    "decimal comma": _one_field(b"12,5"),
    "formula": _one_field(b"=cmd|' /C calc'!A0"),
    "right to left": _one_field("\u202eabc\u200b".encode()),
    "year 0000": _year(b"0000"),
    "year 1970": _year(b"1970"),
    "year 2098": _year(b"2098"),
    "30 February": _on_a_line(lambda line, _: line.replace(b"2026-10-05", b"2026-02-30").replace(b"05-10-", b"30-02-")),
    "bits": _bits,
    "noise": _noise,
    "binary in front": lambda raw, _place, _random: b"\x7fELF\x02\x01\x01" + b"\0" * 9 + raw,
    "footer": lambda raw, _place, _random: raw + b"(6 rows)\n",
    "gzip": lambda raw, _place, _random: gzip.compress(raw, mtime=0),
    "gzip cut": lambda raw, place, _: gzip.compress(raw, mtime=0)[: 12 + _at(raw, place) // 8],
    "gzip spoilt": lambda raw, place, random: _bits(gzip.compress(raw, mtime=0), place, random),
    "gzip and more": lambda raw, _place, _random: gzip.compress(raw, mtime=0) + b"more",
    "zip": lambda raw, _place, _random: _zip(raw),
    "zip of two": lambda raw, _place, _random: _zip(raw, raw),
    "zip spoilt": lambda raw, place, random: _bits(_zip(raw), place, random),
    "zstd": lambda raw, _place, _random: _zstd(raw),
    "zstd spoilt": lambda raw, place, random: _bits(_zstd(raw), place, random),
    "bomb": lambda _raw, _place, random: gzip.compress(bytes([random.randrange(48, 58)]) * 3_000_000, mtime=0),
}
