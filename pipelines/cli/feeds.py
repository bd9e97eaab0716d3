"""Commands about feeds: list, and try (what a feed or a mapping would make of a file)."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Final

import polars as pl
import typer

from belnota.errors import Refused, UnableToFinish
from belnota.periods import ZONE_NAME
from belnota.settings import Feed, Night
from belnota.settings import load as load_settings
from pipelines.cli.shell import JsonOption, WorkspaceOption, console, folder_of, show, show_json, show_records
from pipelines.feed_trial import Trial, tried
from pipelines.feeds import READERS, FileRefused, Reader, reader_of
from pipelines.feeds.glance import Glance, glance
from pipelines.packing import Caps, packing_of, unpack

feeds_app = typer.Typer(name="feeds", help="Sources of raw files.", no_args_is_help=True)

_DELIMITERS: Final = {"\t": "tab", "": "none found"}
_SHOWN: Final = 5
_CALL: Final = (
    "line",
    "own number",
    "other end",
    "local time",
    "UTC",
    "quantity",
    "service",
    "way",
    "answered",
    "type",
)


def register(app: typer.Typer) -> None:
    app.add_typer(feeds_app)


@feeds_app.command(name="list")
def list_feeds(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """List the feeds of the workspace, and the formats that are known.

    Example: belnota feeds list
    """
    names = ("name", "format", "files", "timezone", "mapping")
    feeds = () if _is_outside(workspace) else load_settings(folder_of(workspace), {}).feeds
    rows = [{name: getattr(feed, name) for name in names} for feed in feeds]
    if as_json:
        show_json({"feeds": rows, "formats": list(READERS)})
        return
    outside = "this is no workspace, so there are no feeds; go to one, or name it with --workspace"
    empty = outside if _is_outside(workspace) else "no feed is named in belnota.toml yet"
    show_records(rows, names, as_json=False, empty=empty)
    console.print(f"formats: {', '.join(READERS)}", markup=False, soft_wrap=True)


@feeds_app.command(name="try")
def try_file(
    file: Annotated[Path, typer.Argument(help="A raw file; it is only read.")],
    *,
    mapping: Annotated[Path | None, typer.Option(help="Read it by this mapping; no workspace is needed.")] = None,
    feed_name: Annotated[
        str, typer.Option("--feed", metavar="NAME", help="Read it as this feed of belnota.toml.")
    ] = "",
    format_name: Annotated[
        str, typer.Option("--format", metavar="NAME", help="Read it in this format, without options.")
    ] = "",
    timezone: Annotated[str, typer.Option(help="Of times without an offset, with --mapping or --format.")] = ZONE_NAME,
    rows: Annotated[
        int, typer.Option(min=0, max=1000, help="How many calls, and how many bad lines, to show.")
    ] = _SHOWN,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what would become of a raw file, line by line counted; nothing is stored.

    First what the file looks like, then where its lines go, then the first calls as they would be stored, and the first
    bad lines with what would be right. Ends with exit code 1 when the file would be refused whole.

    Example: belnota feeds try cdr.csv --mapping mappings/mobiel.toml
    """
    ways = (mapping is not None) + bool(feed_name) + bool(format_name)
    if not ways and not as_json:
        _show_glance(file, glance(_content_of(file)))
    if ways != 1:
        how = "one of --mapping FILE, --feed NAME or --format NAME; belnota feeds list names the feeds and formats"
        raise Refused(f"say how to read the file: {how}")
    if feed_name:
        feed, read = _feed_of_workspace(feed_name, workspace)
    else:
        feed = Feed("try", format_name or "mapping", "*", timezone=timezone, mapping=str(mapping or ""))
        read = reader_of(feed, _text_of(mapping) if mapping else "")
    trial = tried(_content_of(file), feed, read)
    if as_json:
        show_json(_figures(trial, rows))
    else:
        _show_glance(file, trial.glance)
        if trial.lines:
            _show_trial(trial, rows)
    if trial.reason:
        raise UnableToFinish(f"{file.name} would be refused: {trial.reason}: {_plain(trial.sentence)}")


def _is_outside(workspace: Path | None) -> bool:
    """Tell whether no workspace is named and none is here; the formats can be listed all the same."""
    if workspace is not None:
        return False
    try:
        folder_of(None)
    except Refused:
        return True
    return False


def _feed_of_workspace(name: str, workspace: Path | None) -> tuple[Feed, Reader]:
    settings = load_settings(folder_of(workspace), {})
    for feed in settings.feeds:
        if feed.name == name:
            return feed, reader_of(feed, _text_of(settings.workspace / feed.mapping) if feed.mapping else "")
    known = ", ".join(feed.name for feed in settings.feeds) or "none"
    raise Refused(f"--feed {name!r} is not in belnota.toml; there are {known}")


