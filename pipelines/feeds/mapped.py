"""The reader of files that a mapping describes: all columns as texts first, then strictly to values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain
from typing import Final

import polars as pl

from belnota.periods import AmbiguousTime
from belnota.phone import canonical
from belnota.settings import Feed
from pipelines.feeds import options
from pipelines.feeds.mapped_lines import Rows, beginning_of, rows_of, text
from pipelines.feeds.mapped_times import answer_text, instants, is_filled
from pipelines.feeds.mapped_values import amount, amount_text, chosen, country, dialled, fits, rewritten
from pipelines.feeds.mapping import parse_mapping
from pipelines.feeds.mapping_model import FeedMapping, Quantity
from pipelines.feeds.mapping_session import SILENCE, check_silence
from pipelines.feeds.result import (
    Check,
    LineReader,
    Reader,
    ReadResult,
    as_records,
    as_rejects,
    judge,
    numbered,
    put_together,
    record_checks,
    wrong,
)
from pipelines.feeds.scan import begun
from pipelines.feeds.session import parted

FORMAT: Final = "mapping"


def mapped(feed: Feed, mapping_toml: str) -> Reader:
    """Return the reader of one mapped feed; Refused when its mapping is wrong.

    Lines are framing (skipped ones, header, trailer), misshapen, filtered by the mapping, or records and rejects.
    A header may stand in any order, more columns may be there, a missing or repeated one refuses the file.
    """
    options.only(feed, (SILENCE,))
    mapping = parse_mapping(mapping_toml, feed.mapping or f"mapping of feed {feed.name!r}", feed.timezone)
    check_silence(feed, mapping.session)
    by_blocks = partial(_by_blocks, mapping=mapping, ambiguous=feed.ambiguous)
    # a trailer, twins to be told apart and parts of sessions are of the whole file
    if mapping.key_is_unique and mapping.session is None and mapping.layout.trailer is None:
        return LineReader(by_blocks)
    return lambda content: put_together(by_blocks([content]))


def _by_blocks(blocks: Iterable[bytes], *, mapping: FeedMapping, ambiguous: AmbiguousTime) -> Iterator[ReadResult]:
    rest = iter(blocks)
    columns, first = beginning_of(begun(next(rest, b""), mapping.layout.encoding), rest, mapping)
    after = 0
    for block in chain([first], rest):
        result = _result(rows_of(block, mapping, columns, after=after), mapping, ambiguous)
        after += result.lines
        yield result


def _result(rows: Rows, mapping: FeedMapping, ambiguous: AmbiguousTime) -> ReadResult:
    wanted = rows.named.filter(_is_wanted(mapping)) if mapping.keep or mapping.leave_out else rows.named
    calls = _with_call(wanted, mapping, ambiguous)
    good, bad = judge(calls, [*_value_checks(mapping), *record_checks(mapping.time.format)])
    whole, parts, odd = parted(good, mapping.session)
    key = pl.col("key") if mapping.key_is_unique else numbered(pl.col("key"))
    return ReadResult(
        records=as_records(whole.with_columns(key=key)),
        parts=parts,
        rejects=as_rejects(rows.rejects, bad, odd),
        lines=rows.lines,
        framing_lines=rows.framing,
        filtered_lines=rows.named.height - wanted.height,
        sequence=rows.sequence,
    )


def _is_wanted(mapping: FeedMapping) -> pl.Expr:
    kept = [fits(column, rule) for column, rule in mapping.keep.items()]
    left_out = [~fits(column, rule) for column, rule in mapping.leave_out.items()]
    return pl.all_horizontal(pl.lit(value=True), *kept, *left_out)


def _with_call(rows: pl.DataFrame, mapping: FeedMapping, ambiguous: AmbiguousTime) -> pl.DataFrame:
    # A key of several columns is unambiguous because of the separator; an empty one is caught by its check.
    key = pl.concat_str([text(column) for column in mapping.key], separator="|")
    is_answered = is_filled(mapping.answered_filled) if mapping.answered_filled else chosen(mapping.answered) == "yes"
    named = rows.with_columns(
        key=pl.when(key.str.strip_chars("| ") != "").then(key).otherwise(pl.lit("")),
        service=chosen(mapping.service),
        direction=chosen(mapping.direction),
        is_answered=is_answered,
        time_text=answer_text(mapping.time),
        country=country(mapping.country),
    ).with_columns(
        own_number=canonical(rewritten(mapping.own)),
        other_number=canonical(rewritten(mapping.other)),
        dialled=dialled(mapping.other),
        answered_at=instants(rows, pl.col("time_text"), mapping.time, ambiguous),
    )
    quantities = mapping.quantity.items()
    amounts = [pl.when(pl.col("service") == name).then(amount(rows, how, mapping.time)) for name, how in quantities]
    texts = [pl.when(pl.col("service") == name).then(amount_text(how)) for name, how in quantities]
    return named.with_columns(
        quantity=pl.when(~pl.col("is_answered")).then(0).otherwise(pl.coalesce(amounts)),
        quantity_text=pl.coalesce(texts),
    )


def _value_checks(mapping: FeedMapping) -> list[Check]:
    checks = [
        wrong("value", column, text(column), ~text(column).str.contains(pattern), f"must match {pattern}")
        for column, pattern in mapping.expect.items()
    ]
    checks += [
        wrong("value", choice.column, text(choice.column), pl.col(name).is_null(), "the mapping has no such word")
        for name, choice in (
            ("service", mapping.service),
            ("direction", mapping.direction),
            ("is_answered", mapping.answered),
        )
        if choice.column
    ]
    if mapping.country.column:
        column, code = mapping.country.column, pl.col("country")
        odd = code.is_not_null() & ~code.str.contains("^[a-z]{2}$")
        checks.append(wrong("value", column, text(column), odd, "must be an ISO code such as NL"))
    checks += [_quantity_check(name, how) for name, how in mapping.quantity.items() if how.start or how.form != "whole"]
    zone = mapping.time.zone_column
    if zone:
        no_zone = text(zone) == ""
        checks.append(wrong("time", zone, text(zone), no_zone, "must be a timezone such as Europe/Amsterdam or +02:00"))
    return checks


def _quantity_check(service: str, how: Quantity) -> Check:
    """Say of a quantity that is written in a form of its own what is right; record_checks speak of whole numbers."""
    quantity, right = pl.col("quantity"), f"must be written {how.form}, and be at most 2^53"
    if how.start:
        right = "must be two times that exist, the second one not before the first"
    odd = (pl.col("service") == service) & (quantity.is_null() | (quantity < 0))
    return wrong("range", "quantity", pl.col("quantity_text"), odd.fill_null(value=False), right)
