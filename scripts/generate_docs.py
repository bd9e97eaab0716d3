"""Writes the documents that are made from code: tables, commands, data-dictionary and rating-rules, all in docs/.

With --check it writes nothing and exits 1, naming what drifted.
"""

from __future__ import annotations

import argparse
import datetime as dt
import inspect
import sys
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typer

import warehouse
from belnota import tables
from belnota.store import open_store
from belnota.tables import ControlResult, empty
from belnota.tables.contract import Column, Enum, Table, description_of
from pipelines.cli import app
from pipelines.publishing import TABLES, store_frames

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


_ABOUT = """\
What is in `analytics.duckdb`, as the file itself says: `meta.views`, `meta.columns`, `meta.macros` and `meta.examples`
have the same words. How to open it is in [analysts.md](analysts.md). Schema `report` is what people want nearly always;
`mart` is the same as a star, for tools that draw and pivot; `core` has the tables behind; `meta` is about the file.
"""


def data_dictionary_page() -> str:
    """Return what the published database says about itself, from one that is made of an empty workspace."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "analytics.duckdb"
        _publish_nothing(Path(folder), path)
        views, columns, macros, examples = (
            warehouse.query(path, f"from meta.{name}").rows() for name in ("views", "columns", "macros", "examples")
        )
    parts = ["# Data dictionary\n", MADE, _ABOUT]
    described = {
        view: list(rows) for view, rows in groupby(sorted(columns, key=lambda row: row[0]), lambda row: row[0])
    }
    for view, grain in views:
        parts += [f"## {view}\n", f"{grain}\n", "| column | type | meaning |", "|---|---|---|"]
        parts += [f"| `{column}` | {kind} | {meaning} |" for _, column, kind, meaning in described[view]]
        parts.append("")
    parts += [
        "## Functions\n",
        "One selects from them; the first two give a value.\n",
        "| function | gives |",
        "|---|---|",
    ]
    parts += [f"| `{called}` | {description} |" for _, called, description in macros]
    parts += ["", "## Examples\n", "`belnota sql --example NAME` asks one of them.\n"]
    for name, question, meaning, sql in examples:
        parts += [f"### {name}\n", f"{question}\n", f"```sql\n{sql}\n```\n", f"{meaning}\n"]
    return "\n".join(parts)


def _publish_nothing(folder: Path, path: Path) -> None:
    store = open_store(f"sqlite:///{folder / 'store.sqlite'}")
    with store.reading() as tx:
        frames = store_frames(tx)
    store.close()
    day = dt.date(2026, 1, 1)
    versions = dict.fromkeys(TABLES, -1)
    release = warehouse.Release(0, "", dt.datetime(2026, 1, 1, tzinfo=dt.UTC), day, versions, empty(ControlResult))
    warehouse.publish(path, warehouse.Lake(folder / "lake"), release, frames)


def rating_rules_page() -> str:
    """Return the manual of rating: the spec tests, written for people."""
    sys.path.insert(0, str(ROOT))  # tests are no package that is installed
    from tests.spec.manual import page  # noqa: PLC0415 - as above

    return f"# Rating rules\n\n{MADE}\n{page()}"


PAGES = {
    "tables.md": tables_page,
    "commands.md": commands_page,
    "data-dictionary.md": data_dictionary_page,
    "rating-rules.md": rating_rules_page,
}


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
