"""What `belnota` can do, and where: a command's module is loaded when the command is called.

Rooms bring heavy libraries (Prefect, DuckDB, SQLAlchemy, reportlab). Were all commands imported at the start,
`belnota --help` would wait seconds for what it never uses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

import typer
from typer.core import TyperGroup
from typer.main import get_group


@dataclass(frozen=True, slots=True)
class Entry:
    """A command or a group of commands: the module of `pipelines.cli` that registers it, and its line in the help."""

    module: str
    line: str


MENU: Final = {
    "init": Entry("start", "Make a workspace."),
    "demo": Entry("start", "Build a workspace with two months of made-up files, and run it."),
    "doctor": Entry("start", "Check the installation and the workspace, and say what to do."),
    "accounts": Entry("records", "Who is billed."),
    "decks": Entry("decks", "Price lists."),
    "feeds": Entry("feeds", "Sources of raw files: list, try a file."),
    "ingest": Entry("nights", "Read raw files into calls."),
    "nightly": Entry("nights", "Do the whole night."),
    "schedule": Entry("nights", "Serve the flows to a Prefect server, on their schedules."),
    "controls": Entry("controls", "Show whether everything ties out, and what is alarming."),
    "files": Entry("files", "Raw files that came, and those that were refused."),
    "quarantine": Entry("quarantine", "Lines that could not become calls."),
    "parts": Entry("parts", "Calls that wait for a part."),
    "suspense": Entry("suspense", "Calls that could not be priced."),
    "mail": Entry("records", "The outbox."),
    "close": Entry("closes", "The month-end: draft, show, approve, commit."),
    "invoices": Entry("closes", "The archive of invoices."),
    "sql": Entry("analysts", "Ask the published figures a question in SQL."),
    "notebook": Entry("notebooks", "Look at a month in a notebook."),
    "explain": Entry("explaining", "Explain what a stored call cost, down to the raw line."),
    "rate": Entry("rating", "Price a file of calls with a price list; no workspace is needed."),
    "quote": Entry("rating", "Price one call with its arithmetic; no workspace is needed."),
    "purge": Entry("purging", "Remove call details and invoices that are past their time."),
    "verify": Entry("records", "Check every stored hash."),
}


class _Commands(Mapping[str, Any]):
    """The commands by name; asking for one imports its module."""

    def __getitem__(self, name: str) -> Any:
        module = import_module(f"pipelines.cli.{MENU[name].module}")
        registered = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
        module.register(registered)
        return _whole_lines(get_group(registered).commands[name])

    def __iter__(self) -> Iterator[str]:
        return iter(MENU)

    def __len__(self) -> int:
        return len(MENU)


def _whole_lines(command: Any) -> Any:
    """Let a group show the whole first sentence of each of its commands, which would be cut at 45 characters."""
    for one in getattr(command, "commands", {}).values():
        one.short_help = " ".join((one.help or "").partition("\n\n")[0].split())
    return command


class MenuGroup(TyperGroup):
    """The group of all commands, which knows their names and lines without importing them."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = _Commands()  # type: ignore[assignment]  # nothing is ever added to it

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  # typer's signature
        return list(MENU)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002  # typer's signature
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.line) for name, entry in MENU.items()])
