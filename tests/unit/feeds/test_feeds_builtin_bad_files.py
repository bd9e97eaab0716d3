"""The table of bad files (reliability.md 2b) through the readers that came later, and the law of all readers."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from belnota.tables import Call
from pipelines.feeds import RECORD, REJECT, FileRefused, ReadResult
from pipelines.feeds.calls import as_calls
from tests.lib.raw_builtin import GOOD, KINDS, content, read, reader

every_reader = pytest.mark.parametrize("kind", KINDS)
CSV = tuple(kind for kind in KINDS if kind != "freepbx_sql")


def _good(kind: str) -> ReadResult:
    return read(kind, GOOD[kind]())


def _reasons(result: ReadResult) -> list[tuple[int, str]]:
    return list(result.rejects.select("line_number", "reason").iter_rows())


def _first_record(kind: str) -> int:
    return len(GOOD[kind]()) - 5


@every_reader
def test_a_good_file_is_read_whole(kind):
    result = _good(kind)
    assert result.records["quantity"].to_list() == [60] * 5
    assert result.records["key"].n_unique() == 5
    assert result.rejects.is_empty()
    assert result.lines == len(GOOD[kind]())


@every_reader
@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw.replace(b"\n", b"\r\n"),
        lambda raw: raw.rstrip(b"\n"),
        lambda raw: b"\xef\xbb\xbf" + raw,
    ],
    ids=["crlf", "no final line end", "byte order mark"],
)
def test_line_ends_and_a_byte_order_mark_change_nothing(kind, change):
    result = reader(kind)(change(content(GOOD[kind]())))
    good = _good(kind)
    assert result.records.equals(good.records)
    assert (result.lines, result.framing_lines) == (good.lines, good.framing_lines)


@every_reader
def test_blank_lines_are_framing(kind):
    lines = [part for line in GOOD[kind]() for part in (line, "", "  ")]
    result, good = read(kind, lines), _good(kind)
    assert result.records.drop("line_number").equals(good.records.drop("line_number"))
    assert result.framing_lines == good.framing_lines + 2 * good.lines


@every_reader
@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda _: b"", "empty"),
        (lambda raw: raw.decode().encode("utf-16"), "encoding"),
        (lambda raw: raw[:-10] + b"\xe9" + raw[-10:], "encoding"),
        (gzip.compress, "binary"),
        (lambda raw: raw.replace(b"\n", b"\r"), "line_ends"),
    ],
    ids=["empty", "utf-16", "latin-1", "gzip", "CR only"],
)
def test_what_is_not_this_text_is_refused_whole(kind, spoil, reason):
    with pytest.raises(FileRefused) as refusal:
        reader(kind)(spoil(content(GOOD[kind]())))
    assert refusal.value.reason == reason


@every_reader
def test_a_line_cut_at_the_end_of_the_file_is_truncated(kind):
    lines = GOOD[kind]()
    result = reader(kind)(content(lines)[: -len(lines[-1]) // 2])
    assert _reasons(result) == [(len(lines), "truncated")]
    assert result.records.height == 4


@every_reader
@pytest.mark.parametrize("control", ["\0", "\x1b", "\r"])
def test_a_control_character_rejects_its_line_only(kind, control):
    lines = GOOD[kind]()
    place = _first_record(kind) + 1
    lines[place] = lines[place][:40] + control + lines[place][41:]
    result = read(kind, lines)
    assert _reasons(result) == [(place + 1, "control_characters")]
    assert result.records.height == 4


@every_reader
def test_an_end_of_file_mark_is_its_own_reject(kind):
    result = reader(kind)(content(GOOD[kind]()) + b"\x1a")
    assert [reason for _, reason in _reasons(result)] == ["trailing_bytes"]
    assert result.records.height == 5


@every_reader
def test_an_open_quote_never_swallows_the_next_lines(kind):
    lines = GOOD[kind]()
    place = _first_record(kind) + 1
    mark = "'" if kind == "freepbx_sql" else '"'
    lines[place] = lines[place].replace(",", "," + mark + "x", 1)
    result = read(kind, lines)
    assert [line for line, _ in _reasons(result)] in ([place + 1], [])
    assert result.records["line_number"].to_list()[-3:] == [place + 2, place + 3, place + 4]
    assert _reasons(result) or kind == "freeswitch_cdr_csv"  # where a quote inside a value is fine


@pytest.mark.parametrize("kind", CSV)
@pytest.mark.parametrize("change", ["more", "fewer"])
def test_a_line_with_another_number_of_columns_is_rejected_alone(kind, change):
    lines = GOOD[kind]()
    place = _first_record(kind) + 1
    lines[place] = lines[place] + ',"x"' if change == "more" else lines[place].rpartition(",")[0]
    result = read(kind, lines)
    assert [line for line, _ in _reasons(result)] == [place + 1]
    assert _reasons(result)[0][1] == "columns"
    assert result.records.height == 4


@every_reader
@pytest.mark.parametrize("step", [1, 2, 3, 4, 5])
def test_a_foreign_layout_makes_no_records(kind, step):
    other = KINDS[(KINDS.index(kind) + step) % len(KINDS)]
    try:
        result = read(kind, GOOD[other]())
    except FileRefused:
        return
    assert result.records.is_empty()
    assert result.rejects.height > 0


_PIECES = [
    b'"',
    b"'",
    b"\\",
    b",",
    b"(",
    b")",
    b";",
    b"\n",
    b"\r\n",
    b"\0",
    b"\x1a",
    b"\xff",
    b"",
    b"0",
    b"-",
    b"9" * 20,
]


@st.composite
def _spoilt(draw, kind):
    """A good file with up to six mutations: bytes put in or replaced, lines dropped, doubled or moved, an end cut."""
    raw = content(GOOD[kind]())
    for _ in range(draw(st.integers(0, 6))):
        place = draw(st.integers(0, len(raw)))
        what = draw(st.sampled_from(["insert", "replace", "double", "drop", "swap", "cut"]))
        if what == "insert":
            raw = raw[:place] + draw(st.sampled_from(_PIECES)) + raw[place:]
        elif what == "replace":
            raw = raw[:place] + draw(st.binary(max_size=3)) + raw[place + 3 :]
        elif what == "cut":
            raw = raw[:place]
        else:
            lines = raw.split(b"\n")
            index, other = (draw(st.integers(0, len(lines) - 1)) for _ in range(2))
            if what == "double":
                lines.insert(other, lines[index])
            elif what == "drop":
                del lines[index]
            else:
                lines[index], lines[other] = lines[other], lines[index]
            raw = b"\n".join(lines)
    return raw


@every_reader
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_every_line_ends_in_one_bucket_and_records_are_calls(kind, data):
    raw = data.draw(_spoilt(kind))
    try:
        result = reader(kind)(raw)
    except FileRefused:
        return
    lines = raw.count(b"\n") + (not raw.endswith(b"\n"))
    assert result.lines == lines or kind == "freepbx_sql"  # where rows count, not lines
    assert result.records.schema == RECORD
    assert result.rejects.schema == REJECT
    assert result.rejects.null_count().pipe(lambda counts: counts.sum_horizontal().sum()) == 0
    numbers = [*result.records["line_number"], *result.rejects["line_number"]]
    assert len(set(numbers)) == len(numbers)
    calls = as_calls(result.records, feed="feed", file_id="0" * 64).unique("call_id").drop("raw_line")
    Call.validate(calls)
