"""Legs of one Asterisk call that repeat one conversation: it must be billed once."""

from __future__ import annotations

import polars as pl

from pipelines.feeds.asterisk_clock import UNIQUE_ID

_CALL = ["call_group", "dst"]


def repeated_legs(calls: pl.DataFrame) -> pl.DataFrame:
    """Return `line_number` of the answered legs that only repeat the conversation of another leg in the file.

    A phone that rings in parallel with others, or a call that goes through a Local channel of the dial plan, gives
    one row per leg; some exchanges call them all ANSWERED. Answered legs of one call (linkedid, else uniqueid) to the
    same dst that overlap in time are one conversation. Of these stays the leg whose other channel is a real one, not
    Local; then the longest; then the one that began first; then the lower key: their order in the file does not matter.
    Legs one after the other (a second attempt, a transfer) and legs to different numbers (a conference) are
    conversations of their own. One second of overlap is rounding.

    Worked rows (dst 600 each): 12:00:05-12:01:05 to SIP/a and to SIP/b -> the second is a repeat;
    12:01:05-12:02:00 to SIP/a -> no repeat, it begins when the others end.
    """
    linked = pl.col("linkedid")
    talked = (
        calls.filter(pl.col("is_answered") & (pl.col("quantity") > 0) & pl.col("has_unique_id"))
        .select(
            "line_number",
            "key",
            "dst",
            "quantity",
            call_group=pl.when(linked.str.contains(UNIQUE_ID)).then(linked).otherwise("uniqueid"),
            is_local=pl.col("dstchannel").str.starts_with("Local/"),
            begins=pl.col("answered_at").dt.epoch("s"),
            ends=pl.col("answered_at").dt.epoch("s") + pl.col("quantity"),
        )
        .filter(pl.struct(_CALL).is_duplicated())
        .sort(*_CALL, "begins", "key")
    )
    so_far = pl.col("ends").cum_max().shift(1).over(_CALL)
    is_next = (pl.col("begins") >= so_far - 1) & (pl.col("begins") > pl.col("begins").shift(1).over(_CALL))
    conversations = talked.with_columns(conversation=is_next.fill_null(value=True).cum_sum().over(_CALL))
    # A shorter key comes first, so that sequence 8 is before 15.
    order = ["is_local", pl.col("quantity").neg(), "begins", pl.col("key").str.len_chars(), "key"]
    best = pl.col("key").sort_by(order).first()
    return conversations.filter(pl.col("key") != best.over([*_CALL, "conversation"])).select("line_number")
