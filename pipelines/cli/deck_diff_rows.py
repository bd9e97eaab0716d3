"""How the differences of two price lists look: settings, counts, rows, the biggest rises and falls."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

import polars as pl

from pipelines import arithmetic_text as amounts
from pipelines.cli.lines import show_lines
from pipelines.cli.shell import console, show
from tariffs.diff import KEY, TERMS, DeckDiff

_BIGGEST: Final = 5
_MONEY: Final = ("connect_fee", "max_charge")
_WHERE: Final = ("service", "origin", "prefix", "destination", "band", "from")


def show_rows(found: DeckDiff, most: int | None) -> None:
    """Print the differences; of each kind the first `most` rows, or all when it is None."""
    if found.is_empty:
        console.print(f"no differences: {found.same:,} rows are the same")
        return
    if found.settings:
        console.print()
        show(found.settings, ["settings", "before", "after"])
    console.print()
    show(_counts(found), ["rows", "", "of which"])
    if most is not None and found.changed.height > most:
        for title, some in (("biggest rises", found.dearer), ("biggest falls", found.cheaper)):
            _show_changed(title, some.head(_BIGGEST), some.height)
    for title, some in (("added", found.added), ("removed", found.removed)):
        _show_single(title, some if most is None else some.head(most), some.height)
    some = found.changed
    _show_changed("changed", some if most is None else some.head(most), some.height)


def _counts(found: DeckDiff) -> list[tuple[object, ...]]:
    dearer, cheaper = found.dearer.height, found.cheaper.height
    other = found.changed.height - dearer - cheaper
    return [
        ("added", found.added.height, _prefixes(found.added)),
        ("removed", found.removed.height, _prefixes(found.removed)),
        ("changed", found.changed.height, f"{dearer:,} dearer, {cheaper:,} cheaper by the unit, {other:,} otherwise"),
        ("the same", found.same, ""),
    ]


def _prefixes(rows: pl.DataFrame) -> str:
    count = rows["prefix"].n_unique()
    return f"{count:,} prefix{'' if count == 1 else 'es'}"


def _where(row: dict[str, Any], after: str = "") -> tuple[str, ...]:
    service = row["service"] + (" in" if row["direction"] == "in" else "")
    service += " information" if row["charge_kind"] == "information" else ""
    slot = amounts.units(row["from_quantity"], row["service"]) if row["from_quantity"] else ""
    name = row[f"destination{after}"]
    return service, row["origin"], row["prefix"] or "any", name if name != row["prefix"] else "", row["band_name"], slot


def _show_single(title: str, rows: pl.DataFrame, count: int) -> None:
    if rows.is_empty():
        return
    table = [
        (*_where(row), amounts.price(row["price"], row["per"], row["service"]), _other_terms(row))
        for row in rows.iter_rows(named=True)
    ]
    _show(title, table, ["price EUR", "terms"], count)


def _show_changed(title: str, rows: pl.DataFrame, count: int) -> None:
    if rows.is_empty():
        return
    table = []
    for row in rows.iter_rows(named=True):
        prices = [amounts.price(row[f"price{side}"], row[f"per{side}"], row["service"]) for side in ("", "_after")]
        if prices[0] == prices[1]:
            prices[1] = "same"
        table.append((*_where(row, "_after"), *prices, percent(row["change"]), _changes(row)))
    _show(title, table, ["price before", "after", "change", "other terms"], count)


def _show(title: str, table: list[tuple[str, ...]], headings: list[str], count: int) -> None:
    """Print rows; columns that are the same default in all of them are left out."""
    names = [*_WHERE, *headings]
    plain = {"service": {"voice"}, "origin": {"*"}, "band": {"*"}}
    kept = [
        index
        for index, name in enumerate(names)
        if not {row[index] for row in table} <= (plain.get(name, set()) | {""})
    ]
    more = f" (the first {len(table):,} of {count:,}; all with --all)" if len(table) < count else ""
    console.print()
    console.print(f"{title}{more}", style="bold", markup=False)
    # Left-justified: a prefix is no number, and prices of one unit line up by themselves.
    show_lines([[row[index] for index in kept] for row in table], [names[index] for index in kept], is_long=True)


def percent(change: int | None) -> str:
    """Return hundredths of a percent as people write them: `+12.50 %`."""
    if change is None:
        return ""
    return f"{'-' if change < 0 else '+'}{abs(change) // 100:,}.{abs(change) % 100:02d} %"


def _changes(row: dict[str, Any]) -> str:
    said = {"destination", "price", "per"}
    texts = [
        f"{_name(name)} {_value(name, row[name])} -> {_value(name, row[f'{name}_after'])}"
        for name in row["differs"]
        if name not in said
    ]
    if "destination" in row["differs"]:
        texts.insert(0, f"was called {row['destination']}")
    return "; ".join(texts)


def _other_terms(row: dict[str, Any]) -> str:
    plain = {"connect_fee": 0, "increment": 1, "minimum": 0, "free_below": 0, "call_type": "other"}
    wanted = [name for name in TERMS if name not in ("price", "per", "destination") and row[name] != plain.get(name)]
    return "; ".join(f"{_name(name)} {_value(name, row[name])}" for name in wanted)


def _name(term: str) -> str:
    return term.replace("_", " ")


def _value(term: str, value: Any) -> str:
    if value is None:
        return "none" if term in _MONEY else "open"
    return amounts.euros(Fraction(value, 10**8)) if term in _MONEY else str(value)


def rows_json(found: DeckDiff) -> dict[str, Any]:
    """Return the differences with all rows; prices, fees and caps as decimal text in euros."""
    money = ("price", *_MONEY)
    dicts = {name: getattr(found, name).to_dicts() for name in ("added", "removed", "changed")}
    for row in (row for rows in dicts.values() for row in rows):
        row.pop("band", None)
        for name in [one for one in row if one.removesuffix("_after") in money]:
            row[name] = None if row[name] is None else amounts.euros(Fraction(row[name], 10**8))
        row["band"] = row.pop("band_name")
        if "change" in row:
            row["change_percent"] = percent(row.pop("change")) or None
    settings = [{"what": what, "before": old, "after": new} for what, old, new in found.settings]
    return {"settings": settings, "same": found.same, "key": list(KEY), **dicts}
