"""Checks of the installation and the workspace, each with a finding a person can act on."""

from __future__ import annotations

import importlib
import os
import shutil
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from belnota import settings
from belnota.errors import BelnotaError
from belnota.store import open_store
from pipelines.publishing import TABLES
from warehouse import Lake

PACKAGES = (
    "belnota", "accounts", "tariffs", "rating", "warehouse", "invoicing", "alerts", "pbx", "pipelines", "portal",
)  # fmt: skip
ENOUGH_BYTES = 2 * 10**9


@dataclass(frozen=True)
class Finding:
    """One check: good, worth a look, or bad."""

    state: Literal["good", "look", "bad"]
    what: str
    detail: str


def examine(folder: Path) -> list[Finding]:
    """Run all checks on a workspace; a check that fails never stops the others."""
    findings = [_python(), _packages()]
    try:
        made = settings.load(folder, os.environ)
    except BelnotaError as error:
        return [*findings, Finding("bad", "settings", str(error))]
    findings.append(Finding("good", "settings", f"{made.workspace / settings.SETTINGS_FILE}, {len(made.feeds)} feeds"))
    return [*findings, _company(made), _store(made), _lake(made), _mail(made), _disk(made)]


def _python() -> Finding:
    good = sys.version_info >= (3, 11)
    return Finding("good" if good else "bad", "python", f"{sys.version.split()[0]} (3.11 or newer is needed)")


def _packages() -> Finding:
    homes = {str(Path(str(importlib.import_module(name).__file__)).parent.parent) for name in PACKAGES}
    if len(homes) == 1:
        return Finding("good", "packages", f"all from {homes.pop()}")
    detail = (
        f"they come from {', '.join(sorted(homes))}: another distribution took a name; use an environment of its own"
    )
    return Finding("bad", "packages", detail)


def _company(made: settings.Settings) -> Finding:
    needed = ("name", "street", "postcode", "city", "kvk", "vat_id", "iban")
    missing = [name for name in needed if not getattr(made.company, name)]
    if not missing:
        return Finding("good", "company", made.company.name)
    return Finding("bad", "company", f"no {', '.join(missing)} in belnota.toml [company]; invoices need them by law")


def _store(made: settings.Settings) -> Finding:
    try:
        store = open_store(made.store_url)
    except BelnotaError as error:
        return Finding("bad", "store", str(error))
    detail = store.engine.url.render_as_string(hide_password=True)
    store.close()
    return Finding("good", "store", detail)


def _lake(made: settings.Settings) -> Finding:
    lake = Lake(made.lake)
    versions = ", ".join(f"{table} {lake.version(table)}" for table in TABLES if lake.version(table) >= 0)
    return Finding("good" if versions else "look", "lake", versions or "nothing was ingested yet; run: belnota nightly")


def _mail(made: settings.Settings) -> Finding:
    if not made.smtp.host:
        return Finding(
            "look", "mail", "no SMTP server is set: mails are written to outbox/; set [smtp] host to send them"
        )
    try:
        with socket.create_connection((made.smtp.host, made.smtp.port), timeout=5):
            return Finding("good", "mail", f"{made.smtp.host}:{made.smtp.port} answers")
    except OSError as error:
        return Finding("bad", "mail", f"{made.smtp.host}:{made.smtp.port}: {error}; check [smtp] host and port")


def _disk(made: settings.Settings) -> Finding:
    free = shutil.disk_usage(made.workspace).free
    state: Literal["good", "look"] = "good" if free >= ENOUGH_BYTES else "look"
    return Finding(state, "disk", f"{free / 10**9:.1f} GB free; keep 2 GB")
