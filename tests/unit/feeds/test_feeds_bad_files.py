"""The table of bad files (reliability.md 2b), through every reader."""

from __future__ import annotations

import gzip

import pytest

from pipelines.feeds import FileRefused, ReadResult
from tests.lib.raw_files import GOOD, KINDS, content, read, reader

every_reader = pytest.mark.parametrize("kind", KINDS)
CSV_KINDS = ("asterisk", "broadworks", "mobiel")


def _good(kind: str) -> ReadResult:
    return read(kind, GOOD[kind]())


def _reasons(result: ReadResult) -> list[tuple[int, str]]:
    return list(result.rejects.select("line_number", "reason").iter_rows())


def _first_record(kind: str) -> int:
    """Index of the first record's line in a good file."""
    return {"asterisk": 0, "broadworks": 2, "wholesale": 1, "mobiel": 1}[kind]


@every_reader
def test_a_good_file_is_read_whole(kind):
    result = _good(kind)
    assert result.records.height == 5
    assert result.rejects.is_empty()
    assert result.lines == len(GOOD[kind]())


@every_reader
@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw.replace(b"\n", b"\r\n"),
        lambda raw: raw.rstrip(b"\n"),
        lambda raw: raw.replace(b"\n", b"\r\n").removesuffix(b"\r\n"),
    ],
    ids=["crlf", "no final line end", "crlf without the last"],
)
def test_line_ends_change_nothing(kind, change):
    result = reader(kind)(change(content(GOOD[kind]())))
    good = _good(kind)
    assert result.records.equals(good.records)
    assert (result.lines, result.framing_lines) == (good.lines, good.framing_lines)


@pytest.mark.parametrize("kind", ["asterisk", "mobiel"])
def test_a_byte_order_mark_changes_nothing(kind):
    result = reader(kind)(b"\xef\xbb\xbf" + content(GOOD[kind]()))
    assert result.records.equals(_good(kind).records)


@every_reader
def test_blank_lines_are_framing(kind):
    lines = [part for line in GOOD[kind]() for part in (line, "", "  ")]
    result = read(kind, lines)
    good = _good(kind)
    assert result.records.drop("line_number").equals(good.records.drop("line_number"))
    assert result.framing_lines == good.framing_lines + 2 * good.lines


@every_reader
@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda _: b"", "empty"),
        (lambda raw: raw.decode().encode("utf-16"), "encoding"),
        (lambda raw: b"\xfe\xff" + raw.decode().encode("utf-16-be"), "encoding"),
        (lambda raw: raw.decode().encode("utf-16-le"), "binary"),
        (gzip.compress, "binary"),
        (lambda raw: b"PK\x03\x04" + raw, "binary"),
    ],
    ids=["empty", "utf-16", "utf-16-be", "utf-16 without a mark", "gzip", "zip"],
)
def test_what_is_not_text_is_refused_whole(kind, spoil, reason):
    with pytest.raises(FileRefused) as refusal:
        reader(kind)(spoil(content(GOOD[kind]())))
    # BroadWorks declares its encoding in line 1, so there a foreign file fails at that line already
    assert refusal.value.reason in {reason, "header"} if kind == "broadworks" else refusal.value.reason == reason
    assert refusal.value.sentence


@pytest.mark.parametrize("kind", ["asterisk", "mobiel"])
def test_a_byte_that_is_not_utf8_is_refused_by_line(kind):
    lines = content(GOOD[kind]()).split(b"\n")
    lines[2] = lines[2] + b"\xe9"
    with pytest.raises(FileRefused) as refusal:
        reader(kind)(b"\n".join(lines))
    assert refusal.value.reason == "encoding"
    assert refusal.value.sentence.startswith("line 3: byte 0xE9 is not utf-8")


@every_reader
def test_line_ends_of_cr_only_are_refused(kind):
    with pytest.raises(FileRefused) as refusal:
        reader(kind)(content(GOOD[kind](), end="\r"))
    assert refusal.value.reason in {"line_ends", "header"}


def test_a_broadworks_file_without_its_end_marker_is_refused():
    lines = GOOD["broadworks"]()
    with pytest.raises(FileRefused, match="End marker") as refusal:
        reader("broadworks")(content(lines[:-1]))
    assert refusal.value.reason == "truncated"


