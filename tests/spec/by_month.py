"""Runs a case of whole months in a workspace: accounts and a price list imported, raw files rated, a month closed."""

from __future__ import annotations

import csv
import datetime as dt
import json
import shutil
from pathlib import Path

import polars as pl

import accounts
from belnota.periods import Period
from pipelines import suspense
from pipelines.night import NIGHT
from pipelines.workspace import silent
from tariffs.registry import import_deck
from tests.lib.small_reseller import CUSTOMER, HEADERS, USER, SmallReseller
from tests.spec.by_file import ORDINARY, moment, write_deck
from tests.spec.cases import MonthCase, Row, Table

TODAY = dt.date(2027, 5, 1)
PLAN = "plan"
NAMED = 'code = "{0}"\nname_nl = "{0}"\nname_en = "{0}"\n'
PRICED = NAMED + 'product = "mobiel"\nmonthly_eur = "10.00"\n'
SUBSCRIPTION = {"customer": "A", "from": "2026-01-01", "until": "", "modules": ""}
ONE_SUBSCRIPTION = "subscription\ns1"
EURO = 1_000_000
PLACE = pl.col("call_id").str.extract(r":(\d+)$").cast(pl.Int64)


class Reseller(SmallReseller):
    """The reseller of one case; its numbers are +31201110001 for the first subscription, and so on."""

    def __init__(self, folder: Path, case: MonthCase) -> None:
        self.case = case
        table = Table.of(case.subscriptions or ONE_SUBSCRIPTION)
        self.subscriptions = {row["subscription"]: SUBSCRIPTION | row for row in table.dicts()}
        self.number = {name: f"+3120111{place:04}" for place, name in enumerate(self.subscriptions, 1)}
        super().__init__(folder)

    def import_accounts(self) -> None:
        folder = self.folder / "accounts"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        held = self.subscriptions.items()
        customers = sorted({row["customer"] for _, row in held})
        modules = [(name, module) for name, row in held for module in row["modules"].split(", ") if module]
        lines = {
            "customers": [CUSTOMER.format(name, "Straat 1").strip() for name in customers],
            "subscriptions": [f"{name},{row['customer']},{PLAN},,{row['from']},{row['until']}" for name, row in held],
            "numbers": [f"{self.number[name]},{name},{row['from']},{row['until']}" for name, row in held],
            "modules": [f"{name},{module},{self.subscriptions[name]['from']}," for name, module in modules],
            "users": [USER.format(name).strip() for name in customers],
        }
        for name, header in HEADERS.items():
            (folder / f"{name}.csv").write_text("\n".join([header, *lines[name]]) + "\n")
        (folder / "catalogue.toml").write_text(self.catalogue())
        with self.open() as workspace, workspace.store.writing() as tx:
            accounts.import_folder(tx, folder)

    def catalogue(self) -> str:
        bundles = Table.of(self.case.bundles).dicts() if self.case.bundles else []
        parts = []
        for offer in dict.fromkeys([PLAN, *(bundle["in"] for bundle in bundles)]):
            kind = "plan" if offer == PLAN else "module"
            parts.append(f"[[{kind}]]\n{PRICED.format(offer)}")
            parts += [f'deck = "{self.case.deck.name}"\n'] if offer == PLAN else []
            parts += [f"[[{kind}.bundle]]\n{_bundle(bundle)}" for bundle in bundles if bundle["in"] == offer]
        return "\n".join(parts)

    def import_deck(self) -> None:
        for deck in (self.case.deck, *self.case.bases):
            folder = write_deck(deck, self.folder / "decks")
            with self.open() as workspace, workspace.store.writing() as tx:
                import_deck(tx, workspace.settings.archive, folder, workspace.clock())

    def arrive(self, file: str, calls: list[tuple[int, Row]]) -> None:
        """Put a file of our own exchange in the inbox; the last column of a call is its place in the case."""
        with (self.folder / "inbox" / f"asterisk-{file}.csv").open("w", newline="") as stream:
            writer = csv.writer(stream, quoting=csv.QUOTE_ALL)
            for place, call in ((place, ORDINARY | call) for place, call in calls):
                at, seconds = moment(call["answered_at"]).replace(tzinfo=None), int(call["seconds"])
                own = self.number.get(call.get("subscription", "s1"), "+31209999999")
                parties = ["", own, call["called"], "internal", "x", "SIP/a", "SIP/b", "Dial", "x"]
                times = [at, at, at + dt.timedelta(seconds=seconds), seconds, seconds]
                answered = "ANSWERED" if seconds else "NO ANSWER"
                writer.writerow([*parties, *times, answered, "DOCUMENTATION", "1790000000.1", "", place])

    def rate(self) -> None:
        """Do what a night does with new calls, up to their price."""
        with self.open() as workspace:
            for step in ("ingest", "rate"):
                NIGHT[step](workspace, TODAY, silent)

    def write_off(self, places: list[int]) -> None:
        with self.open() as workspace:
            waiting = suspense.in_suspense(workspace).select("call_id", place=PLACE).collect()
            named = waiting.filter(pl.col("place").is_in(places))["call_id"].to_list()
            suspense.write_off(workspace, suspense.Selection(named), actor="Anna", because="an example")

    def results(self) -> list[Row]:
        """Return the calls as they are billed now, in the order of the case, as texts."""
        with self.open() as workspace:
            rated = workspace.lake.scan("rated_calls").collect()
            draws = workspace.lake.scan("bundle_draws").collect()
        rows = [_shown(row, draws) for row in rated.sort(PLACE).iter_rows(named=True)]
        assert [row["place"] for row in rows] == [str(n) for n in range(len(rows))]
        return rows


