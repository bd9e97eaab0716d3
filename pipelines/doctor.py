"""Checks of the installation and the workspace, each with a finding a person can act on."""

from __future__ import annotations

import importlib
import os
import re
import shutil
import socket
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import sqlalchemy as sa
import stdnum.eu.vat
import stdnum.iban

import accounts
import tariffs.registry
from belnota import settings
from belnota.errors import BelnotaError, Refused
from belnota.store import open_store, schema
from pipelines.arrivals import Waiting
from pipelines.feeds import reader_of
from pipelines.ingest import mapping_text
from pipelines.publishing import TABLES
from warehouse import Lake

PACKAGES = (
    "belnota", "accounts", "tariffs", "rating", "warehouse", "invoicing", "alerts", "pbx", "pipelines", "portal",
)  # fmt: skip
ENOUGH_BYTES = 2 * 10**9
EXAMPLE_COMPANY = "Belnota Voorbeeld Telecom B.V."
"""The name in the belnota.toml that `belnota init` writes."""


@dataclass(frozen=True)
class Finding:
    """One check: good, worth a look, or bad."""

    state: Literal["good", "look", "bad"]
    what: str
    detail: str


def examine(folder: Path) -> list[Finding]:
    """Run all checks on a workspace; a check that fails never stops the others."""
    findings = [*_tried("python", _python), *_tried("packages", _packages)]
    try:
        made = settings.load(folder, os.environ)
    except BelnotaError as error:
        return [*findings, Finding("bad", "settings", str(error))]
    findings.append(Finding("good", "settings", f"{made.workspace / settings.SETTINGS_FILE}, {len(made.feeds)} feeds"))
    checks = {
        "company": _company,
        "feeds": _feeds,
        "inbox": _inbox,
        "store": _store,
        "lake": _lake,
        "mail": _mail,
        "disk": _disk,
    }
    return findings + [finding for what, check in checks.items() for finding in _tried(what, check, made)]


def _tried(what: str, check: Callable[..., Iterator[Finding]], *asked: object) -> Iterator[Finding]:
    """Yield what a check finds; where it breaks, that is a finding too."""
    try:
        yield from check(*asked)
    except Exception as error:  # noqa: BLE001 - whatever breaks one check, the others are still worth knowing
        known = isinstance(error, (BelnotaError, OSError))
        yield Finding("bad", what, str(error) if known else f"{type(error).__name__}: {error}")


def _python() -> Iterator[Finding]:
    good = sys.version_info >= (3, 11)
    yield Finding("good" if good else "bad", "python", f"{sys.version.split()[0]} (3.11 or newer is needed)")


def _packages() -> Iterator[Finding]:
    homes = {str(Path(str(importlib.import_module(name).__file__)).parent.parent) for name in PACKAGES}
    if len(homes) == 1:
        yield Finding("good", "packages", f"all from {homes.pop()}")
        return
    named = ", ".join(sorted(homes))
    remedy = "another distribution took a name; use an environment of its own"
    yield Finding("bad", "packages", f"they come from {named}: {remedy}")


def _company(made: settings.Settings) -> Iterator[Finding]:
    company = made.company
    remedy = "put it right in belnota.toml [company]; invoices need it by law"
    needed = ("name", "street", "postcode", "city", "kvk", "vat_id", "iban")
    faults = [f"no {name}" for name in needed if not getattr(company, name).strip()]
    is_foreign = company.country.strip().upper() != "NL"
    is_dutch_vat_id = company.vat_id.startswith("NL") and stdnum.eu.vat.is_valid(company.vat_id)
    right = {
        "kvk": (is_foreign or re.fullmatch(r"\d{8}", company.kvk, re.ASCII), "a KvK number of 8 digits"),
        "vat_id": (is_foreign or is_dutch_vat_id, "a Dutch VAT id such as NL004495445B01"),
        "iban": (stdnum.iban.is_valid(company.iban), "an IBAN: its length or check digits are wrong"),
    }
    for name, (is_right, what) in right.items():
        value = getattr(company, name)
        if value.strip() and not is_right:
            faults.append(f"{name} {value!r} is not {what}")
    if faults:
        yield Finding("bad", "company", f"{'; '.join(faults)}: {remedy}")
    elif company.name == EXAMPLE_COMPANY:
        detail = f"{company.name}: this is the example company; put your own in before you send invoices"
        yield Finding("look", "company", detail)
    else:
        yield Finding("good", "company", company.name)


