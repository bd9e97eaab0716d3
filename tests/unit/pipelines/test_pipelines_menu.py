"""The menu of `belnota`: true to the modules that it names, and loading only what a command needs."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module

import pytest
import typer
from typer.main import get_group
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.cli.menu import MENU
from tests.lib.price_lists import write_deck

HEAVY = {
    "prefect", "fastapi", "duckdb", "deltalake", "pyarrow", "sqlalchemy", "alembic", "reportlab", "babel", "jinja2",
    "phonenumbers", "stdnum", "aiosmtplib", "dataframely", "numpy",
}  # fmt: skip
"""What takes a tenth of a second or more to import and has no part in pricing a file."""


def loaded_by(*arguments: object) -> set[str]:
    """Run the command line in a process of its own; returns the packages that it imported."""
    code = "import sys, json; from pipelines.cli import app; app(standalone_mode=False)"
    code += "; print('loaded', json.dumps(list(sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return {name.split(".")[0] for name in json.loads(run.stdout.rpartition("loaded ")[2])}


@pytest.mark.parametrize("module", sorted({entry.module for entry in MENU.values()}))
def test_the_menu_lists_what_a_module_registers_and_nothing_else(module):
    registered = typer.Typer()
    import_module(f"pipelines.cli.{module}").register(registered)

    listed = {name for name, entry in MENU.items() if entry.module == module}
    assert set(get_group(registered).commands) == listed


def test_a_name_that_is_not_there_is_refused_with_the_nearest():
    run = CliRunner().invoke(app, ["deck"])
    assert run.exit_code == 2
    assert "No such command 'deck'. Did you mean 'decks'?" in run.output


def test_help_names_every_command_without_loading_one():
    run = CliRunner().invoke(app, ["--help"])
    assert run.exit_code == 0
    assert all(f"\n  {name} " in run.output for name in MENU)
    assert not loaded_by("--version") & (HEAVY | {"polars", "warehouse", "accounts", "tariffs"})


@pytest.mark.parametrize("name", ["out.csv", "out.parquet"])
def test_rate_loads_no_library_that_prices_nothing(tmp_path, name):
    deck = write_deck(tmp_path / "deck", "prefix,price\n31,0.10\n")
    calls, bundles, out = (tmp_path / file for file in ("calls.csv", "bundles.toml", name))
    head = "call_id,service,called,answered_at,quantity,subscription"
    calls.write_text(f"{head}\na,voice,31201234567,2026-10-07T12:00:00Z,60,s\n")
    bundles.write_text('[[bundle]]\nname="own"\nservice="voice"\nallowance=30\nsubscriptions=["s"]\n')

    loaded = loaded_by("rate", calls, "--deck", deck, "--bundles", bundles, "--out", out)

    assert out.exists()
    assert sorted(loaded & HEAVY) == []


def test_quote_loads_no_library_that_prices_nothing(tmp_path):
    deck = write_deck(tmp_path / "deck", "prefix,price\n31,0.10\n")

    loaded = loaded_by("quote", "312", "--deck", deck, "--at", "2026-10-07T12:00", "--duration", 60)

    assert sorted(loaded & HEAVY) == []


@pytest.mark.parametrize("name", ["feeds", "quarantine", "files", "close"])
def test_the_help_of_a_group_shows_whole_sentences(name):
    helped = CliRunner().invoke(app, [name, "--help"]).output
    assert "..." not in helped.partition("Commands:")[2]
    assert "\n  list " in helped or "\n  draft " in helped
