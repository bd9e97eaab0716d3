"""Commands that price calls without a workspace: rate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.shell import console
from pipelines.rate_file import rate_file


def register(app: typer.Typer) -> None:
    app.command()(rate)


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
