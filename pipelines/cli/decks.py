"""Commands for price lists: check, import, list, convert; diff is in deck_diff.py."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

import tariffs
import tariffs.convert
import tariffs.convert_folder
import tariffs.registry
import tariffs.summary
from pipelines.cli.deck_diff import diff
from pipelines.cli.shell import (
    JsonOption,
    WorkspaceOption,
    console,
    show,
    show_json,
    show_records,
    workspace_of,
)
from tariffs.deck import Deck

decks_app = typer.Typer(name="decks", help="Price lists.", no_args_is_help=True)
decks_app.command()(diff)

FolderArgument = Annotated[Path, typer.Argument(help="Folder with deck.toml and rates.csv.")]
_LISTED = ("name", "rows", "prefixes", "bands", "valid_from", "valid_until", "base", "imported_at", "digest")


def register(app: typer.Typer) -> None:
    app.add_typer(decks_app)


@decks_app.command()
def check(folder: FolderArgument, as_json: JsonOption = False) -> None:
    """Check a price list; every fault is named with file, line, column, value and remedy.

    Example: belnota decks check decks/zakelijk-2026
    """
    _show_deck(tariffs.read_deck(folder), "no faults", as_json=as_json)


@decks_app.command(name="import")
def import_deck(
    folder: FolderArgument,
    *,
    fewer_rows: Annotated[bool, typer.Option("--fewer-rows", help="This version is meant to be much shorter.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check a price list and put it in the workspace; of a refused one nothing is stored.

    A new version with over a tenth fewer rows is refused too, unless --fewer-rows says that it is meant:
    a file that was cut off at the end of a line has no other sign of it.

    Example: belnota decks import decks/zakelijk-2026
    """
    deck = tariffs.read_deck(folder)
    with workspace_of(workspace) as opened, opened.held(), opened.store.writing() as tx:
        in_use = dict(tariffs.registry.imported_decks(tx).select("name", "rows").iter_rows())
        tariffs.summary.refuse_half(deck, None if fewer_rows else in_use.get(deck.name))
        done = tariffs.registry.import_deck(tx, opened.settings.archive, folder, opened.clock())
        decks = tariffs.registry.load_decks(tx, opened.settings.archive) if deck.settings.base else {}
        missing = tariffs.summary.missing_base(decks, deck.name) if decks else None
    before = f" ({in_use[deck.name]:,} rows before)" if done.changed and deck.name in in_use else ""
    _show_deck(deck, f"{'changed' if done.changed else 'unchanged'}{before}", as_json=as_json)
    if missing and not as_json:
        console.print(f"price list {missing} is not imported yet; until it is, calls that need it wait in suspense")


@decks_app.command(name="list")
def list_decks(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """List the price lists of the workspace.

    Example: belnota decks list
    """
    with workspace_of(workspace) as opened, opened.store.reading() as tx:
        decks = tariffs.registry.load_decks(tx, opened.settings.archive)
        imported = tariffs.registry.imported_decks(tx).to_dicts()
    rows = [asdict(tariffs.summary.summary_of(decks[row["name"]])) | row for row in imported]
    show_records(rows, _LISTED, as_json=as_json, empty="no price list was imported yet")


@decks_app.command()
def convert(
    source: Annotated[Path, typer.Argument(help="The price file of somebody else: CSV or other delimited text.")],
    *,
    mapping: Annotated[
        str, typer.Option(help=f"A mapping by its path, or one of {', '.join(tariffs.convert.shipped())}.")
    ],
    out: Annotated[Path, typer.Option(help="The folder to make: deck.toml, rates.csv, and lists of what is left out.")],
    prefixes: Annotated[
        Path | None, typer.Option(help="The table of prefixes, for a file that has names instead.")
    ] = None,
    exchange_rate: Annotated[
        str | None, typer.Option(help="How many euros one unit of the file's currency is, such as 0.8612.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name of the price list; default: as the mapping says.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Convert a price file of somebody else into a price list; each line is used, left out with a reason, or refused.

    docs/price-lists.md explains mappings and shows what the shipped ones make.

    Example: belnota decks convert routes.csv --mapping astpp-outbound --exchange-rate 0.8612 --out decks/az-2027
    """
    made = tariffs.convert.convert(source, mapping, prefixes, exchange_rate, name)
    deck = made.write(out)
    unpriced = made.prefixes["priced_as"].null_count()
    figures = {
        "lines": made.texts.height,
        "used": made.used,
        "skipped": made.skipped.height,
        "rows": deck.rates.height,
        "prefixes_without_price": unpriced,
        "prefixes_by_less_exact_name": made.prefixes.height - unpriced,
    }
    if as_json:
        show_json(figures | {"reasons": dict(made.reasons), "deck": asdict(tariffs.summary.summary_of(deck))})
        return
    console.print(f"{source.name}: {made.texts.height:,} lines = {made.used:,} used + {made.skipped.height:,} skipped")
    if made.skipped.height:
        show([(count, reason) for reason, count in made.reasons], ["lines", "skipped because"])
        console.print(f"each of them is in {out / tariffs.convert_folder.SKIPPED_FILE}", markup=False)
    if made.prefixes.height:
        less = made.prefixes.height - unpriced
        told = f"{unpriced:,} prefixes of the table have no price, {less:,} have that of a less exact name"
        console.print(f"{told}: see {out / tariffs.convert_folder.PREFIXES_FILE}", markup=False)
    _show_deck(deck, f"written to {out}, no faults", as_json=False)


def _show_deck(deck: Deck, what: str, *, as_json: bool) -> None:
    figures = asdict(tariffs.summary.summary_of(deck))
    if as_json:
        show_json(figures | {"outcome": what})
        return
    console.print(f"{deck.name}: {what}", markup=False)
    shown = {name: value for name, value in figures.items() if name != "name" and value not in ("", 0)}
    show([(name.replace("_", " "), value) for name, value in shown.items()], ["", ""])
    for note in tariffs.summary.notes_of(deck):
        console.print(f"note: {note}", markup=False)
