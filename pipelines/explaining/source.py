"""The lines of raw files that calls came from, read from the archive."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from pipelines import register
from pipelines.arrivals import is_whole, raw_copy
from pipelines.feeds import WITHOUT_LINES
from pipelines.packing import opened
from pipelines.screen import decoded
from pipelines.workspace import Workspace

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Part:
    """One line of a call that came in several; quantity is empty for an answer or a hangup."""

    role: str
    happened_at: dt.datetime
    quantity: int | None
    file_name: str
    line_number: int
    raw_line: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where a call came from; raw_line is empty, and problem says why, when the archive cannot show it.

    `parts` are all lines that it was made of, in order of time, when it came in several.
    """

    file_name: str
    file_id: str
    line_number: int
    path: Path
    raw_line: str
    problem: str
    parts: tuple[Part, ...] = ()


def sources_of(workspace: Workspace, calls: pl.DataFrame) -> dict[str, Source]:
    """Return by call_id the name of its raw file, where the copy is, and its lines; each file is read once."""
    parts = _parts_of(workspace, calls)
    asked = pl.concat([frame.select("feed", "file_id", "line_number") for frame in (calls, parts)]).unique()
    places: dict[tuple[str, int], Source] = {}
    for (file_id, feed), own in asked.group_by("file_id", "feed"):
        name = _name(workspace, str(file_id))
        path = raw_copy(workspace.settings.archive, str(file_id))
        numbers = set(own["line_number"])
        lines, problem = raw_lines(path, str(file_id), numbers)
        if record := _record_of(workspace, str(feed)):
            lines, problem = {}, problem or f"this format has no lines to show; it is {record} of this number"
        for number in numbers:
            why = problem if number in lines or problem else f"its copy has fewer than {number:,} lines"
            places[str(file_id), number] = Source(name, str(file_id), number, path, lines.get(number, ""), why)
    found = {}
    for call in calls.select("call_id", "file_id", "line_number").iter_rows(named=True):
        own = parts.filter(pl.col("call_id") == call["call_id"]).sort("happened_at", "part_key")
        made_of = tuple(_part(row, places[row["file_id"], row["line_number"]]) for row in own.to_dicts())
        found[call["call_id"]] = replace(places[call["file_id"], call["line_number"]], parts=made_of)
    return found


def _parts_of(workspace: Workspace, calls: pl.DataFrame) -> pl.DataFrame:
    with_id = workspace.lake.scan("call_parts").with_columns(call_id=pl.col("feed") + "/" + pl.col("key"))
    return with_id.filter(pl.col("call_id").is_in(calls["call_id"].implode())).collect()


def _part(row: dict[str, Any], place: Source) -> Part:
    return Part(row["role"], row["happened_at"], row["quantity"], place.file_name, place.line_number, place.raw_line)


def _record_of(workspace: Workspace, feed: str) -> str:
    """Return what a feed's format counts instead of lines; empty when it has lines."""
    formats = {known.name: known.format for known in workspace.settings.feeds}
    return WITHOUT_LINES.get(formats.get(feed, ""), "")


def _name(workspace: Workspace, file_id: str) -> str:
    with workspace.store.reading() as tx:
        arrivals = register.earlier_arrivals(tx, file_id)
    names = [arrival.file_name for arrival in arrivals if arrival.status == "accepted"]
    return names[0] if names else "a file that the register does not know"


def raw_lines(path: Path, file_id: str, wanted: Collection[int]) -> tuple[Mapping[int, str], str]:
    """Return lines of an archived copy by number, as printable text, and why there are none when it cannot be read."""
    if not path.is_file():
        return {}, "the archive has no copy of it; restore it from a backup"
    if not is_whole(path, file_id):
        return {}, "its copy in the archive was changed after it was stored; see: belnota verify"
    with opened(path) as stream:
        lines = {number: line for number, line in enumerate(stream, 1) if number in wanted}
    return {number: decoded(line.removeprefix(_BYTE_ORDER_MARK).rstrip(b"\r\n")) for number, line in lines.items()}, ""