@pytest.mark.parametrize("kind", [kind for kind in CSV_KINDS if kind != "broadworks"])
def test_a_line_cut_at_the_end_of_the_file_is_truncated(kind):
    lines = GOOD[kind]()
    last = _first_record(kind) + 4
    raw = content(lines[: last + 1])
    result = reader(kind)(raw[: -len(lines[last]) // 2])
    assert _reasons(result) == [(last + 1, "truncated")]
    assert result.records.height == 4


def test_an_asterisk_line_that_lost_optional_columns_at_the_end_is_truncated():
    lines = GOOD["asterisk"]()
    raw = content(lines).rstrip(b"\n").rpartition(b",")[0]  # 20 columns, which the format allows elsewhere
    assert _reasons(reader("asterisk")(raw)) == [(5, "truncated")]


def test_a_wholesale_file_without_its_end_is_refused_whole():
    raw = content(GOOD["wholesale"]())
    for end in (-20, -183, -400):
        with pytest.raises(FileRefused) as refusal:
            reader("wholesale")(raw[:end])
        assert refusal.value.reason == "truncated"


@every_reader
@pytest.mark.parametrize("control", ["\0", "\x07", "\x1b", "\r", "\x7f"])
def test_a_control_character_rejects_its_line_only(kind, control):
    lines = GOOD[kind]()
    place = _first_record(kind) + 1
    lines[place] = lines[place][:40] + control + lines[place][41:]
    if kind == "wholesale":  # its trailer counts the line, but its sums can no longer be checked
        with pytest.raises(FileRefused, match="trailer"):
            read(kind, lines)
        return
    result = read(kind, lines)
    assert _reasons(result) == [(place + 1, "control_characters")]
    assert f"0x{ord(control):02X}" in result.rejects["detail"][0]
    assert result.records.height == 4


@pytest.mark.parametrize("kind", CSV_KINDS)
def test_an_end_of_file_mark_is_its_own_reject(kind):
    result = reader(kind)(content(GOOD[kind]()) + b"\x1a")
    assert [reason for _, reason in _reasons(result)] == ["trailing_bytes"]
    assert result.records.equals(_good(kind).records)


@pytest.mark.parametrize("kind", CSV_KINDS)
def test_an_open_quote_never_swallows_the_next_lines(kind):
    lines = GOOD[kind]()
    place = _first_record(kind) + 1
    separator = ";" if kind == "mobiel" else ","
    lines[place] = lines[place].replace(separator, separator + '"x', 1)
    result = read(kind, lines)
    assert _reasons(result) == [(place + 1, "quoting")]
    assert result.rejects["raw_line"].to_list() == [lines[place]]
    assert result.records.height == 4


@pytest.mark.parametrize("kind", CSV_KINDS)
@pytest.mark.parametrize("change", ["more", "fewer"])
def test_a_line_with_another_number_of_columns_is_rejected_alone(kind, change):
    lines = GOOD[kind]()
    place = _first_record(kind) + 1
    separator = ";" if kind == "mobiel" else ","
    parts = lines[place].split(separator)
    lines[place] = separator.join([*parts, "x"] if change == "more" else parts[:8])
    result = read(kind, lines)
    assert _reasons(result) == [(place + 1, "columns")]
    assert result.records.height == 4


def test_an_asterisk_line_that_lost_one_column_in_the_middle_is_rejected():
    lines = GOOD["asterisk"]()
    for lost in (2, 9, 12, 14):
        parts = lines[1].replace('"""Piet, ""de"" Vries"" <0201234567>"', '"x"').replace("b,60", "b").split(",")
        del parts[lost]
        result = read("asterisk", [lines[0], ",".join(parts), *lines[2:]])
        assert [line for line, _ in _reasons(result)] == [2]


def test_the_header_repeated_inside_is_framing():
    lines = GOOD["mobiel"]()
    result = read("mobiel", [*lines, lines[0], *lines[1:]])
    assert result.framing_lines == 2
    assert result.records.height == 10


def test_a_header_only_is_an_accepted_file_without_records():
    result = read("mobiel", GOOD["mobiel"]()[:1])
    assert (result.lines, result.framing_lines, result.records.height) == (1, 1, 0)


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw.replace(b";", b","),
        lambda raw: raw.replace(b"msisdn", b"nummer"),
        lambda raw: raw.replace(b"bytes_op", b"duur_sec", 1),
        lambda raw: raw.split(b"\n", 1)[1],
    ],
    ids=["wrong delimiter", "renamed", "twice", "no header"],
)
def test_another_header_is_refused_by_name(change):
    with pytest.raises(FileRefused) as refusal:
        reader("mobiel")(change(content(GOOD["mobiel"]())))
    assert refusal.value.reason == "header"


def test_reordered_and_extra_columns_are_read_by_name():
    lines = [";".join([*reversed(line.split(";")), "extra"]) for line in GOOD["mobiel"]()]
    result = read("mobiel", lines)
    assert result.records.drop("raw_line").equals(_good("mobiel").records.drop("raw_line"))


@every_reader
@pytest.mark.parametrize("step", [1, 2, 3])
def test_a_foreign_layout_makes_no_records(kind, step):
    other = KINDS[(KINDS.index(kind) + step) % len(KINDS)]
    try:
        result = read(kind, GOOD[other]())
    except FileRefused:
        return
    assert result.records.is_empty()
    assert result.rejects.height > 0
