"""The steps of a conversion: lines of somebody else's file become texts of rates.csv, each keeping its line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from belnota.money import RoundingMode, round_ratio
from tariffs.columns import AMOUNTS, PRICE_DECIMALS
from tariffs.convert_mapping import FIRST_INCREMENT, DeckMapping, columns_of
from tariffs.csv_lines import LINE
from tariffs.deck import Fault

_NUMBER: Final = r"^[0-9]{1,9}(\.[0-9]{1,15})?$"


def filled(template: str) -> pl.Expr:
    """Return a template with the texts of a row in its places; an empty text leaves its place empty."""
    pattern = template
    columns = columns_of(template)
    for column in columns:
        pattern = pattern.replace(f"{{{column}}}", "{}", 1)
    if pattern == "{}":
        return pl.col(columns[0])
    return pl.format(pattern, *(pl.col(column).fill_null("") for column in columns))


def unexpected(texts: pl.DataFrame, mapping: DeckMapping, file: str) -> list[Fault]:
    """Return the faults of [expect] and [values]: texts of which the mapping does not say what they mean."""
    faults = []
    for column, known in mapping.expect.items():
        listed = ", ".join(map(repr, known))
        told = f"the mapping expects {listed} here, and does not say what else would mean; see [expect]"
        faults += _not_in(texts, column, known, file, told)
    for column, translation in mapping.values.items():
        listed = ", ".join(map(repr, translation))
        faults += _not_in(texts, column, (*translation, ""), file, f"[values.{column}] knows {listed}; add this one")
    return faults


def _not_in(texts: pl.DataFrame, column: str, known: tuple[str, ...], file: str, told: str) -> list[Fault]:
    others = texts.filter(~pl.col(column).fill_null("").is_in(list(known)))
    return [Fault(file, line, column, text or "", told) for line, text in others.select(LINE, column).iter_rows()]


def translated(texts: pl.DataFrame, values: Mapping[str, Mapping[str, str]]) -> pl.DataFrame:
    """Put the words of rates.csv for those of the file."""
    return texts.with_columns(pl.col(column).replace(dict(translation)) for column, translation in values.items())


def rates_texts(texts: pl.DataFrame, mapping: DeckMapping) -> pl.DataFrame:
    """Return `LINE`, `name` (where prefixes are joined) and one column a target, null where empty."""
    targets = {target: filled(template) for target, template in mapping.columns.items()}
    targets |= {target: pl.lit(text) for target, text in mapping.constants.items()}
    if mapping.join:
        targets["name"] = filled(mapping.join.name)
    amounts = {target: _with_point(targets[target], mapping.decimal) for target in AMOUNTS if target in targets}
    return texts.select(LINE, **(targets | amounts)).with_columns(pl.col(pl.String).str.strip_chars().replace("", None))


def _with_point(amount: pl.Expr, decimal: str) -> pl.Expr:
    if decimal == ".":
        return amount
    # A point in a file that writes decimal commas is a fault, not a second way to write.
    return amount.str.replace_all(".", "?", literal=True).str.replace(decimal, ".", literal=True)


def with_prefixes(rates: pl.DataFrame, mapping: DeckMapping) -> pl.DataFrame:
    """Return one row per prefix: split where one field lists several, cleaned of what stands before the digits."""
    if mapping.split_prefix:
        parts = pl.col("prefix").fill_null("").str.split(mapping.split_prefix)
        rates = rates.with_columns(prefix=parts).explode("prefix")
    prefix = pl.col("prefix").str.strip_chars()
    for before in sorted(mapping.drop_before_prefix, key=len, reverse=True):
        prefix = prefix.str.strip_prefix(before)
    return rates.with_columns(prefix=pl.format("{}{}", pl.lit(mapping.add_before_prefix), prefix))


def in_euros(rates: pl.DataFrame, rate: str | None, rounding: RoundingMode) -> pl.DataFrame:
    """Change every amount by the exchange rate, exactly, rounded once to 8 decimals; what is no number stays."""
    if rate is None:
        return rates
    for name in rates.columns:
        if name in AMOUNTS:
            written = rates[name].drop_nulls().unique()
            changed = {text: _exchanged(text, rate, rounding) for text in written.filter(written.str.contains(_NUMBER))}
            rates = rates.with_columns(pl.col(name).replace(changed))
    return rates


def _exchanged(amount: str, rate: str, rounding: RoundingMode) -> str:
    """Return the amount in euros.

    >>> _exchanged("0.20930", "0.8612", "half_up")
    '0.18024916'
    """
    (whole, part), (rate_whole, rate_part) = (text.partition(".")[::2] for text in (amount, rate))
    numerator = int(whole + part) * int(rate_whole + rate_part) * 10**PRICE_DECIMALS
    units = round_ratio(numerator, 10 ** (len(part) + len(rate_part)), rounding)
    return f"{units // 10**PRICE_DECIMALS}.{units % 10**PRICE_DECIMALS:0{PRICE_DECIMALS}}"


def with_first_increment(rates: pl.DataFrame) -> pl.DataFrame:
    """Write a first increment that differs as two rows: 30/6 is increment 30 at 0 and increment 6 at 30.

    The connect fee, cap and free_below of a call are those of the row that prices its first unit.
    """
    if FIRST_INCREMENT not in rates.columns:
        return rates
    first, following = pl.col(FIRST_INCREMENT), pl.col("increment")
    differs = first.is_not_null() & (first != following.fill_null("1"))
    start = rates.with_columns(
        increment=pl.when(differs).then(first).otherwise(following), from_quantity=pl.lit("0"), step=0
    )
    rest = rates.filter(differs).with_columns(from_quantity=first, step=1)
    return pl.concat([start, rest]).sort(LINE, "step", maintain_order=True).drop(FIRST_INCREMENT, "step")
