"""Laws of the readers: whatever a file holds, each line ends in one bucket, and what comes out is a call."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from belnota.tables import Call
from pipelines.feeds import RECORD, REJECT, FileRefused
from pipelines.feeds.calls import as_calls
from tests.lib.raw_files import GOOD, KINDS, content, reader

_PIECES = [
    b'"',
    b",",
    b";",
    b"\n",
    b"\r\n",
    b"\r",
    b"\0",
    b"\x1a",
    b"\xff",
    b"",
    b"0",
    b"-",
    b"\xc3\xa9",
    b"  ",
    b"9" * 20,
]


@st.composite
def spoilt(draw, kind):
    """A good file with up to six mutations: bytes put in or replaced, lines dropped, doubled or moved, an end cut."""
    raw = content(GOOD[kind]())
    for _ in range(draw(st.integers(0, 6))):
        place = draw(st.integers(0, len(raw)))
        match draw(st.sampled_from(["insert", "replace", "double", "drop", "swap", "cut"])):
            case "insert":
                raw = raw[:place] + draw(st.sampled_from(_PIECES)) + raw[place:]
            case "replace":
                raw = raw[:place] + draw(st.binary(max_size=3)) + raw[place + 3 :]
            case "cut" if draw(st.booleans()):
                raw = raw[:place]
            case what:
                lines = raw.split(b"\n")
                index = draw(st.integers(0, len(lines) - 1))
                other = draw(st.integers(0, len(lines) - 1))
                if what == "double":
                    lines.insert(other, lines[index])
                elif what == "drop":
                    del lines[index]
                else:
                    lines[index], lines[other] = lines[other], lines[index]
                raw = b"\n".join(lines)
    return raw


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_every_line_ends_in_one_bucket_and_records_are_calls(kind, data):
    raw = data.draw(spoilt(kind))
    try:
        result = reader(kind)(raw)
    except FileRefused:
        return
    lines = raw.count(b"\n") + (not raw.endswith(b"\n"))
    assert result.lines == lines
    assert lines == result.framing_lines + result.filtered_lines + result.rejects.height + result.records.height
    assert result.records.schema == RECORD
    assert result.rejects.schema == REJECT
    assert result.rejects.null_count().pipe(lambda counts: counts.sum_horizontal().sum()) == 0
    numbers = [*result.records["line_number"], *result.rejects["line_number"]]
    assert len(set(numbers)) == len(numbers)
    calls = as_calls(result.records, feed=kind, file_id="0" * 64).unique("call_id").drop("raw_line")
    Call.validate(calls)


@pytest.mark.parametrize(
    "first",
    ["version=\x002 encoding=UTF-8", "version=14.2 encoding=UTF-8\x0b", f"version={'1' * 70_000} encoding=UTF-8"],
    ids=["a control character", "one behind it", "longer than any line"],
)
def test_a_first_line_of_broadworks_that_is_no_text_refuses_the_file(first):
    """It was framing and a bad line at once, found by the law above."""
    with pytest.raises(FileRefused, match="line 1 must read"):
        reader("broadworks")(content([first, *GOOD["broadworks"]()[1:]]))
