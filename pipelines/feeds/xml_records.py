"""A flat XML file of records to texts by path, without trust: no entities, no outside files, no depth, no tree.

Python's own expat is told to stop at the first sign of any of them; that it does is held by tests.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat  # every way to more than elements and text is closed below

from pipelines.feeds.result import FileRefused

_DEPTH: Final = 12
_TEXT: Final = 4096
_ELEMENTS: Final = 2_000
_PIECE: Final = 1 << 20
_ENCODINGS: Final = {"iso-8859-1": "iso-8859-1", "utf-8": "utf-8", "us-ascii": "ascii"}


@dataclass
class Records:
    """What was found: per record the raw text, what is wrong with its shape ("" if nothing), and texts by path."""

    raw: list[str] = field(default_factory=list)
    fault: list[str] = field(default_factory=list)
    texts: dict[str, list[str]] = field(default_factory=dict)


def xml_records(content: bytes, *, root: str, record: str, paths: tuple[str, ...]) -> Records:
    """Return the records of a file whose root holds nothing but `record` elements.

    `paths` (`headerModule/type`) are the texts to keep; one that is missing is "", one that stands twice in a record
    is that record's fault. One element after the other is read and let go. FileRefused: `header` (no XML, another
    root), `encoding`, `xml` (not well-formed, an entity, an external or internal subset, too deep, too much in one
    record), `truncated` (the root does not end).
    """
    if not content:
        raise FileRefused("empty", "the file is empty; ask for it again")
    if (b"<" in content[:4] and b"\0" in content[:4]) or content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise FileRefused("encoding", f"the file is UTF-16 or UTF-32; known are {', '.join(_ENCODINGS)}")
    return _Reading(content, root, record, paths).read()


class _Reading:
    def __init__(self, content: bytes, root: str, record: str, paths: tuple[str, ...]) -> None:
        self._content, self._root, self._record = content, root, record
        self._paths = frozenset(paths)
        self._found = Records(texts={path: [] for path in paths})
        self._encoding = "utf-8"
        self._stack: list[str] = []
        self._one: dict[str, str] = {}
        self._fault = ""
        self._pieces: list[str] = []
        self._size = self._elements = self._begin = 0
        self._ended = False
        parser = self._parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.XmlDeclHandler = self._declared
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._entity
        parser.ExternalEntityRefHandler = self._external
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text

    def read(self) -> Records:
        try:
            for place in range(0, len(self._content), _PIECE):
                self._parser.Parse(self._content[place : place + _PIECE], False)
            self._parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise self._broken(error) from None
        return self._found

    def _broken(self, error: expat.ExpatError) -> FileRefused:
        said = expat.ErrorString(error.code)
        if not self._stack and not self._ended:
            return FileRefused("header", f"line {error.lineno}: this is no XML with <{self._root}> at its top: {said}")
        if error.code in (expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS], *_CUT) and not self._ended:
            return FileRefused(
                "truncated", f"the file ends before </{self._root}>: it is not complete; ask for it again"
            )
        return FileRefused("xml", f"line {error.lineno}, column {error.offset + 1}: {said}; ask for the file again")

    def _here(self, sentence: str) -> FileRefused:
        return FileRefused("xml", f"line {self._parser.CurrentLineNumber}: {sentence}")

    def _declared(self, _version: str, encoding: str | None, _standalone: int) -> None:
        name = (encoding or "utf-8").lower()
        if name not in _ENCODINGS:
            raise FileRefused("encoding", f"line 1: encoding {encoding} is unknown; known are {', '.join(_ENCODINGS)}")
        self._encoding = _ENCODINGS[name]

    def _doctype(self, _name: str, system: str | None, public: str | None, has_subset: int) -> None:
        if system or public or has_subset:
            raise self._here("the DOCTYPE must be empty: entities and other files are not read")

    def _entity(self, *_: object) -> None:
        raise self._here("entities are not read")

    def _external(self, *_: object) -> int:
        raise self._here("other files are not read")

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        if not self._stack and name != self._root:
            raise FileRefused("header", f"the top element is not <{self._root}>: this is another kind of file")
        if len(self._stack) == 1:
            if name != self._record:
                raise self._here(f"only <{self._record}> may stand in <{self._root}>")
            self._begin, self._one, self._fault, self._elements = self._parser.CurrentByteIndex, {}, "", 0
        self._elements += 1
        if len(self._stack) >= _DEPTH or self._elements > _ELEMENTS:
            raise self._here(f"<{self._record}> has more than {_DEPTH} levels or {_ELEMENTS} elements")
        self._stack.append(name)
        self._pieces, self._size = [], 0

    def _text(self, text: str) -> None:
        self._size += len(text)
        if self._size > _TEXT:
            raise self._here(f"a text is longer than {_TEXT} characters")
        self._pieces.append(text)

    def _end(self, name: str) -> None:
        path = "/".join(self._stack[2:])
        if path in self._paths:
            if path in self._one:
                self._fault = self._fault or f"{name} stands in it twice"
            self._one[path] = "".join(self._pieces).strip()
        self._stack.pop()
        self._pieces, self._size = [], 0
        if len(self._stack) == 1:
            self._keep()
        self._ended = not self._stack

    def _keep(self) -> None:
        end = self._content.find(b">", self._parser.CurrentByteIndex) + 1
        raw = self._content[self._begin : end].decode(self._encoding, "replace")
        self._found.raw.append(" ".join(raw.split()))
        self._found.fault.append(self._fault)
        for path, texts in self._found.texts.items():
            texts.append(self._one.get(path, ""))


_CUT: Final = tuple(
    expat.errors.codes[message]
    for message in (expat.errors.XML_ERROR_UNCLOSED_TOKEN, expat.errors.XML_ERROR_PARTIAL_CHAR)
)
