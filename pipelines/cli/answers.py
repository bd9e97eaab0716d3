"""Answers of `belnota sql`: tables that line up on any screen, CSV, JSON, Parquet."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from belnota.errors import Refused
from belnota.files import publish
from pipelines.cli.shell import cell_text, console, is_number

if TYPE_CHECKING:
    import polars as pl

MOST_ROWS: Final = 200
"""So many rows of an answer are printed as a table; more of them nobody reads on a screen."""
_WIDEST: Final = 60
_GAP: Final = 3


def show_table(answer: pl.DataFrame, screen: Console = console) -> None:
    """Print an answer as a table: on a terminal as many columns as fit, in a pipe all; then say what was left out."""
    columns = [[cell_text(value) for value in answer[name].head(MOST_ROWS)] for name in answer.columns]
    most = _WIDEST if screen.is_terminal else None
    widths = [_width([name, *cells], most) for name, cells in zip(answer.columns, columns, strict=True)]
    fitting = _fitting(widths, screen.width) if screen.is_terminal else len(widths)
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0))
    for name, cells, width in list(zip(answer.columns, columns, widths, strict=True))[:fitting]:
        justify: Literal["right", "left"] = "right" if cells and all(map(is_number, cells)) else "left"
        table.add_column(escape(name), justify=justify, header_style="dim", overflow="fold", width=width)
    for row in zip(*columns[:fitting], strict=True):
        table.add_row(*map(escape, row))
    wide = screen if screen.is_terminal else Console(highlight=False, width=sum(widths) + _GAP * len(widths) + 1)
    wide.print(table)
    _say_the_rest(answer, fitting, screen)


def _say_the_rest(answer: pl.DataFrame, fitting: int, screen: Console) -> None:
    if fitting < answer.width:
        left = ", ".join(answer.columns[fitting:])
        screen.print(f"{fitting} of {answer.width} columns fit; name those you want, or --csv: {left}", style="dim")
    more = f"{MOST_ROWS} of {answer.height:,} rows; all of them with --csv or --json"
    screen.print(more if answer.height > MOST_ROWS else _rows(answer), style="dim")


def _width(cells: list[str], most: int | None) -> int:
    longest = max(len(line) for cell in cells for line in (cell.splitlines() or [""]))
    return longest if most is None else min(longest, most)


def _fitting(widths: list[int], width: int) -> int:
    """Return how many columns from the left fit next to each other, at least one."""
    taken = 0
    for count, one in enumerate(widths):
        taken += one + (_GAP if count else 0)
        if taken > width:
            return max(count, 1)
    return len(widths)


def print_csv(answer: pl.DataFrame) -> None:
    """Print all rows as CSV; lists and records as JSON in a cell."""
    _write(_flat(answer).write_csv())


def print_json(answer: pl.DataFrame) -> None:
    """Print all rows as a JSON list of objects; exact decimals, dates and instants as text."""
    _write(json.dumps(answer.to_dicts(), default=str, ensure_ascii=False, indent=2) + "\n")


def write_parquet(answer: pl.DataFrame, path: Path, workspace: Path) -> None:
    """Write all rows to a Parquet file, whole or not at all; never among the workspace's own tables."""
    if path.suffix.lower() != ".parquet":
        raise Refused(f"{path} does not end in .parquet; write --parquet {path.with_suffix('.parquet')}")
    if (workspace / "lake") in path.resolve().parents:
        raise Refused(f"{path} is in the lake, whose files only the night writes; write to another folder")
    publish(path, answer.write_parquet)
    console.print(f"{_rows(answer)} in {path}", markup=False)


def _rows(answer: pl.DataFrame) -> str:
    return "1 row" if answer.height == 1 else f"{answer.height:,} rows"


def _flat(answer: pl.DataFrame) -> pl.DataFrame:
    """Return an answer as CSV can hold it: lists and records as JSON, bytes in hexadecimal."""
    import polars as pl

    flat = answer.with_columns(pl.col(pl.Binary).bin.encode("hex"))
    nested = [column for column in flat.iter_columns() if column.dtype.is_nested()]
    return flat.with_columns(
        pl.Series(column.name, [_as_json(value) for value in column.to_list()], pl.String) for column in nested
    )


def _as_json(value: object) -> str | None:
    return None if value is None else json.dumps(value, default=str, ensure_ascii=False)


def _write(text: str) -> None:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read has seen enough, as `head` has; Python would complain once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
