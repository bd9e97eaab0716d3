"""The command about controls: do the figures tie out, is anything alarming, and what to do."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import polars as pl
import typer

import warehouse
from belnota.errors import ControlsDoNotBalance
from pipelines.cli.nights import OnOption
from pipelines.cli.shell import JsonOption, WorkspaceOption, console, show, show_json, show_records, workspace_of
from pipelines.controls_page import SHOWN, Row, rows
from pipelines.nights_run import judged_on, last_night
from pipelines.publishing import reconcile
from pipelines.workspace import today

_COLOURS = {"good": "green", "look": "yellow", "bad": "red", "none": "dim"}


def register(app: typer.Typer) -> None:
    app.command()(controls)


def controls(
    *,
    period: Annotated[
        str | None, typer.Option(help="Only controls of this period, YYYY-MM.", show_default=False)
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Show both sums of every control and scope.")] = False,
    on: OnOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show whether files, records, seconds, bytes and money tie out, and what is alarming; exit 1 when they do not.

    The same stands in controls.html of the workspace, as of the last night.

    Example: belnota controls --period 2026-10
    """
    with workspace_of(workspace) as opened:
        night, day = last_night(opened), on.date() if on else judged_on(opened)
        results = reconcile(opened, day)[2]
    if period:
        results = results.filter(results["scope"].str.contains(period, literal=True))
    if as_json:
        show_json(results.to_dicts())
    elif every:
        headings = ["control", "scope", "unit", "left", "right", "is_balanced", "detail"]
        show_records(results.to_dicts(), headings, as_json=False, empty="there is nothing to compare")
    else:
        console.print(_as_of(day, night, today()), markup=False)
        show_controls(results)
    if not warehouse.balanced(results):
        raise ControlsDoNotBalance("\n  ".join(["not all controls balance:", *warehouse.imbalances(results)]))


def _as_of(day: dt.date, night: dt.date | None, now: dt.date) -> str:
    """Say on which day alarms are judged, and how long ago the last night was."""
    if night is None:
        return f"As of {day}; no night ran yet."
    if day != night:
        return f"As of {day}; the last night was that of {night}."
    ago = (now - night).days
    since = "" if ago < 2 else f", {ago} days ago; what should have come since then is not judged (--on DATE does)"
    return f"As of the last night, that of {night}{since}."


def show_controls(results: pl.DataFrame) -> None:
    """Print one line per control, and below it what fails and what to do."""
    told = [row for row in rows(results) if row.results]
    if not told:
        console.print("there is nothing to compare")
        return
    show(([row.control, row.word, row.name, row.says] for row in told), ["control", "state", "of", "what must be true"])
    for row in told:
        if row.colour in ("look", "bad"):
            _show_failing(row)
    if all(row.colour == "good" for row in told):
        console.print("Everything ties out and nothing is alarming; both sums of each: belnota controls --all")


def _show_failing(row: Row) -> None:
    colour = _COLOURS[row.colour]
    console.print(f"\n[{colour}]{row.control} {row.name}: {row.word}[/{colour}]")
    columns = ("scope", "unit", "left", "right", "detail")
    shown = row.failing[:SHOWN]
    show(([result[name] for name in columns] for result in shown), ["of", "unit", row.left, row.right, "parts"])
    if len(row.failing) > SHOWN:
        console.print(f"  ... and {len(row.failing) - SHOWN} more like that; all of them: belnota controls --all")
    console.print(f"  What to do: {row.remedy}.", markup=False)
