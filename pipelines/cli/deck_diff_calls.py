"""How a month of calls looks by two price lists: in all, per customer, per use, and the calls that differ most."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from belnota.money import MICROS_PER_EURO, round_ratio
from pipelines import arithmetic_text as amounts
from pipelines.cli.deck_diff_rows import percent
from pipelines.cli.shell import console, show

if TYPE_CHECKING:
    from pipelines.deck_diff import CallsDiff

_SHOWN: Final = 20
_BAR: Final = 12
_AMOUNTS: Final = ("calls", "before EUR", "after EUR", "difference", "", "")


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
    show([("in all", *_row(found.both, 0))], ["", *_AMOUNTS])
    _unpriced(found)
    _table("who pays more or less", found.customers, ["customer_id"], ["customer"])
    _table(
        "what costs more or less",
        found.usage,
        ["service", "call_type", "destination"],
        ["service", "call type", "destination"],
    )
    _most(found.most)


def _row(row: dict[str, Any] | Any, widest: int) -> tuple[Any, ...]:
    rise = row["after"] - row["before"]
    share = percent(round_ratio(rise * 10_000, row["before"], "half_up")) if row["before"] else ""
    both = [amounts.micro_euros(row[name]) for name in ("before", "after")]
    return row["calls"], *both, difference(rise), share if rise else "", _bar(rise, widest)


def difference(micro_eur: int) -> str:
    """Return a difference with its sign: `+0.0150`; nothing for none."""
    return f"{'+' if micro_eur > 0 else ''}{amounts.micro_euros(micro_eur)}" if micro_eur else "0"


def _bar(rise: int, widest: int) -> str:
    if not widest or not rise:
        return ""
    length = max(1, _BAR * abs(rise) // widest)
    return ("█" if rise > 0 else "░") * length


def _table(title: str, rows: pl.DataFrame, key: Sequence[str], headings: Sequence[str]) -> None:
    moved = rows.filter(pl.col("after") != pl.col("before"))
    widest = max(((moved["after"] - moved["before"]).abs()).to_list(), default=0)
    same = rows.height - moved.height
    console.print()
    console.print(f"{title}{f'; {same:,} the same' if same else ''}", style="bold", markup=False)
    if moved.height:
        shown = [(*(row[name] for name in key), *_row(row, widest)) for row in moved.head(_SHOWN).iter_rows(named=True)]
        show(_lined_up(shown, len(key) + 1, 3), [*headings, *_AMOUNTS])
    if moved.height > _SHOWN:
        console.print(f"and {moved.height - _SHOWN:,} more, with smaller differences: --json has them all")


def _unpriced(found: CallsDiff) -> None:
    for title, rows, charge in (
        ("only the first prices these; by the second they would wait in suspense", found.lost, "before EUR"),
        ("only the second prices these; by the first they wait in suspense", found.gained, "after EUR"),
    ):
        if rows.height:
            console.print()
            console.print(title, style="bold")
            shown = [
                (row["destination"], row["reason"], row["calls"], amounts.micro_euros(row["charge"]))
                for row in rows.head(_SHOWN).iter_rows(named=True)
            ]
            show(_lined_up(shown, 3, 1), ["destination", "because", "calls", charge])
    if found.neither:
        console.print(f"\n{found.neither:,} calls are priced by neither")


def _most(rows: pl.DataFrame) -> None:
    if rows.is_empty():
        return
    console.print()
    console.print("the calls that differ most", style="bold")
    shown = [
        (
            row["call_id"],
            row["customer_id"],
            row["other_number"],
            amounts.units(row["quantity"], str(row["service"])),
            *(f"{row[f'deck_{side}'] or ''} {row[f'prefix_{side}'] or ''}".strip() for side in ("before", "after")),
            *(amounts.micro_euros(row[side]) for side in ("before", "after")),
            difference(row["after"] - row["before"]),
        )
        for row in rows.iter_rows(named=True)
    ]
    headings = [
        "call",
        "customer",
        "called",
        "used",
        "row before",
        "row after",
        "before EUR",
        "after EUR",
        "difference",
    ]
    show(_lined_up(shown, 6, 3), headings)


def _lined_up(rows: Sequence[tuple[Any, ...]], first: int, count: int) -> list[list[Any]]:
    """Pad columns of amounts, so that their points stand under each other."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    for column in columns[first : first + count]:
        column[:] = amounts.lined_up(column)
    return [list(row) for row in zip(*columns, strict=True)]


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
