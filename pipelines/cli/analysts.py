"""The command of analysts: sql."""

from __future__ import annotations

import sys
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

import typer

import warehouse
from belnota.errors import Refused
from pipelines.cli.answers import print_csv, print_json, show_table, write_parquet
from pipelines.cli.shell import JsonOption, WorkspaceOption, console, workspace_of

FIRST_LOOK = "from meta.views where split_part(view, '.', 1) not in ('meta', 'core')"
EXAMPLES = "select name, question from meta.examples order by name"
_MORE = """\
columns: belnota sql "from columns_of('report.calls')"; questions: belnota sql --examples
functions: belnota sql "from meta.macros"; all views, also of meta and core: belnota sql "from meta.views\""""


def register(app: typer.Typer) -> None:
    app.command()(sql)


def sql(
    query: Annotated[str, typer.Argument(help="One query; - reads it from standard input.", show_default=False)] = "",
    workspace: WorkspaceOption = None,
    *,
    file: Annotated[Path | None, typer.Option("--file", help="Read the query from this file.")] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    as_json: JsonOption = False,
    parquet: Annotated[Path | None, typer.Option("--parquet", help="Write the answer to this Parquet file.")] = None,
    examples: Annotated[bool, typer.Option("--examples", help="List questions with their queries.")] = False,
    example: Annotated[
        str, typer.Option("--example", help="Ask this question of --examples.", show_default=False)
    ] = "",
    seconds: Annotated[int, typer.Option("--seconds", min=1, help="Give up after so many seconds.")] = 300,
    memory: Annotated[int, typer.Option("--memory", min=64, help="MiB of memory that a query may take.")] = 2048,
) -> None:
    """Ask the published figures a question in SQL; nothing can be changed by it, and no other file can be read.

    Without a query the published views are listed. The newest release is asked; docs/analysts.md has more.

    Example: belnota sql "select sum(charge_eur) from report.calls where billing_period = '2026-10'"
    """
    with workspace_of(workspace) as opened:
        folder, path = opened.settings.workspace, opened.settings.published
    if not path.exists():
        raise Refused(f"{path} does not exist: nothing is published yet; run: belnota nightly")
    if [bool(query), file is not None, examples, bool(example)].count(True) > 1:
        raise Refused("give one query: as an argument, or with --file, --example or --examples")
    if [as_csv, as_json, parquet is not None].count(True) > 1:
        raise Refused("choose one of --csv, --json and --parquet")
    asked = _example(path, example) if example else None
    text = asked["sql"] if asked else EXAMPLES if examples else _text(query, file)
    answer = warehouse.query(path, text or FIRST_LOOK, limits=warehouse.Limits(seconds, memory))
    if as_csv:
        print_csv(answer)
    elif as_json:
        print_json(answer)
    elif parquet is not None:
        write_parquet(answer, parquet, folder)
    else:
        if asked:
            console.print(f"{asked['question']}\n", style="bold", markup=False)
            console.print(f"{asked['sql']}\n", style="dim", markup=False)
        show_table(answer)
        if asked:
            console.print(f"\n{asked['meaning']}", markup=False)
        elif not text:
            console.print(_MORE, style="dim", markup=False)


def _text(query: str, file: Path | None) -> str:
    if query == "-":
        text, where = sys.stdin.read(), "standard input"
    elif file is not None:
        try:
            text, where = file.read_text(encoding="utf-8-sig"), str(file)
        except FileNotFoundError:
            raise Refused(f"{file} does not exist; --file takes a file with one query") from None
        except UnicodeDecodeError as error:
            raise Refused(f"{file}: not UTF-8 at byte {error.start}; save it as UTF-8") from None
    else:
        return query
    if not text.strip():
        raise Refused(f"{where} has no query")
    return text


def _example(path: Path, name: str) -> dict[str, str]:
    known = {row["name"]: row for row in warehouse.query(path, "from meta.examples").to_dicts()}
    if name not in known:
        near = get_close_matches(name, known, n=3) or sorted(known)
        raise Refused(f"there is no example {name}; nearest: {', '.join(near)}; all of them: belnota sql --examples")
    return known[name]
