"""BroadWorks XML: the same meaning as the CSV, and an XML file that nobody trusts."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.feeds import RECORD, REJECT, FileRefused, ReadResult
from pipelines.feeds.xml_records import xml_records
from tests.lib.raw_builtin import broadworks_xml_file, cdr_data, fault, one, reader
from tests.lib.raw_files import broadworks_file, broadworks_line
from tests.lib.raw_files import read as read_csv


def _read(*elements: str, **changes: object) -> ReadResult:
    return reader("broadworks_xml", **changes)(broadworks_xml_file(list(elements)).encode("iso-8859-1"))


def _refused(text: str) -> FileRefused:
    with pytest.raises(FileRefused) as refusal:
        reader("broadworks_xml")(text.encode("iso-8859-1"))
    return refusal.value


# --- meaning -------------------------------------------------------------------------------------------------------


def test_a_record_means_what_the_same_record_means_as_csv():
    xml = one(_read(cdr_data(7)))
    csv = one(read_csv("broadworks", [*broadworks_file(0)[:2], broadworks_line(7), broadworks_file(0)[-1]]))
    differ = ("key", "line_number", "raw_line")
    assert {name: xml[name] for name in xml if name not in differ} == {
        name: csv[name] for name in csv if name not in differ
    }
    assert xml["key"] == "0000000007001A4B20261005100000.0001+020000"  # as the demo's CSV writes a recordId


def test_every_element_is_a_line_and_markers_are_framing():
    result = _read(cdr_data(1), cdr_data(2, type="Long Duration"), cdr_data(3, direction="Sideways"))
    assert (result.lines, result.framing_lines, result.filtered_lines) == (5, 2, 1)
    assert result.records["line_number"].to_list() == [2]
    assert result.rejects.select("line_number", "reason").rows() == [(4, "value")]
    assert result.rejects["raw_line"][0].startswith("<cdrData>")
    assert result.rejects["raw_line"][0].endswith("</cdrData>")


@pytest.mark.parametrize(
    ("calling", "called", "direction"),
    [("+31201234567", "+31612345678", "out"), ("+31612345678", "+31201234567", "in")],
)
def test_a_record_without_direction_gets_it_from_its_user(calling, called, direction):
    call = one(_read(cdr_data(1, direction="", callingNumber=calling, calledNumber=called)))
    assert (call["direction"], call["own_number"], call["other_number"]) == (direction, "+31201234567", "+31612345678")


def test_a_record_whose_user_neither_called_nor_was_called_is_rejected():
    assert fault(_read(cdr_data(1, direction="", callingNumber="+31301112223")))[0] == "value"


def test_a_withheld_caller_stays_withheld():
    line = cdr_data(1, direction="Terminating", callingNumber="+31301112223", callingPresentationIndicator="Anonymous")
    assert one(_read(line))["other_number"] == "anonymous"


def test_an_unanswered_call_has_no_quantity():
    call = one(_read(cdr_data(1, answerIndicator="No", answerTime="")))
    assert (call["is_answered"], call["quantity"]) == (False, 0)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"answerIndicator": "Perhaps"}, "value"),
        ({"releaseTime": "20261005100000.000"}, "range"),
        ({"releaseTime": ""}, "time"),
        ({"answerTime": "20261305100000.000"}, "time"),
        ({"userNumber": ""}, "own_number"),
    ],
)
def test_values_that_cannot_be(changes, reason):
    assert fault(_read(cdr_data(1, **changes)))[0] == reason


def test_an_element_that_stands_twice_rejects_its_record():
    twice = cdr_data(1).replace("</basicModule>", "<calledNumber>112</calledNumber></basicModule>")
    result = _read(twice, cdr_data(2))
    assert result.rejects.select("line_number", "reason", "detail").rows() == [
        (2, "columns", "calledNumber stands in it twice")
    ]
    assert result.records.height == 1


def test_the_same_name_in_another_module_is_another_field():
    other = cdr_data(1).replace("</cdrData>", "<ipModule><calledNumber>112</calledNumber></ipModule></cdrData>")
    assert one(_read(other))["dialled"] == "+31612345678"


def test_letters_outside_ascii_are_read_by_the_declared_encoding():
    named = cdr_data(1).replace("</basicModule>", "<userName>Andr\xe9</userName></basicModule>")
    assert "Andr\xe9" in one(_read(named))["raw_line"]
    utf8 = broadworks_xml_file([named]).replace("ISO-8859-1", "UTF-8").encode()
    assert "Andr\xe9" in one(reader("broadworks_xml")(utf8))["raw_line"]


@pytest.mark.parametrize("doctype", ["", "<!DOCTYPE broadWorksCDR>", "<!-- from the platform -->"])
def test_an_empty_doctype_is_accepted(doctype):
    text = broadworks_xml_file([cdr_data(1)], doctype)
    assert reader("broadworks_xml")(text.encode()).records.height == 1


# --- what no one trusts --------------------------------------------------------------------------------------------

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    "doctype",
    [
        f'<!DOCTYPE broadWorksCDR [<!ENTITY l0 "ha">{LAUGHS}]>',
        '<!DOCTYPE broadWorksCDR [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE broadWorksCDR SYSTEM "http://example.net/cdr.dtd">',
        '<!DOCTYPE broadWorksCDR PUBLIC "-//x//y" "file:///etc/passwd">',
        '<!DOCTYPE broadWorksCDR [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>',
        "<!DOCTYPE broadWorksCDR []>",
    ],
    ids=["billion laughs", "external entity", "external subset", "public subset", "parameter entity", "empty subset"],
)
def test_a_doctype_that_brings_anything_is_refused_before_it_is_read(doctype, monkeypatch):
    opened: list[object] = []
    monkeypatch.setattr("builtins.open", lambda *given, **_: opened.append(given))
    monkeypatch.setattr("socket.socket.connect", lambda *given: opened.append(given))
    began = time.process_time()
    refusal = _refused(broadworks_xml_file([cdr_data(1, dialedDigits="&l9;&x;")], doctype))
    assert time.process_time() - began < 5
    assert opened == []
    assert refusal.reason == "xml"
    assert "line 2: the DOCTYPE must be empty" in refusal.sentence


def test_an_entity_that_nobody_declared_is_refused():
    refusal = _refused(broadworks_xml_file([cdr_data(1, dialedDigits="&x;")]))
    assert (refusal.reason, "undefined entity" in refusal.sentence) == ("xml", True)


@pytest.mark.parametrize(
    ("element", "sentence"),
    [
        ("<cdrData>" + "<a>" * 100 + "</a>" * 100 + "</cdrData>", "levels"),
        ("<cdrData>" + "<a/>" * 3000 + "</cdrData>", "2000 elements"),
        (cdr_data(1, dialedDigits="0" * 5000), "longer than 4096"),
        ("<other/>", "only <cdrData> may stand"),
        ("<cdrData><a></cdrData></a>", "mismatched tag"),
        (cdr_data(1, dialedDigits="\x01"), "not well-formed"),
    ],
    ids=["deep", "wide", "long", "another element", "crossed", "control character"],
)
def test_a_tree_that_is_no_list_of_records_is_refused_whole(element, sentence):
    refusal = _refused(broadworks_xml_file([cdr_data(1), element]))
    assert refusal.reason == "xml"
    assert sentence in refusal.sentence
    assert refusal.sentence.startswith("line ")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"version=14.2 encoding=ISO-8859-1\n", "header"),
        (b"<html><body/></html>", "header"),
        (b"\x1f\x8b\x08\x00", "header"),
        (broadworks_xml_file().encode("utf-16"), "encoding"),
        (broadworks_xml_file().encode("utf-16-le"), "encoding"),
        (broadworks_xml_file().replace("ISO-8859-1", "EBCDIC").encode(), "encoding"),
    ],
    ids=["empty", "csv", "html", "gzip", "utf-16", "utf-16 without a mark", "unknown encoding"],
)
def test_another_kind_of_file_is_refused_whole(content, reason):
    with pytest.raises(FileRefused) as refusal:
        reader("broadworks_xml")(content)
    assert refusal.value.reason == reason


def test_a_file_cut_anywhere_is_refused_whole():
    text = broadworks_xml_file()
    for size in range(120, len(text) - 1, 97):
        refusal = _refused(text[:size])
        assert (size, refusal.reason) == (size, "truncated")


def test_a_file_without_its_end_marker_is_not_complete():
    assert _refused(broadworks_xml_file().replace("<type>End</type>", "<type>Normal</type>")).reason == "truncated"
    assert _refused("<broadWorksCDR></broadWorksCDR>").reason == "truncated"


def test_something_after_the_end_is_refused():
    assert _refused(broadworks_xml_file() + "<cdrData/>").reason == "xml"


def test_a_large_file_is_read_in_pieces():
    elements = [cdr_data(number) for number in range(1, 2001)]
    text = broadworks_xml_file(elements).encode()
    found = xml_records(text, root="broadWorksCDR", record="cdrData", paths=("basicModule/calledNumber",))
    assert len(text) > 1 << 20
    assert found.raw == [cdr_data(0, type="Start"), *elements, cdr_data(99, type="End")]


_PIECES = [
    b"<",
    b">",
    b"&",
    b"&x;",
    b"</cdrData>",
    b"<cdrData>",
    b"<!ENTITY x 'y'>",
    b"]]>",
    b"<![CDATA[",
    b"\0",
    b"\xe9",
    b"",
]


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_whatever_stands_in_the_file_it_is_read_or_refused_and_every_element_ends_in_one_bucket(data):
    raw = broadworks_xml_file().encode()
    for _ in range(data.draw(st.integers(0, 4))):
        place = data.draw(st.integers(0, len(raw)))
        piece = data.draw(st.one_of(st.sampled_from(_PIECES), st.binary(max_size=3)))
        raw = raw[:place] + piece + raw[place + data.draw(st.sampled_from([0, 1, 300])) :]
    try:
        result = reader("broadworks_xml")(raw)
    except FileRefused:
        return
    assert (result.records.schema, result.rejects.schema) == (RECORD, REJECT)
    assert result.rejects.null_count().pipe(lambda counts: counts.sum_horizontal().sum()) == 0
    numbers = [*result.records["line_number"], *result.rejects["line_number"]]
    assert len(set(numbers)) == len(numbers)
