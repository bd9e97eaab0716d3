"""What all commands share: the workspace option, errors in plain words, tables that line up, progress."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from belnota.errors import BelnotaError
from pipelines.screen import printable

if TYPE_CHECKING:
    from pipelines.workspace import Progress, Workspace

console = Console(highlight=False, width=None if sys.stdout.isatty() else 400)  # in a pipe nothing is folded
errors = Console(stderr=True, highlight=False, soft_wrap=True)

WorkspaceOption = Annotated[
    Path | None,
    typer.Option(
        "--workspace",
        envvar="BELNOTA_WORKSPACE",
        help="The workspace folder; default: the nearest belnota.toml upwards.",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
PrefectOption = Annotated[
    bool, typer.Option("--prefect/--no-prefect", help="Run as a Prefect flow, or as the same plain steps.")
]


def folder_of(workspace: Path | None) -> Path:
    from belnota.settings import find_workspace

    return (workspace or find_workspace(Path.cwd())).resolve()


@contextmanager
def workspace_of(workspace: Path | None) -> Iterator[Workspace]:
    """Open the named or nearest workspace."""
    from pipelines.workspace import opened  # brings the store and the lake, which a command without a workspace lacks

    with opened(folder_of(workspace), os.environ) as found:
        yield found


def show(rows: Iterable[Sequence[object]], headings: Sequence[str], title: str | None = None) -> None:
    """Print rows as a table; numbers line up at the right, and nothing in a cell is read as markup."""
    cells = [[cell_text(value) for value in row] for row in rows]
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for index, heading in enumerate(headings):
        numeric = bool(cells) and all(is_number(row[index]) for row in cells)
        justify: Literal["right", "left"] = "right" if numeric else "left"
        table.add_column(heading, justify=justify, header_style="dim", overflow="fold", no_wrap=numeric)
    for row in cells:
        table.add_row(*(escape(cell) for cell in row))
    console.print(table)


def cell_text(value: object) -> str:
    """Return a value as a cell of a table: what comes from raw files cannot steer the terminal."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int() | Decimal():
            return f"{value:,}"
        case _:
            return "\n".join(map(printable, str(value).split("\n")))


def is_number(text: str) -> bool:
    """Tell whether a cell holds a number, or nothing."""
    return not text or text.replace(",", "").replace(".", "").lstrip("-").isdigit()


def show_json(value: object) -> None:
    console.print_json(json.dumps(value, default=str, ensure_ascii=False))


def show_records(records: Sequence[Mapping[str, Any]], headings: Sequence[str], *, as_json: bool, empty: str) -> None:
    """Print records as a table or as JSON; with nothing to show, say so."""
    if as_json:
        show_json(records)
    elif records:
        show(([record[heading] for heading in headings] for record in records), headings)
    else:
        console.print(empty)


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """Yield a progress function: a bar on a terminal, silence in a pipe."""
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bars

    from pipelines.workspace import silent

    if not console.is_terminal:
        yield silent
        return
    columns = (TextColumn("{task.description:<24}"), BarColumn(), MofNCompleteColumn())
    with Bars(*columns, console=console, transient=True) as bars:
        bar = bars.add_task("", total=1)

        def report(what: str, done: int, total: int) -> None:
            bars.update(bar, description=what, completed=done, total=max(total, 1))

        yield report


def run(command: Callable[[], None]) -> int:
    """Run the command line; every known trouble becomes one sentence and an exit code, never a traceback."""
    try:
        command()
    except BelnotaError as error:
        errors.print(f"[red]belnota:[/red] {escape(str(error))}")
        return error.exit_code
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        said = f"{error.strerror or error}{where}; mend that and run the command again: nothing was left half-written"
        errors.print(f"[red]belnota:[/red] {escape(said)}")
        return 1
    return 0
