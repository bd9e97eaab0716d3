"""Commands to start with: init, demo, doctor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from belnota.errors import Refused, UnableToFinish
from belnota.settings import SETTINGS_FILE
from pipelines.cli.demo_run import run_demo
from pipelines.cli.shell import JsonOption, WorkspaceOption, console, folder_of, show_json, show_records
from pipelines.demo import write_workspace
from pipelines.doctor import examine


def register(app: typer.Typer) -> None:
    app.command()(init)
    app.command()(demo)
    app.command()(doctor)


def init(folder: Annotated[Path, typer.Argument(help="The folder to make; it must not hold a workspace yet.")]) -> None:
    """Make a workspace: a commented belnota.toml, an inbox, and an example catalogue, price lists and accounts.

    Example: belnota init my-workspace
    """
    if (folder / SETTINGS_FILE).exists():
        raise Refused(f"{folder / SETTINGS_FILE} exists already; nothing was changed. Name another folder")
    write_workspace(folder, settles=True)
    console.print(f"made {folder}; edit {SETTINGS_FILE}, accounts/ and decks/, then, in that folder:", markup=False)
    console.print("  belnota accounts import accounts\n  belnota decks import decks/… (each)\n  belnota doctor")


def demo(
    workspace: Annotated[Path, typer.Option("--workspace", help="Where to build it.")] = Path("demo-workspace"),
    prefect: Annotated[bool, typer.Option("--prefect/--no-prefect", help="Run the nights as Prefect flows.")] = True,
) -> None:
    """Build a workspace with two months of made-up raw files, and run its nights and closes.

    Example: belnota demo --workspace demo-workspace
    """
    run_demo(workspace.resolve(), prefect=prefect)


def doctor(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Check the installation, settings, store, lake, mail server and disk, and say what to do.

    Example: belnota doctor
    """
    findings = examine(folder_of(workspace))
    if as_json:
        show_json([vars(finding) for finding in findings])
    else:
        show_records([vars(f) for f in findings], ["state", "what", "detail"], as_json=False, empty="")
    bad = [finding for finding in findings if finding.state == "bad"]
    if bad:
        raise UnableToFinish(f"{len(bad)} of {len(findings)} checks failed; the first: {bad[0].detail}")
