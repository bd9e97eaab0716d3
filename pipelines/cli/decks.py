"""Commands for price lists: check, import, list."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import tariffs
import tariffs.registry
from pipelines.cli.shell import JsonOption, WorkspaceOption, console, show_records, workspace_of

decks_app = typer.Typer(name="decks", help="Price lists.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(decks_app)


FolderArgument = Annotated[Path, typer.Argument(help="Folder with deck.toml and rates.csv.")]


@decks_app.command()
def check(folder: FolderArgument) -> None:
    """Check a price list; every fault is named with file, line, column, value and remedy.

    Example: belnota decks check decks/zakelijk-2026
    """
    deck = tariffs.read_deck(folder)
    console.print(f"{deck.name}: {deck.rates.height:,} rows, no faults", markup=False)


@decks_app.command(name="import")
def import_deck(folder: FolderArgument, workspace: WorkspaceOption = None) -> None:
    """Check a price list and put it in the workspace; of a refused one nothing is stored.

    Example: belnota decks import decks/zakelijk-2026
    """
    with workspace_of(workspace) as opened, opened.held(), opened.store.writing() as tx:
        done = tariffs.registry.import_deck(tx, opened.settings.archive, folder, opened.clock())
    console.print(f"{done.name}: {done.rows:,} rows, {'changed' if done.changed else 'unchanged'}", markup=False)


@decks_app.command(name="list")
def list_decks(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """List the price lists of the workspace.

    Example: belnota decks list
    """
    with workspace_of(workspace) as opened, opened.store.reading() as tx:
        rows = tariffs.registry.imported_decks(tx).to_dicts()
    show_records(
        rows, ["name", "rows", "imported_at", "digest"], as_json=as_json, empty="no price list was imported yet"
    )
