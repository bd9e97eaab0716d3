"""The command that opens a notebook of analysts in a browser."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Final

import typer

from belnota.errors import Refused
from pipelines.cli.shell import WorkspaceOption, folder_of, show

FOLDER: Final = Path(__file__).parent.parent / "notebooks"


def register(app: typer.Typer) -> None:
    app.command()(notebook)


def notebook(
    name: Annotated[str, typer.Argument(help="Which one; without it, all are listed.", show_default=False)] = "",
    workspace: WorkspaceOption = None,
    *,
    period: Annotated[str, typer.Option("--period", help="Month of use; the last one by default.")] = "",
    script: Annotated[bool, typer.Option("--print", help="Print the figures instead of opening a browser.")] = False,
    edit: Annotated[bool, typer.Option("--edit", help="Open it to be changed, cell by cell.")] = False,
    options: Annotated[
        list[str] | None, typer.Option("--option", help="An option of the notebook, as in --option percent=5.")
    ] = None,
) -> None:
    """Look at a month in a notebook: overview, margin and anomalies, bundle fit, other price lists.

    Notebooks read what is published; what-if figures go to a scratch table that is gone afterwards.

    Example: belnota notebook month_overview --period 2026-10
    """
    known = {path.stem: path for path in sorted(FOLDER.glob("*.py"))}
    if not name:
        show([(one, _first_line(path)) for one, path in known.items()], ["name", "shows"])
        return
    if name not in known:
        raise Refused(f"there is no notebook {name}; there are {', '.join(known)}")
    if find_spec("marimo") is None or find_spec("altair") is None:
        raise Refused(
            "notebooks need marimo and altair: pip install 'belnota[notebooks]', or pip install marimo altair"
        )
    given = [f"--workspace={folder_of(workspace)}", *([f"--period={period}"] if period else [])]
    given += [f"--{option}" for option in options or []]
    command = [str(known[name]), *given]
    if not script:
        command = ["-m", "marimo", "edit" if edit else "run", str(known[name]), "--", *given]
    raise typer.Exit(subprocess.run([sys.executable, *command], env=_environment(), check=False).returncode)  # noqa: S603


def _environment() -> dict[str, str]:
    # The notebook is started by its path, which would leave out the folder that our packages are in.
    ours = str(FOLDER.parent.parent)
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, [ours, os.environ.get("PYTHONPATH")]))}


def _first_line(path: Path) -> str:
    return path.read_text(encoding="utf-8").partition("\n")[0].strip('"').partition(": ")[2]