def _text_of(mapping: Path) -> str:
    try:
        return mapping.read_text(encoding="utf-8")
    except OSError as error:
        raise Refused(f"the mapping {mapping} cannot be read: {error.strerror}; name a TOML file") from None
    except UnicodeDecodeError as error:
        raise Refused(f"the mapping {mapping} is not UTF-8 at byte {error.start}; save it as UTF-8") from None


def _content_of(file: Path) -> bytes:
    if not file.is_file():
        raise Refused(f"{file} is not a file; name a raw file")
    if packing_of(file) is None:
        return file.read_bytes()
    with TemporaryDirectory() as scratch:
        unpacked = Path(scratch) / "content"
        try:
            unpack(file, unpacked, Caps(Night().max_file_mebibytes, Night().max_ratio))
        except FileRefused as refusal:
            raise Refused(f"{file} would be refused whole ({refusal.reason}): {refusal.sentence}") from None
        return unpacked.read_bytes()


def _show_glance(file: Path, seen: Glance) -> None:
    unit = "columns" if seen.delimiter else "width"
    most = f"{seen.columns} in {seen.fits:,} of the first {seen.looked_at:,} lines"
    console.print(f"{file.name}: {seen.lines:,} lines, {seen.size_bytes:,} bytes; nothing is stored", markup=False)
    marks = _DELIMITERS.get(seen.delimiter, seen.delimiter)
    facts = {"encoding": seen.encoding, "line ends": seen.line_ends, "delimiter": marks, unit: most}
    facts["first line"] = _plain(seen.first_line)
    show(facts.items(), ["the file", ""])


def _show_trial(trial: Trial, rows: int) -> None:
    bad = [(f"bad: {reason}", count) for reason, count in trial.bad_by_reason.items()]
    kinds = [
        ("framing (header, trailer, blank)", trial.framing),
        ("filtered (no call by the feed's rules)", trial.filtered),
    ]
    calls = [
        ("calls, answered", trial.calls.height - trial.unanswered - trial.assembled),
        ("calls, not answered", trial.unanswered),
    ]
    if trial.parts:
        waiting = f"{trial.waiting:,} wait for others" if trial.waiting else "none waits"
        calls.append((f"parts of calls ({trial.assembled:,} calls made of them, {waiting})", trial.parts))
    console.print()
    show(
        [*kinds, *bad, ("duplicates within the file", trial.duplicates), *calls, ("all lines", trial.lines)],
        ["", "lines"],
    )
    if trial.note:
        console.print(f"\nnote: {_plain(trial.note)}", markup=False)
    if not trial.bad.is_empty() and not (trial.calls.height + trial.parts):
        console.print("\nlook: not one line became a call; what the bad lines fail on is below", markup=False)
    if not trial.calls.is_empty() and rows:
        console.print()
        show(
            [list(record.values()) for record in _calls(trial, rows)],
            _CALL,
            title="the first calls, as they would be stored",
        )
    if not trial.bad.is_empty() and rows:
        console.print()
        headings = ("line", "reason", "what is wrong, and what would be right", "the line")
        show([list(record.values()) for record in _bad(trial, rows)], headings, title="the first bad lines")


def _calls(trial: Trial, rows: int) -> list[dict[str, Any]]:
    at = pl.col("answered_at")
    return (
        trial.calls.head(rows)
        .select(
            "line_number",
            "own_number",
            "other_number",
            local=at.dt.convert_time_zone(ZONE_NAME).dt.strftime("%Y-%m-%d %H:%M:%S"),
            utc=at.dt.strftime("%Y-%m-%d %H:%M:%SZ"),
            quantity="quantity",
            service="service",
            direction="direction",
            is_answered="is_answered",
            call_type="call_type",
        )
        .to_dicts()
    )


def _bad(trial: Trial, rows: int) -> list[dict[str, Any]]:
    found = trial.bad.head(rows).to_dicts()
    return [row | {"detail": _plain(row["detail"]), "raw_line": _plain(row["raw_line"])[:160]} for row in found]


def _figures(trial: Trial, rows: int) -> dict[str, Any]:
    return {
        "file": vars(trial.glance),
        "refused": f"{trial.reason}: {_plain(trial.sentence)}" if trial.reason else None,
        "lines": trial.lines,
        "framing": trial.framing,
        "filtered": trial.filtered,
        "bad": trial.bad_by_reason,
        "duplicates": trial.duplicates,
        "calls": trial.calls.height,
        "unanswered": trial.unanswered,
        "sequence": trial.sequence,
        "parts": trial.parts,
        "assembled": trial.assembled,
        "waiting": trial.waiting,
        "note": trial.note,
        "first_calls": _calls(trial, rows) if trial.calls.height else [],
        "first_bad_lines": _bad(trial, rows),
    }


def _plain(text: str) -> str:
    """Return text that a terminal shows and does not obey: control characters are written out."""
    return "".join(f"\\x{ord(c):02x}" if unicodedata.category(c) in ("Cc", "Cf") else c for c in text)
