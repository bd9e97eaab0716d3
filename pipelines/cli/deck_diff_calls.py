"""How a month of calls looks by two price lists: in all, per customer, per use, and the calls that differ most."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from belnota.money import MICROS_PER_EURO, round_ratio
from pipelines import arithmetic_text as amounts
from pipelines.cli.deck_diff_rows import percent
from pipelines.cli.lines import show_lines
from pipelines.cli.shell import console

if TYPE_CHECKING:
    from pipelines.deck_diff import CallsDiff

_SHOWN: Final = 20
_BAR: Final = 12
_AMOUNTS: Final = ("calls", "before EUR", "after EUR", "difference", "change", "")
_NUMBERS: Final = frozenset(_AMOUNTS[:-1])


def show_calls(found: CallsDiff | None, period: str, before: str, after: str) -> None:
    """Print what the month would have cost; None: no call is on a plan that one of the two serves."""
    console.print()
    if found is None:
        names = " or ".join(dict.fromkeys((before, after)))
        console.print(
            f"no call of {period} is on a plan with price list {names}, as its own or as a base", markup=False
        )
        return
    console.print(f"the calls of {period}, priced by both", style="bold", markup=False)
    _show([("in all", *_row(found.both, 0))], ["", *_AMOUNTS])
    _unpriced(found)
    _table("who pays more or less", found.customers, "customer", lambda row: str(row["customer_id"]), has_bars=True)
    _table("what costs more or less", found.usage, "use", _use, has_bars=False)
    _most(found.most)


def _row(row: Mapping[str, Any], widest: int) -> tuple[str, ...]:
    rise = row["after"] - row["before"]
    share = percent(round_ratio(rise * 10_000, row["before"], "half_up")) if row["before"] and rise else ""
    both = [amounts.micro_euros(row[name]) for name in ("before", "after")]
    return f"{row['calls']:,}", *both, difference(rise), share, _bar(rise, widest)


def difference(micro_eur: int) -> str:
    """Return a difference with its sign: `+0.0150`; nothing for none."""
    return f"{'+' if micro_eur > 0 else ''}{amounts.micro_euros(micro_eur)}" if micro_eur else "0"


def _bar(rise: int, widest: int) -> str:
    if not widest or not rise:
        return ""
    length = max(1, _BAR * abs(rise) // widest)
    return ("█" if rise > 0 else "░") * length


def _table(
    title: str, rows: pl.DataFrame, heading: str, named: Callable[[Mapping[str, Any]], str], *, has_bars: bool
) -> None:
    moved = rows.filter(pl.col("after") != pl.col("before"))
    widest = max((moved["after"] - moved["before"]).abs().to_list(), default=0) if has_bars else 0
    same = rows.height - moved.height
    _title(f"{title}{f'; {same:,} the same' if same else ''}")
    if moved.height:
        shown = [(named(row), *_row(row, widest)) for row in moved.head(_SHOWN).iter_rows(named=True)]
        _show(shown, [heading, *_AMOUNTS])
    if moved.height > _SHOWN:
        console.print(f"and {moved.height - _SHOWN:,} more, with smaller differences: --json has them all")


def _use(row: Mapping[str, Any]) -> str:
    """Return what was used: roaming covers every service, so it says which one."""
    service = f" {row['service']}" if row["call_type"].startswith("roaming") else ""
    return f"{row['call_type']}{service}, {row['destination']}"


def _unpriced(found: CallsDiff) -> None:
    for title, rows, charge in (
        ("only the first prices these; by the second they would wait in suspense", found.lost, "before EUR"),
        ("only the second prices these; by the first they wait in suspense", found.gained, "after EUR"),
    ):
        if rows.height:
            _title(title)
            shown = [
                (row["destination"], row["reason"], f"{row['calls']:,}", amounts.micro_euros(row["charge"]))
                for row in rows.head(_SHOWN).iter_rows(named=True)
            ]
            _show(shown, ["destination", "because", "calls", charge])
    if found.neither:
        are = "call is" if found.neither == 1 else "calls are"
        console.print(f"\n{found.neither:,} {are} priced by neither")


def _most(rows: pl.DataFrame) -> None:
    if rows.is_empty():
        return
    _title("the calls that differ most")
    shown = [
        (
            *(amounts.micro_euros(row[side]) for side in ("before", "after")),
            difference(row["after"] - row["before"]),
            row["customer_id"],
            amounts.units(row["quantity"], str(row["service"])),
            _answered(row),
            row["call_id"],
        )
        for row in rows.iter_rows(named=True)
    ]
    _show(shown, ["before EUR", "after EUR", "difference", "customer", "used", "price row", "call"], is_long=True)


def _answered(row: Mapping[str, Any]) -> str:
    """Return the price list and prefix that answered, or both when they are not the same."""
    both = [f"{row[f'deck_{side}']} {row[f'prefix_{side}'] or 'any'}" for side in ("before", "after")]
    return both[0] if both[0] == both[1] else f"{both[0]} -> {both[1]}"


def _title(text: str) -> None:
    console.print()
    console.print(text, style="bold", markup=False)


def _show(rows: Sequence[tuple[str, ...]], headings: Sequence[str], *, is_long: bool = False) -> None:
    """Print lines; the points of amounts stand under each other."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    for index, heading in enumerate(headings):
        if heading in _NUMBERS:
            columns[index] = amounts.lined_up(columns[index])
    show_lines(list(zip(*columns, strict=True)), headings, is_long=is_long)


def calls_json(found: CallsDiff) -> dict[str, Any]:
    """Return all figures; amounts as decimal text in euros."""
    money = {"before", "after", "charge"}

    def told(row: dict[str, Any]) -> dict[str, Any]:
        named = {f"{name}_eur" if name in money else name: value for name, value in row.items()}
        return {
            name: amounts.euros(Fraction(value, MICROS_PER_EURO)) if name.removesuffix("_eur") in money else value
            for name, value in named.items()
        }

    tables = {name: getattr(found, name) for name in ("customers", "usage", "lost", "gained", "most")}
    return {
        "period": found.period,
        "both": told(dict(found.both)),
        "neither": found.neither,
        **{name: [told(row) for row in table.to_dicts()] for name, table in tables.items()},
    }
