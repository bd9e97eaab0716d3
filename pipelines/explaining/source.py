"""The lines of raw files that calls came from, read from the archive."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from belnota.files import sha256_of
from pipelines import register
from pipelines.arrivals import raw_copy
from pipelines.screen import decoded
from pipelines.workspace import Workspace

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a call came from; raw_line is empty, and problem says why, when the archive cannot show it."""

    file_name: str
    file_id: str
    line_number: int
    path: Path
    raw_line: str
    problem: str


def sources_of(workspace: Workspace, calls: pl.DataFrame) -> dict[str, Source]:
    """Return by call_id the name of its raw file, where the copy is, and its line; each file is read once."""
    found = {}
    for (file_id,), own in calls.group_by("file_id"):
        name = _name(workspace, str(file_id))
        path = raw_copy(workspace.settings.archive, str(file_id))
        lines, problem = raw_lines(path, str(file_id), set(own["line_number"]))
        for call_id, number in own.select("call_id", "line_number").iter_rows():
            why = problem if number in lines or problem else f"its copy has fewer than {number:,} lines"
            found[call_id] = Source(name, str(file_id), number, path, lines.get(number, ""), why)
    return found


def _name(workspace: Workspace, file_id: str) -> str:
    with workspace.store.reading() as tx:
        arrivals = register.earlier_arrivals(tx, file_id)
    names = [arrival.file_name for arrival in arrivals if arrival.status == "accepted"]
    return names[0] if names else "a file that the register does not know"


def raw_lines(path: Path, file_id: str, wanted: Collection[int]) -> tuple[Mapping[int, str], str]:
    """Return lines of an archived copy by number, as printable text, and why there are none when it cannot be read."""
    if not path.is_file():
        return {}, "the archive has no copy of it; restore it from a backup"
    if sha256_of(path) != file_id:
        return {}, "its copy in the archive was changed after it was stored; see: belnota verify"
    with path.open("rb") as stream:
        lines = {number: line for number, line in enumerate(stream, 1) if number in wanted}
    return {number: decoded(line.removeprefix(_BYTE_ORDER_MARK).rstrip(b"\r\n")) for number, line in lines.items()}, ""
