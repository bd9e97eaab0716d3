"""`belnota decks diff`: what changed between two price lists, and what it does to a month of calls."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import tariffs
import tariffs.diff
import tariffs.versions
from belnota.errors import Refused
from belnota.periods import Period
from pipelines.cli.deck_diff_calls import calls_json, show_calls
from pipelines.cli.deck_diff_rows import rows_json, show_rows
from pipelines.cli.shell import JsonOption, WorkspaceOption, console, progress_bar, show_json, workspace_of
from tariffs.deck import SETTINGS_FILE, Deck

if TYPE_CHECKING:
    from pipelines.deck_diff import CallsDiff
    from pipelines.workspace import Workspace

_DECK = "A folder, or an imported price list: NAME, NAME@previous, or NAME@DIGEST with the start of a digest."


def diff(
    before: Annotated[str, typer.Argument(metavar="A", help=_DECK)],
    after: Annotated[str, typer.Argument(metavar="B", help="The same, for the other one.")],
    *,
    calls: Annotated[
        str | None, typer.Option(metavar="PERIOD", help="Price the stored calls of this month, YYYY-MM, with both.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="List all rows that differ, not the first 20.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what differs between two price lists: settings, prefixes, prices; and what that does to a month of calls.

    With --calls the calls of plans that A or B serves, as price list or as base, are priced with A and with B, bundles
    included: who pays more or less, and the twenty calls that differ most. Nothing is stored.

    Example: belnota decks diff zakelijk-2026@previous zakelijk-2026 --calls 2026-10
    """
    period = None if calls is None else _period(calls)
    with ExitStack() as stack:
        folders = [text for text in (before, after) if _is_folder(text)]
        needed = period is not None or len(folders) < 2
        opened = stack.enter_context(workspace_of(workspace)) if needed else None
        (first, old), (second, new) = (_deck(opened, text) for text in (before, after))
        rows = tariffs.diff.diff(old, new)
        priced = _priced(opened, period, old, new) if opened is not None and period is not None else None
    if as_json:
        answer: dict[str, Any] = {"before": first, "after": second} | rows_json(rows)
        show_json(answer | ({"calls": priced and calls_json(priced)} if period else {}))
        return
    console.print(f"{first} -> {second}", markup=False)
    show_rows(rows, most=None if every else 20)
    if period is not None:
        show_calls(priced, str(period), old.name, new.name)


def _is_folder(text: str) -> bool:
    return (Path(text) / SETTINGS_FILE).is_file()


def _deck(opened: Workspace | None, text: str) -> tuple[str, Deck]:
    """Return a price list and what it is called here."""
    if opened is None or _is_folder(text):
        return text, tariffs.read_deck(Path(text))
    archive = opened.settings.archive
    with opened.store.reading() as tx:
        version = tariffs.versions.named_version(tx, archive, text)
    return str(version), tariffs.versions.read_version(archive, version)


def _priced(opened: Workspace, period: Period, old: Deck, new: Deck) -> CallsDiff | None:
    from pipelines.deck_diff import price_with_both

    with progress_bar() as progress:
        return price_with_both(opened, period, old, new, progress)


def _period(text: str) -> Period:
    try:
        return Period.parse(text)
    except ValueError as error:
        raise Refused(f"--calls {error}") from None
