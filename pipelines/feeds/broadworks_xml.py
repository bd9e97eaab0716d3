"""BroadWorks accounting XML: the same records as the CSV, one `cdrData` element each.

Source: shared design, feeds.md 1.3.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from belnota.settings import Feed
from pipelines.feeds import options
from pipelines.feeds.broadworks_calls import TIME, value_checks, with_call
from pipelines.feeds.result import (
    Check,
    FileRefused,
    Reader,
    ReadResult,
    as_records,
    as_rejects,
    judge,
    record_checks,
)
from pipelines.feeds.xml_records import xml_records

FORMAT: Final = "broadworks_xml"
_ROOT, _RECORD = "broadWorksCDR", "cdrData"
_IDENTITY = tuple(f"headerModule/recordId/{name}" for name in ("eventCounter", "systemId", "date", "systemTimeZone"))
_FIELDS: Final = {
    "kind": "headerModule/type",
    "user_number": "basicModule/userNumber",
    "said_way": "basicModule/direction",
    "calling_number": "basicModule/callingNumber",
    "presentation": "basicModule/callingPresentationIndicator",
    "called_number": "basicModule/calledNumber",
    "start_time": "basicModule/startTime",
    "answer_indicator": "basicModule/answerIndicator",
    "answer_time": "basicModule/answerTime",
    "release_time": "basicModule/releaseTime",
    "dialed_digits": "basicModule/dialedDigits",
}


def broadworks_xml(feed: Feed) -> Reader:
    """Return the reader of one BroadWorks feed in XML; Refused when an option is wrong.

    Options and meaning are those of `broadworks_csv`. `line_number` is the number of the `cdrData` element, from 1,
    and the lines of a file are its elements. The identity is the four parts of recordId, as the CSV writes them. A
    record without direction is Originating when the user is the calling number, Terminating when he is the called one.
    """
    options.only(feed, ("seconds",))
    mode = options.rounding(feed)

    def read(content: bytes) -> ReadResult:
        elements = _elements(content)
        is_marker = pl.col("kind").is_in(["Start", "End"])
        if elements.is_empty() or elements["kind"][-1] != "End":
            raise FileRefused(
                "truncated", "the last record must be the End marker: the file is not complete; ask for it again"
            )
        rows = elements.filter(~is_marker)
        shaped, misshapen = judge(rows, [Check("columns", pl.col("fault") != "", pl.col("fault"))])
        calls = shaped.filter(pl.col("kind") == "Normal")
        good, bad = judge(with_call(calls, mode), [*value_checks(), *record_checks(TIME)])
        return ReadResult(
            records=as_records(good),
            rejects=as_rejects(misshapen, bad),
            lines=elements.height,
            framing_lines=elements.height - rows.height,
            filtered_lines=shaped.height - calls.height,
        )

    return read


def _elements(content: bytes) -> pl.DataFrame:
    """Return the records of a file: line_number, text, fault, and the texts of `broadworks_calls.FIELDS`."""
    found = xml_records(content, root=_ROOT, record=_RECORD, paths=(*_IDENTITY, *_FIELDS.values()))
    texts = {"text": found.raw, "fault": found.fault}
    texts |= {name: found.texts[path] for name, path in _FIELDS.items()}
    texts |= {path: found.texts[path] for path in _IDENTITY}
    frame = pl.DataFrame(texts, schema=dict.fromkeys(texts, pl.String)).with_row_index("line_number", offset=1)
    user = pl.col("user_number")
    is_calling, is_called = user == pl.col("calling_number"), user == pl.col("called_number")
    return frame.with_columns(
        line_number=pl.col("line_number").cast(pl.Int64),
        record_id=pl.when(pl.col(_IDENTITY[0]) != "").then(pl.concat_str(_IDENTITY)).otherwise(pl.lit("")),
        way=pl.when((pl.col("said_way") == "") & is_calling & ~is_called)
        .then(pl.lit("Originating"))
        .when((pl.col("said_way") == "") & is_called & ~is_calling)
        .then(pl.lit("Terminating"))
        .otherwise("said_way"),
    )
