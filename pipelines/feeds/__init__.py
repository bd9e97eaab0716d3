"""Readers of raw feeds: one pure function per format, bytes in, records and bad lines out. No files, no clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from belnota.errors import Refused
from belnota.settings import Feed
from pipelines.feeds import (
    asterisk,
    asterisk_custom,
    broadworks,
    broadworks_xml,
    flatstore,
    freepbx_csv,
    freepbx_sql,
    freeswitch,
    mapped,
    nl_wholesale,
    tap,
    threecx,
    uk_standard,
)
from pipelines.feeds.result import RECORD, REJECT, FileRefused, LineReader, Reader, ReadResult

__all__ = [
    "READERS",
    "RECORD",
    "REJECT",
    "WITHOUT_LINES",
    "FileRefused",
    "LineReader",
    "ReadResult",
    "Reader",
    "reader_of",
]

READERS: Final[Mapping[str, Callable[[Feed, str], Reader]]] = MappingProxyType(
    {
        asterisk.FORMAT: lambda feed, _mapping: asterisk.asterisk(feed),
        asterisk_custom.FORMAT: lambda feed, _mapping: asterisk_custom.asterisk_custom(feed),
        freepbx_csv.FORMAT: lambda feed, _mapping: freepbx_csv.freepbx_csv(feed),
        freepbx_sql.FORMAT: lambda feed, _mapping: freepbx_sql.freepbx_sql(feed),
        broadworks.FORMAT: lambda feed, _mapping: broadworks.broadworks(feed),
        broadworks_xml.FORMAT: lambda feed, _mapping: broadworks_xml.broadworks_xml(feed),
        freeswitch.FORMAT: lambda feed, _mapping: freeswitch.freeswitch(feed),
        threecx.FORMAT: lambda feed, _mapping: threecx.threecx(feed),
        uk_standard.FORMAT: lambda feed, _mapping: uk_standard.uk_standard(feed),
        nl_wholesale.FORMAT: lambda feed, _mapping: nl_wholesale.nl_wholesale(feed),
        flatstore.FORMAT: lambda feed, _mapping: flatstore.flatstore(feed),
        tap.FORMAT: lambda feed, _mapping: tap.tap(feed),
        mapped.FORMAT: mapped.mapped,
    }
)
"""Per format, what makes the reader of a feed from its settings and the text of its mapping file (empty if none)."""

WITHOUT_LINES: Final[Mapping[str, str]] = MappingProxyType(
    {tap.FORMAT: "the event", broadworks_xml.FORMAT: "the cdrData element"}
)
"""Formats that are no text: what a `line_number` counts there."""


def reader_of(feed: Feed, mapping_toml: str = "") -> Reader:
    """Return the reader of a feed; Refused when its format, an option or its mapping is wrong."""
    if feed.format not in READERS:
        known = ", ".join(READERS)
        raise Refused(f"feed {feed.name!r}: format {feed.format!r} is unknown; known are {known}")
    return READERS[feed.format](feed, mapping_toml)
