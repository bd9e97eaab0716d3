"""`belnota quote`: what one call would cost by a price list, with its arithmetic (rating.md section 6)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

import polars as pl

from belnota.errors import Refused
from belnota.phone import ANONYMOUS, canonical
from belnota.tables import BundleShare, CallToRate, empty, schema_of
from pipelines.arithmetic import Charge, charges_of
from pipelines.reasons import FREE
from rating import rate
from tariffs import Deck, compile_prices

_CALL_ID: Final = "quote"
_YEARS: Final = range(2000, 2100)
_UNRATED: Final[Mapping[str, str]] = {
    "no_price": "no row of these price lists answers this number at this time; add its prefix",
    "too_long": "it lasts more than a year, which no band can price",
    "charge_out_of_range": "quantity times price is beyond what can be counted exactly",
}
"""Reasons that a call without call type and with a price list can have."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The call that a quote is for; origin as price lists write it, number as digits after at most one `+`."""

    number: str
    at: dt.datetime
    quantity: int
    service: str = "voice"
    direction: str = "out"
    origin: str | None = None


@dataclass(frozen=True)
class Quote:
    """The answer: status, reason and names as `belnota rate` writes them, and how the charges come about."""

    asked: Asked
    price_list: str
    timezone: str
    rated: Mapping[str, Any]
    charges: tuple[Charge, ...]
    hint: str

    @property
    def charge_micro_eur(self) -> int | None:
        amount: int | None = self.rated["charge_micro_eur"]
        return amount

    @property
    def means(self) -> str:
        """The reason in words, empty for a call that is rated."""
        reason = self.rated["reason"]
        return "" if reason is None else {**FREE, **_UNRATED}.get(reason, reason.replace("_", " "))


def quote(decks: Mapping[str, Deck], entry: str, asked: Asked) -> Quote:
    """Price one call by the price list `entry` and its bases in `decks`."""
    row = {
        "call_id": _CALL_ID,
        "service": asked.service,
        "direction": asked.direction,
        "country": asked.origin,
        "zone": None,
        "called": asked.number,
        "call_type": None,
        "answered_at": asked.at,
        "quantity": asked.quantity,
        "deck": entry,
        "subscription_id": None,
    }
    call = pl.DataFrame([row], schema=schema_of(CallToRate))
    prices = compile_prices(decks, [entry])
    rated = rate(call, prices, empty(BundleShare)).rated.row(0, named=True)
    charges = charges_of(call, prices, decks, pl.Series([0]))
    timezone = decks[entry].settings.rules.timezone
    return Quote(asked, entry, timezone, rated, tuple(charges.get(_CALL_ID, ())), _hint(asked, rated["status"]))


def moment(text: str, timezone: str) -> dt.datetime:
    """Read ISO 8601 as an instant; without an offset it is by the clock of the time zone.

    Refused when it is no such text, lies outside 2000-2099, does not exist by that clock, or exists twice.
    """
    try:
        at = dt.datetime.fromisoformat(text.strip())
    except ValueError:
        at = None
    if at is None or len(text.strip()) < len("2026-10-07T12") or at.year not in _YEARS:
        raise Refused(f"--at {text!r}: write a date and a time of 2000 to 2099, as 2026-10-07T12:00:00")
    if at.tzinfo is not None:
        return at.astimezone(dt.UTC)
    first, second = (at.replace(tzinfo=ZoneInfo(timezone), fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(dt.UTC)
    if first.astimezone(dt.UTC) > second.astimezone(dt.UTC):
        raise Refused(f"--at {text!r}: this time does not exist in {timezone}, where the clock is put forward that day")
    either = " or ".join(one.isoformat() for one in (first, second))
    raise Refused(f"--at {text!r}: this time occurs twice in {timezone}; write which one: {either}")


def _hint(asked: Asked, status: str) -> str:
    """Say how a number that nothing matched is written, when it looks like one for people; else nothing."""
    if status != "unrated":
        return ""
    world = str(pl.select(canonical(pl.lit(asked.number))).item())
    if not world.startswith("+") or world == asked.number or world[1:] == asked.number or world == ANONYMOUS:
        return ""
    return (
        f"{asked.number} is how people write it: price lists have international digits, so nothing here begins like "
        f"that; try {world}"
    )
