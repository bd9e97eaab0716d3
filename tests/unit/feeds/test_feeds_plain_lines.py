"""Plain lines are read the fast way, odd ones one by one, in blocks or at once: what comes out is always the same."""

from __future__ import annotations

import io
import random
from dataclasses import fields

import polars as pl
import pytest

from belnota.settings import Feed
from pipelines.feeds import FileRefused, LineReader, ReadResult, reader_of
from pipelines.feeds.blocks import blocks_of
from pipelines.feeds.plain_lines import PlainShape, part_plain
from pipelines.feeds.result import put_together
from pipelines.feeds.scan import MAX_LINE

COLUMNS = ["id", "from", "to", "at", "seconds"]
REST = """
[key]
columns = ["id"]
[time]
column = "at"
format = "%Y-%m-%d %H:%M:%S"
[direction]
value = "out"
[service]
value = "voice"
[quantity]
voice = { column = "seconds" }
[own]
column = "from"
[other]
column = "to"
[leave_out]
to = ["none"]
"""
WITH_HEADER = (
    '[file]\ndelimiter = ";"\nskip_lines = 1\nrows_after_header = 1\nframing = ["#"]\nempty = ["NULL"]\n' + REST
)
WITHOUT = (
    f'[file]\ndelimiter = "\\t"\nencoding = "iso-8859-1"\ncolumns = {COLUMNS}\ntrim = true\n'.replace("'", '"') + REST
)
TOLERANT = '[file]\ndelimiter = ","\nquoting = "tolerant"\n' + REST
UNQUOTED = '[file]\ndelimiter = "|"\nquote = ""\n' + REST
LAYOUTS = {
    "header": (WITH_HEADER, ";"),
    "none": (WITHOUT, "\t"),
    "tolerant": (TOLERANT, ","),
    "unquoted": (UNQUOTED, "|"),
}
ODD = [
    "",
    '"',
    '""',
    '"a',
    'a"',
    '"x""y"',
    '"a;b"',
    '"a,b"',
    "\x00",
    "\x7f",
    "\r",
    "é",
    "\ufeff",
    " ",
    "\t",
    "NULL",
    "none",
]


def reader(mapping: str) -> LineReader:
    made = reader_of(Feed("f", "mapping", "*", mapping="m.toml"), mapping)
    assert isinstance(made, LineReader)
    return made


def good(number: int, mark: str) -> str:
    quoted = '"{}"' if number % 3 == 0 and mark != "|" else "{}"
    return mark.join([f"c{number}", quoted.format("0612345678"), "", "2026-10-05 12:00:00", quoted.format(number % 90)])


def lines_of(layout: str, random_: random.Random, count: int) -> list[str]:
    """Lines of which half are good, and the others odd in all the ways that a line can be."""
    mark, heading = LAYOUTS[layout][1], []
    if layout == "header":
        heading = ["an export of today", ";".join(COLUMNS), "INTEGER;VARCHAR;VARCHAR;TIME;INTEGER"]
    elif layout != "none":
        heading = [mark.join(COLUMNS)]
    lines = list(heading)
    for number in range(count):
        fields_ = good(number, mark).split(mark)
        match random_.randrange(12):
            case 0 | 1:
                fields_[random_.randrange(5)] = random_.choice(ODD)
            case 2:
                fields_.insert(random_.randrange(6), random_.choice(["", "x", *ODD]))
            case 3:
                fields_.pop()
            case 4:
                fields_ = [
                    random_.choice([*heading, "", " ", "\t\t\t\t", "# 1", "#", mark * 4, "\x1a", "x" * (MAX_LINE + 1)])
                ]
            case 5:
                fields_[2] = random_.choice(ODD) + random_.choice(ODD)
        lines.append(mark.join(fields_))
    return lines


def written(layout: str, seed: int, count: int = 300) -> bytes:
    random_ = random.Random(seed)
    text = "".join(line + random_.choice(["\n", "\n", "\r\n"]) for line in lines_of(layout, random_, count))
    text = text if seed % 2 else text.rstrip("\r\n")
    encoding = "iso-8859-1" if layout == "none" else "utf-8"
    return text.replace("\ufeff", "ï").encode(encoding) if layout == "none" else text.encode(encoding)


def assert_same(one: ReadResult, other: ReadResult) -> None:
    for name in (field.name for field in fields(ReadResult)):
        here, there = getattr(one, name), getattr(other, name)
        if isinstance(here, pl.DataFrame):
            assert here.schema == there.schema, name
            assert here.rows() == there.rows(), name
        else:
            assert here == there, name


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("seed", range(4))
def test_the_fast_way_and_the_careful_way_agree(layout, seed, monkeypatch):
    read, content = reader(LAYOUTS[layout][0]), written(layout, seed)
    fast = read(content)
    monkeypatch.setattr(PlainShape, "is_possible", property(lambda _: False))
    assert_same(fast, read(content))
    assert fast.records.height > 100
    assert set(fast.rejects["reason"]) >= {"columns", "control_characters", "too_long"}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("size", [1, 100, 5_000])
def test_in_blocks_of_any_size_a_file_says_the_same(layout, size):
    read, content = reader(LAYOUTS[layout][0]), written(layout, size, count=60)
    blocks = list(blocks_of(io.BytesIO(content), size))
    assert b"".join(blocks) == content
    assert all(block.endswith(b"\n") for block in blocks[:-1])
    assert_same(put_together(read.by_blocks(blocks)), read(content))


def test_good_lines_are_plain_quoted_or_not():
    """Else the tests above would compare the careful way with itself."""
    lines = [good(number, ";") for number in range(9)] + ['1;"a;b";;;', '1;"a""b";;;', '1;"a;;;', ";".join("123456")]
    found = part_plain("\r\n".join([*lines, "cut;;;;"]).encode(), PlainShape(";", '"', 5), after=100)
    assert found.numbers.to_list() == list(range(101, 110))
    assert found.odd_numbers.to_list() == list(range(110, 115))
    assert found.odd.endswith(b"cut;;;;")


def test_a_byte_that_is_no_text_is_named_by_its_line_in_whatever_block_it_stands():
    read = reader(TOLERANT)
    lines = [",".join(COLUMNS), *(good(number, ",") for number in range(50))]
    content = "\n".join(lines).encode() + b"\nx,\xe9,,,\n"
    for size in (64, 1_000_000):
        with pytest.raises(FileRefused, match="line 52: byte 0xE9 is not utf-8"):
            list(read.by_blocks(blocks_of(io.BytesIO(content), size)))


def test_a_file_without_any_line_or_header_is_refused_by_blocks_as_well():
    read = reader(WITH_HEADER)
    for content, reason in ((b"", "empty"), (b"\n" * 500, "header"), (b"first\n" + b"# no\n" * 500, "header")):
        with pytest.raises(FileRefused) as refusal:
            list(read.by_blocks(blocks_of(io.BytesIO(content), 64)))
        assert refusal.value.reason == reason
