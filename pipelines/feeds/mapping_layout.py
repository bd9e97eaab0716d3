"""The sections of a mapping that say how lines become columns: [file], [columns] and [trailer]."""

from __future__ import annotations

import codecs
from typing import Final

from belnota.errors import Refused
from pipelines.feeds.durations import FORMS
from pipelines.feeds.mapping_model import Layout
from pipelines.feeds.mapping_table import Table
from pipelines.feeds.trailer import Trailer, trailer_pattern

FILE_KEYS: Final = (
    "delimiter",
    "quote",
    "quoting",
    "encoding",
    "columns",
    "width",
    "skip_lines",
    "rows_after_header",
    "framing",
    "empty",
    "trim",
)
TRAILER_KEYS: Final = ("line", "sum", "form")
_WIDEST: Final = 100_000


def layout_of(file: Table, columns: Table, trailer: Table) -> Layout:
    """Return the layout of a file; what contradicts itself is Refused."""
    spans = {name: _span(columns, name) for name in columns.raw}
    names = file.texts("columns", may_be_empty=True)
    for key in ("delimiter", "quote", "quoting", "columns", "rows_after_header") if spans else ():
        if key in file.raw:
            raise Refused(f"{file.where}: {key} is for delimited files; section [columns] says that this one is not")
    if names and "rows_after_header" in file.raw:
        raise Refused(f"{file.where}: columns says that there is no header, so rows_after_header has no meaning")
    if "width" in file.raw and not spans:
        raise Refused(f"{file.where}: width is for fixed columns; name them in section [columns]")
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise Refused(f"{file.where}: columns has {', '.join(twice)} more than once")
    is_tolerant = file.word("quoting", ("strict", "tolerant"), "strict") == "tolerant"
    quote = file.character("quote", '"', may_be_empty=True)
    if is_tolerant and not quote:
        raise Refused(f'{file.where}: quoting = "tolerant" needs a quote')
    delimiter = file.character("delimiter", ",")
    if delimiter == quote:
        raise Refused(f"{file.where}: delimiter and quote must differ")
    return Layout(
        delimiter=delimiter,
        quote=quote,
        is_tolerant=is_tolerant,
        encoding=_encoding(file),
        names=names,
        spans=spans,
        width=file.number("width", 0, most=_WIDEST),
        skip_lines=file.number("skip_lines", 0, most=_WIDEST),
        rows_after_header=file.number("rows_after_header", 0, most=9),
        framing=_beginnings(file),
        empty=file.texts("empty", may_be_empty=True),
        trims=file.flag("trim", default=bool(spans)),
        trailer=_trailer(trailer) if trailer.raw else None,
    )


def _span(columns: Table, name: str) -> tuple[int, int]:
    span = columns.raw[name]
    is_pair = isinstance(span, list) and len(span) == 2 and all(type(place) is int for place in span)
    if not is_pair or not 0 <= span[0] < span[1] <= _WIDEST:
        raise columns.wrong(name, "[from, to): two places counted from 0, the first one in and the second one out")
    return span[0], span[1]


def _beginnings(file: Table) -> tuple[str, ...]:
    framing = file.texts("framing", may_be_empty=True)
    if "" in framing:
        raise file.wrong("framing", "a list of texts that lines begin with, none of them empty")
    return framing


def _encoding(file: Table) -> str:
    value = file.text("encoding", "utf-8")
    try:
        # One line end must be one byte everywhere, so the wide encodings are out.
        narrow = "\n".encode(value) == b"\n" and "a".encode(value) == b"a"
        name = codecs.lookup(value).name
    except (LookupError, ValueError):
        narrow, name = False, ""
    if not narrow or name.startswith("utf-7"):
        raise Refused(f"{file.where}: encoding = {value!r} is unknown; write utf-8, iso-8859-1 or windows-1252")
    return value


def _trailer(part: Table) -> Trailer:
    line = part.text("line")
    try:
        trailer_pattern(line)
    except ValueError as error:
        raise Refused(f"{part.where}: line = {line!r}: {error}") from None
    has_sum = "{sum" in line
    if has_sum != ("sum" in part.raw):
        raise Refused(f"{part.where}: {{sum}} in line and sum = column go together")
    return Trailer(line, part.text("sum") if has_sum else "", part.word("form", FORMS, "whole"))
