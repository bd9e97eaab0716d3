"""What finance needs to decide about calls in suspense: how many, whose, since when, why, and what to do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

import polars as pl

from belnota import wording
from belnota.periods import local_date, local_day
from pipelines.months import committed_months
from pipelines.suspense import WRITTEN_OFF, in_suspense, written_off
from pipelines.workspace import Workspace

_KEYS: Final = ("billing_period", "customer_id", "own_number", "other_number", "service", "call_type", "reason")
REASONS: Final[Mapping[str, tuple[str, str]]] = {
    "unknown_number": (
        "nobody had this number of ours at that moment",
        "add it to numbers.csv with its dates, then: belnota accounts import",
    ),
    "no_price": (
        "no row of the price list answers this number",
        "add its prefix to the price list, or import the price list that the plan names, then: belnota decks import",
    ),
    "no_price_for_call_type": (
        "this number is of a type (emergency, 0900, 18xx ...) that only a row of the same call type may price",
        "add a row with that call_type to the price list, then: belnota decks import",
    ),
    "too_long": ("the call lasts more than a year", "ask whoever runs the switch; when it never was, write it off"),
    "charge_out_of_range": (
        "quantity times price is beyond what can be counted exactly",
        "look for a mistake in the price or the quantity; when the call never was, write it off",
    ),
}
"""Reason of an unrated call -> what it means, and what to do about it."""


def meaning(reason: str) -> tuple[str, str]:
    """Return what a reason means and what to do; one that nobody explained reads as itself."""
    return REASONS.get(reason, (reason.replace("_", " "), "look at one call: belnota explain CALL_ID"))


def overview(workspace: Workspace) -> list[dict[str, Any]]:
    """Return the calls in suspense, one row for each period, customer, number, number called and reason.

    quantity is seconds, messages or bytes; `used` is the same as people read it; since, age_days and call_id are the
    first call's.
    """
    grouped = (
        in_suspense(workspace)
        .group_by(_KEYS)
        .agg(
            calls=pl.len(),
            quantity=pl.col("quantity").sum(),
            since=local_date(pl.col("answered_at").min()),
            call_id=pl.col("call_id").sort_by("answered_at", "call_id").first(),
        )
    )
    today = local_day(workspace.clock())
    return [_row(row, today) for row in grouped.sort(_KEYS).collect().to_dicts()]


def _row(row: dict[str, Any], today: dt.date) -> dict[str, Any]:
    means, remedy = meaning(row["reason"])
    return {
        "period": row["billing_period"],
        "customer": row["customer_id"] or "nobody",
        "number": wording.phone_number(row["own_number"], "nl"),
        "called": wording.phone_number(row["other_number"], "nl"),
        "call_type": row["call_type"],
        "calls": row["calls"],
        "used": wording.quantity(row["quantity"], row["service"], "en"),
        "since": row["since"],
        "age_days": max((today - row["since"]).days, 0),
        "reason": row["reason"],
        "call_id": row["call_id"],
        "means": means,
        "remedy": remedy,
        "own_number": row["own_number"],
        "other_number": row["other_number"],
        "service": row["service"],
        "quantity": row["quantity"],
    }


def write_offs(workspace: Workspace) -> list[dict[str, Any]]:
    """Return every write-off, oldest first, with its call and what became of it."""
    with workspace.store.reading() as tx:
        named = written_off(tx)
    committed = committed_months(workspace)
    rated = workspace.lake.scan("rated_calls").filter(pl.col("call_id").is_in(named["call_id"].implode()))
    columns = ("call_id", "billing_period", "customer_id", "own_number", "other_number", "status", "reason")
    calls = {row["call_id"]: row for row in rated.select(columns).collect().to_dicts()}
    return [_write_off(row, calls.get(row["call_id"]), committed) for row in named.to_dicts()]


def _write_off(row: dict[str, Any], call: dict[str, Any] | None, committed: set[str]) -> dict[str, Any]:
    known = call or dict.fromkeys(("billing_period", "customer_id", "own_number", "other_number"))
    return {
        "period": known["billing_period"],
        "customer": known["customer_id"] or "nobody",
        "number": wording.phone_number(known["own_number"] or "", "nl"),
        "called": wording.phone_number(known["other_number"] or "", "nl"),
        "by": row["actor"],
        "on": local_day(row["at"]),
        "because": row["because"],
        "state": _state(call, committed),
        "call_id": row["call_id"],
    }


def _state(call: dict[str, Any] | None, committed: set[str]) -> str:
    if call is None:
        return "idle: the call is not there any more"
    if call["reason"] == WRITTEN_OFF:
        return "for good: the month is closed" if call["billing_period"] in committed else "written off"
    if call["status"] == "unrated":
        return "from the next night or draft on"
    return f"idle: it is {call['status']} after all"
