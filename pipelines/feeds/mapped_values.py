"""The values of mapped files: words, numbers dialled, and quantities."""

from __future__ import annotations

import re
from functools import reduce
from operator import add
from typing import Final

import polars as pl

from belnota.money import rounded
from pipelines.feeds.durations import FORMS, ticks
from pipelines.feeds.mapped_lines import text
from pipelines.feeds.mapped_times import joined, milliseconds_between
from pipelines.feeds.mapping_model import Choice, Filter, Number, Quantity, Time
from pipelines.feeds.result import MAX_QUANTITY

_MANY: Final = 9
"""So many columns of 18 digits add up to more than 64 bits hold."""


def chosen(choice: Choice) -> pl.Expr:
    """Return the word that each row gets; null for a word that the mapping does not have."""
    if choice.values is None:
        return pl.lit(choice.value)
    return text(choice.column).replace_strict(dict(choice.values), default=choice.otherwise, return_dtype=pl.String)


def country(choice: Choice) -> pl.Expr:
    """Return ISO codes in small letters, null where there is none; words of the mapping are translated."""
    if not choice.column:
        return pl.lit(choice.value or None, pl.String)
    written = text(choice.column)
    if choice.values:
        written = written.replace_strict(dict(choice.values), default=written, return_dtype=pl.String)
    code = written.str.to_lowercase()
    return pl.when(code != "").then(code)


def fits(column: str, rule: Filter) -> pl.Expr:
    """Return whether a row's word is one of the rule's, or begins as it says."""
    begins = [text(column).str.starts_with(begin) for begin in rule.begins]
    return pl.any_horizontal(text(column).is_in(list(rule.words)), *begins)


def dialled(number: Number) -> pl.Expr:
    """Return a number as the source wrote it; `direction` must be known."""
    if number.by_direction:
        is_out = pl.col("direction") == "out"
        return pl.when(is_out).then(text(number.by_direction["out"])).otherwise(text(number.by_direction["in"]))
    return text(number.column) if number.column else pl.lit(number.value)


def rewritten(number: Number) -> pl.Expr:
    """Return a number cut out of what was written, and its beginning rewritten by the first rule that fits."""
    plain = dialled(number)
    if number.after:
        plain = plain.str.replace(f"^.*?{re.escape(number.after)}", "")
    if number.until:
        plain = plain.str.replace(f"{re.escape(number.until)}.*$", "")
    result = plain
    for rule in reversed(number.rewrite):
        is_meant = plain.str.starts_with(rule.begins)
        if rule.length is not None:
            is_meant &= plain.str.len_chars() == rule.length
        rest = plain.str.slice(len(rule.begins))
        result = pl.when(is_meant).then(pl.lit(rule.becomes) + rest).otherwise(result)
    return result


def amount(rows: pl.DataFrame, quantity: Quantity, time: Time) -> pl.Expr:
    """Return a quantity in seconds, messages or bytes; null where a text is not in its form, or is far too large."""
    if quantity.value is not None:
        return pl.lit(quantity.value, pl.Int64)
    if quantity.start:
        parts = milliseconds_between(rows, joined(quantity.start), joined(quantity.end), time)
        return rounded(parts, pl.lit(1_000), quantity.rounding)
    form = FORMS[quantity.form]
    if form.parts == quantity.times == 1 and len(quantity.columns) < _MANY:
        return reduce(add, (ticks(text(column), form) for column in quantity.columns))
    exact = reduce(add, (ticks(text(column), form).cast(pl.Int128) for column in quantity.columns)) * quantity.times
    kept = pl.when(exact <= (MAX_QUANTITY + 1) * form.parts).then(exact)
    return rounded(kept, pl.lit(form.parts), quantity.rounding)


def amount_text(quantity: Quantity) -> pl.Expr:
    """Return a quantity as the source wrote it, for the sentence of a reject."""
    if quantity.value is not None:
        return pl.lit(str(quantity.value))
    if quantity.start:
        return pl.concat_str(joined(quantity.start), joined(quantity.end), separator=" to ")
    return pl.concat_str([text(column) for column in quantity.columns], separator=" + ")
