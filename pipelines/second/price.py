"""What one call costs, as rating.md tells it: increment after increment, in exact fractions, rounded once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import Any, Final

from belnota.money import MICROS_PER_EURO, round_ratio
from belnota.phone import SPECIAL_CALL_TYPES
from pipelines.second.price_lists import MINUTE_US, Answer, PriceList, Row, answer

_SECOND_US: Final = 1_000_000
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_LONGEST_BY_CLOCK: Final = 366 * 86_400
_MOST_MICROS: Final = 2**61
FREE: Final = ("not_answered", "internal", "too_short")
AMOUNTS: Final = (
    "billed_quantity", "connect_fee_micro_eur", "information_charge_micro_eur", "charge_micro_eur",
)  # fmt: skip


def priced(call: Mapping[str, Any], entry: str | None, lists: Mapping[str, PriceList]) -> dict[str, Any]:
    """Return status, reason, deck, prefix, destination and AMOUNTS of one call.

    call: columns of Call, called (the number that is priced) and in_bundle_quantity. entry: the price list of its
    owner's plan, empty when that list cannot be used, None when nobody owns it.
    """
    found = answer(call, "call", entry, lists) if entry else None
    asked = answer(call, "information", entry, lists) if entry and found else None
    if asked and call["quantity"] < _first(asked, call).free_below:
        asked = None
    reason = _reason(call, entry, found, asked)
    status = "rated" if reason is None else "free" if reason in FREE else "unrated"
    told = _told(call, entry, found)
    amounts: dict[str, int | None] = dict.fromkeys(AMOUNTS, None if status == "unrated" else 0)
    if found and status == "rated":
        amounts = _amounts(call, found, asked)
    return {"status": status, "reason": reason, **told, **amounts}


def _told(call: Mapping[str, Any], entry: str | None, found: Answer | None) -> dict[str, str | None]:
    """Return who answers: nobody when no row may price it."""
    if found is None or _unanswerable(call, entry, found):
        return dict.fromkeys(("deck", "prefix", "destination"))
    first = _first(found, call)
    return {"deck": found.prices.name, "prefix": first.prefix, "destination": first.destination}


def _reason(call: Mapping[str, Any], entry: str | None, found: Answer | None, asked: Answer | None) -> str | None:
    if call["quantity"] == 0:
        return "not_answered"
    why = _unanswerable(call, entry, found)
    if why or found is None:
        return why
    if call["quantity"] < _first(found, call).free_below:
        return "too_short"
    both = [one for one in (found, asked) if one]
    if call["service"] == "voice" and found.has_bands and call["quantity"] > _LONGEST_BY_CLOCK:
        return "too_long"
    return "charge_out_of_range" if any(_is_out_of_range(call, one) for one in both) else None


def _unanswerable(call: Mapping[str, Any], entry: str | None, found: Answer | None) -> str | None:
    if call["call_type"] == "internal":
        return "internal"
    if entry is None:
        return "unknown_number"
    if found is None:
        return "no_price"
    if call["call_type"] in SPECIAL_CALL_TYPES and _first(found, call).call_type != call["call_type"]:
        return "no_price_for_call_type"
    return None


def _is_out_of_range(call: Mapping[str, Any], found: Answer) -> bool:
    """Whether the charge might be more than is kept: all units, two more steps, at the dearest price rounded up."""
    dearest = max(floor(row.unit_price * MICROS_PER_EURO) + 1 for row in found.rows)
    longest = max(max(row.increment, row.minimum) for row in found.rows)
    fee = floor(_first(found, call).fee * MICROS_PER_EURO)
    return bool((call["quantity"] + 2 * longest) * dearest + fee + 1 > _MOST_MICROS)


def _amounts(call: Mapping[str, Any], found: Answer, asked: Answer | None) -> dict[str, int | None]:
    inside = call["in_bundle_quantity"]
    billed = fee = charge = information = 0
    if inside < call["quantity"]:
        walked = walk(call, found, inside)
        billed = walked.billed
        fee, charge = (_in_micros(amount, found.prices) for amount in (walked.fee, walked.charge))
    if asked:
        information = _in_micros(walk(call, asked, 0).charge, asked.prices)
    return dict(zip(AMOUNTS, (billed, fee, information, charge + information), strict=True))


@dataclass(frozen=True)
class Walked:
    """What a price list asks, in euros; not yet rounded."""

    billed: int
    fee: Fraction
    charge: Fraction


def walk(call: Mapping[str, Any], found: Answer, inside: int) -> Walked:
    """Price what bundles left of a call, from one change of band or slot to the next."""
    quantity, is_voice = call["quantity"] - inside, call["service"] == "voice"
    start = _start_us(call) + (inside * _SECOND_US if is_voice else 0)
    moves = is_voice and found.has_bands and found.prices.rules.band_rule == "split"
    first = row = found.row_at(start, 0)
    total, t = Fraction(0), 0
    while t < quantity:
        at_us = start + t * _SECOND_US if moves else start
        row = found.row_at(at_us, t)
        step = row.increment
        if t == 0 and not inside and row.minimum > step:
            step = row.minimum
        else:
            step *= _increments(found, row, t, quantity, at_us if moves else None)
        total += step * row.unit_price
        t += step
    fee = Fraction(0) if inside else first.fee
    charge = total + fee
    if first.cap is not None and charge > first.cap:
        charge, fee = first.cap, min(fee, first.cap)
    return Walked(t, fee, charge)


def _increments(found: Answer, row: Row, t: int, quantity: int, at_us: int | None) -> int:
    """Return how many increments begin before anything may change: the end, the next slot, the next minute."""
    ends = [quantity]
    slot = found.next_slot(row, t)
    if slot is not None:
        ends.append(slot)
    if at_us is not None:  # bands change on whole minutes of the wall clock, which zones keep
        next_minute = (at_us // MINUTE_US + 1) * MINUTE_US
        ends.append(t - (at_us - next_minute) // _SECOND_US)
    return -((t - min(ends)) // row.increment)


def _first(found: Answer, call: Mapping[str, Any]) -> Row:
    return found.row_at(_start_us(call), 0)


def _start_us(call: Mapping[str, Any]) -> int:
    return int((call["answered_at"] - _EPOCH) // dt.timedelta(microseconds=1))


def _in_micros(euros: Fraction, prices: PriceList) -> int:
    scaled = euros * 10**prices.rules.decimals
    whole = round_ratio(scaled.numerator, scaled.denominator, prices.rules.rounding)
    return int(whole * 10 ** (6 - prices.rules.decimals))
