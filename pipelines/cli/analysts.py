"""Commands of analysts: sql, and rate on files without a workspace."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

import warehouse
from belnota.errors import Refused
from pipelines.cli.shell import JsonOption, WorkspaceOption, console, show, show_json, workspace_of
from pipelines.rate_file import rate_file

FIRST_LOOK = "select view, grain from meta.views order by view"
MOST_ROWS = 200
"""So many rows of an answer are printed as a table; more of them nobody reads on a screen."""


def register(app: typer.Typer) -> None:
    app.command()(sql)
    app.command()(rate)


def sql(
    query: Annotated[str, typer.Argument(help="One query; without it, the published views are listed.")] = FIRST_LOOK,
    workspace: WorkspaceOption = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Ask the published figures a question in SQL; nothing can be changed by it.

    Example: belnota sql "select sum(charge_eur) from report.calls where billing_period = '2026-10'"
    """
    with workspace_of(workspace) as opened:
        path = opened.settings.published
    if not path.exists():
        raise Refused(f"{path} does not exist: nothing is published yet; run: belnota nightly")
    answer = warehouse.query(path, query)
    if as_csv:
        sys.stdout.write(answer.write_csv())
    elif as_json:
        show_json(answer.to_dicts())
    else:
        show(answer.head(MOST_ROWS).rows(), answer.columns)
        more = f"{MOST_ROWS} of {answer.height:,} rows; all of them with --csv or --json"
        console.print(more if answer.height > MOST_ROWS else f"{answer.height:,} rows", style="dim")


def rate(
    calls: Annotated[Path, typer.Argument(help="CSV or Parquet with call_id, service, called, answered_at, quantity.")],
    deck: Annotated[Path, typer.Option(help="Folder of the price list.")],
    out: Annotated[Path, typer.Option(help="CSV or Parquet to write, by its extension.")],
    base: Annotated[list[Path] | None, typer.Option(help="Folder of a base deck; may be repeated.")] = None,
    bundles: Annotated[Path | None, typer.Option(help="TOML of bundles.", show_default=False)] = None,
) -> None:
    """Price the calls of a file with a price list; no workspace is needed.

    The column `called` is compared with the prefixes of the price list as it stands, so write international digits,
    with or without +: 020-1234567 is 31201234567. Dutch short codes and service numbers stand behind 31 too:
    112 is 31112, 0900-1234 is 319001234. Nothing else is normalised. A price list that has a base needs --base.

    Example: belnota rate calls.csv --deck decks/zakelijk-2026 --base decks/az-2026 --out rated.csv
    """
    done = rate_file(calls, deck, base or [], out, bundles)
    console.print(
        f"{done.calls:,} calls: {done.rated:,} rated, {done.free:,} free, {done.unrated:,} unrated -> {out}",
        markup=False,
    )
