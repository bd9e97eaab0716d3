"""Writes the documents that are made from code: docs/tables.md, docs/commands.md and docs/rating-rules.md.

With --check it writes nothing and exits 1, naming what drifted.
"""

from __future__ import annotations

import argparse
import inspect
import sys
from pathlib import Path
from typing import Any

import typer

from belnota import tables
from belnota.tables.contract import Column, Enum, Table, description_of
from pipelines.cli import app

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
MADE = "<!-- Made by `make docs`. Change the code, not this page. -->\n"


def tables_page() -> str:
    """Return the data dictionary: one section a table, one row a column."""
    parts = ["# Tables\n", MADE, inspect.cleandoc(tables.__doc__ or ""), ""]
    for name in tables.__all__:
        table = getattr(tables, name)
        if not (inspect.isclass(table) and issubclass(table, Table)):
            continue
        parts += [f"## {name}\n", inspect.getdoc(table) or "", "", "| column | type | meaning |", "|---|---|---|"]
        key = table.primary_key()
        for column, kind in table.columns().items():
            mark = " (key)" if column in key else ""
            parts.append(f"| `{column}`{mark} | {_type_name(kind)} | {description_of(table, column)} |")
        rules = [rule.replace("_", " ") for rule in table.rules() if rule in vars(table)]
        if rules:
            parts += ["", "Rules: " + "; ".join(rules) + "."]
        parts.append("")
    return "\n".join(parts)


def _type_name(column: Column) -> str:
    name = str(column.dtype)
    short = "one of " + ", ".join(column.categories) if isinstance(column, Enum) else name
    return short.replace("Datetime(time_unit='us', time_zone='UTC')", "instant (UTC)") + (
        ", may be empty" if column.nullable else ""
    )


def commands_page() -> str:
    """Return the manual of the command line: what `--help` says, command by command."""
    group = typer.main.get_command(app)
    parts = ["# Commands\n", MADE, inspect.cleandoc(group.help or ""), ""]
    return "\n".join(parts + _sections(group, "belnota"))


def _sections(group: Any, path: str) -> list[str]:
    parts: list[str] = []
    for name, command in sorted(group.commands.items()):
        parts += [f"## {path} {name}\n", inspect.cleandoc(command.help or ""), ""]
        context = typer.Context(command, info_name=name)
        rows = [record for parameter in command.params if (record := parameter.get_help_record(context))]
        if rows:
            parts += ["```", *(f"{option:<34}  {' '.join(text.split())}".rstrip() for option, text in rows), "```", ""]
        parts += _sections(command, f"{path} {name}") if hasattr(command, "commands") else []
    return parts


def rating_rules_page() -> str:
    """Return the manual of rating: the spec tests, written for people."""
    sys.path.insert(0, str(ROOT))  # tests are no package that is installed
    from tests.spec.manual import page  # noqa: PLC0415 - as above

    return f"# Rating rules\n\n{MADE}\n{page()}"


PAGES = {"tables.md": tables_page, "commands.md": commands_page, "rating-rules.md": rating_rules_page}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a page drifted")
    check = parser.parse_args().check
    drifted = []
    for name, make in PAGES.items():
        path, text = DOCS / name, make().rstrip() + "\n"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            drifted.append(name)
            if not check:
                path.write_text(text, encoding="utf-8")
    if check and drifted:
        print(f"docs/{', docs/'.join(drifted)} differ from the code; run: make docs")
        return 1
    print("documents are true" if not drifted else f"written: {', '.join(drifted)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