def _feeds(made: settings.Settings) -> Iterator[Finding]:
    """Build every reader as the night does, which refuses to begin when one cannot be built."""
    good = []
    for feed in made.feeds:
        try:
            reader_of(feed, mapping_text(made, feed))
        except Refused as error:
            yield Finding("bad", "feeds", str(error))
        else:
            good.append(feed.name)
    if good:
        yield Finding("good", "feeds", ", ".join(good))
    if not made.feeds:
        yield Finding("look", "feeds", "there are none, so every raw file is refused; write [[feed]] in belnota.toml")


def _inbox(made: settings.Settings) -> Iterator[Finding]:
    if not made.inbox.is_dir():
        yield Finding("look", "inbox", f"{made.inbox} is no folder, so nothing is ever read; make it")
        return
    shown = [path for path in sorted(made.inbox.iterdir()) if not path.name.startswith(".")]
    files = [path for path in shown if stat.S_ISREG(path.lstat().st_mode)]
    for path in shown:
        name = Waiting(path, made.inbox).name
        if path in files:
            continue
        if path.is_dir() and not path.is_symlink():
            yield Finding("look", "inbox", f"{name} is a folder, files in it are never read; move them up into inbox/")
        else:
            yield Finding("look", "inbox", f"{name} is a link, pipe or device, never opened; put the file itself there")
    yield Finding("good", "inbox", f"files waiting: {len(files):,}")


def _store(made: settings.Settings) -> Iterator[Finding]:
    store = open_store(made.store_url)
    try:
        yield Finding("good", "store", store.engine.url.render_as_string(hide_password=True))
        with store.reading() as tx:
            yield from _tried("accounts", _accounts, tx)
        with store.reading() as tx:
            yield from _tried("price lists", _price_lists, tx, made.archive)
    finally:
        store.close()


def _accounts(tx: sa.Connection) -> Iterator[Finding]:
    customers, owned = len(accounts.customers(tx)), accounts.ownership(tx)["own_number"].n_unique()
    if customers and owned:
        yield Finding("good", "accounts", f"{customers:,} customers, {owned:,} numbers")
    else:
        remedy = "so no call has an owner; run: belnota accounts import accounts"
        yield Finding("look", "accounts", f"{customers:,} customers and {owned:,} numbers in use, {remedy}")


def _price_lists(tx: sa.Connection, archive: Path) -> Iterator[Finding]:
    decks = tariffs.registry.load_decks(tx, archive)
    plans = schema.plans.c
    wanted = tx.scalars(sa.select(plans.deck).where(plans.deck != "").distinct()).all()
    _, problems = tariffs.usable(decks, wanted)
    for problem in problems:
        yield Finding("bad", "price lists", f"{problem}; run: belnota decks import decks/NAME")
    if decks:
        yield Finding("good", "price lists", ", ".join(decks))
    elif not problems:
        remedy = "so no call has a price; run: belnota decks import decks/NAME"
        yield Finding("look", "price lists", f"none is imported, {remedy}")


def _lake(made: settings.Settings) -> Iterator[Finding]:
    lake = Lake(made.lake)
    versions = ", ".join(f"{table} {lake.version(table)}" for table in TABLES if lake.version(table) >= 0)
    yield Finding("good" if versions else "look", "lake", versions or "nothing was ingested yet; run: belnota nightly")


def _mail(made: settings.Settings) -> Iterator[Finding]:
    smtp = made.smtp
    if not smtp.host:
        detail = "no SMTP server is set: mails are written to outbox/; set [smtp] host to send them"
        yield Finding("look", "mail", detail)
        return
    try:
        socket.create_connection((smtp.host, smtp.port), timeout=5).close()
    except OSError as error:
        yield Finding("bad", "mail", f"{smtp.host}:{smtp.port}: {error}; check [smtp] host and port")
    else:
        yield Finding("good", "mail", f"{smtp.host}:{smtp.port} answers")


def _disk(made: settings.Settings) -> Iterator[Finding]:
    free = shutil.disk_usage(made.workspace).free
    state: Literal["good", "look"] = "good" if free >= ENOUGH_BYTES else "look"
    yield Finding(state, "disk", f"{free / 10**9:.1f} GB free; keep 2 GB")