def outcome(case: MonthCase, folder: Path) -> list[Row]:
    """Take in the calls of a case, with a close between them where it says so; returns the rated calls as texts."""
    calls = list(enumerate(Table.of(case.calls).cut()[0]))
    reseller = Reseller(folder / "workspace", case)
    reseller.arrive("1", [(place, call) for place, call in calls if call.get("arrives") != "late"])
    reseller.rate()
    if case.closed:
        reseller.close(Period.parse(case.closed))
        reseller.arrive("2", [(place, call) for place, call in calls if call.get("arrives") == "late"])
        reseller.rate()
    written_off = [place for place, call in calls if call.get("finance")]
    if written_off:
        reseller.write_off(written_off)
        reseller.rate()
    return reseller.results()


def _bundle(bundle: Row) -> str:
    carried = f'rollover = {{ most = "{bundle["most"]}", months = {bundle["months"]} }}' if bundle.get("most") else ""
    lines = [NAMED.format(bundle["bundle"]) + 'service = "voice"', f'allowance = "{bundle["allowance"]}"']
    lines += ["group = true"] if bundle.get("group") == "true" else []
    types = [name.strip() for name in bundle.get("call_types", "").split(",") if name]
    lines += [f"call_types = {json.dumps(types)}"] if types else []
    return "\n".join([*lines, carried]) + "\n"


def _shown(row: dict[str, object], draws: pl.DataFrame) -> Row:
    drawn = draws.filter(pl.col("call_id") == row["call_id"]).select("pool_id", "quantity").rows()
    texts = {name: "" if value is None else str(value) for name, value in row.items()}
    return texts | {
        "place": str(row["call_id"]).rpartition(":")[2],
        "draws": ", ".join(f"{_pool(pool)} {taken}" for pool, taken in sorted(drawn, key=_own_last)),
        "charge": _euros(row["charge_micro_eur"]),
    }


def _pool(pool_id: str) -> str:
    """Return the name of a pool: `minutes`, or `minutes of 2026-09` for what was carried from September."""
    bundle, _, rest = pool_id.partition("@")
    _, carried, origin = rest.partition("#")
    return f"{bundle} of {origin}" if carried else bundle


def _own_last(drawn: tuple[str, int]) -> tuple[str, str]:
    bundle, _, rest = drawn[0].partition("@")
    return bundle, rest.partition("#")[2] or "own"


def _euros(micros: object) -> str:
    """Return micro-euros with the four decimals that the price lists of these cases round to."""
    assert micros is None or (isinstance(micros, int) and micros % 100 == 0)
    return "" if micros is None else f"{micros // EURO}.{micros % EURO // 100:04}"
