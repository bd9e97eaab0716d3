"""Charges as they come about: parts as exact fractions of a euro, which anybody can add up (rating.md section 6)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import polars as pl

from belnota.errors import UnableToFinish
from belnota.money import MICROS_PER_EURO, RoundingMode, round_ratio
from rating import PriceBook, parts
from tariffs import Deck

_E8 = 10**8
_SECOND = dt.timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a call that one price row prices; it costs units * price / per.

    begins_at: by the clock, UTC. from_quantity: units since the start of what is charged. units: charged, in so many
    increments; is_minimum: one longer first increment. line: of rates.csv. price_e8: 1e-8 euro for `per` units.
    """

    begins_at: dt.datetime
    from_quantity: int
    units: int
    increments: int
    is_minimum: bool
    line: int
    band: str
    slot: int
    price_e8: int
    per: int

    @property
    def amount(self) -> Fraction:
        return Fraction(self.units * self.price_e8, self.per * _E8)


@dataclass(frozen=True, slots=True)
class Charge:
    """What one price list asks for one call: its parts and the fee, at most the cap, rounded once.

    kind: call or information. row: the line of rates.csv that prices the first unit (`Deck.rates`).
    """

    kind: str
    service: str
    deck: str
    timezone: str
    band_rule: str
    prefix: str
    row: Mapping[str, Any]
    parts: tuple[Part, ...]
    fee_e8: int
    cap_e8: int | None
    rounding: RoundingMode
    decimals: int
    charge_micro_eur: int

    @property
    def fee(self) -> Fraction:
        return Fraction(self.fee_e8, _E8)

    @property
    def sum(self) -> Fraction:
        """Parts and fee, in euros."""
        return sum((part.amount for part in self.parts), self.fee)

    @property
    def cap(self) -> Fraction | None:
        return None if self.cap_e8 is None else Fraction(self.cap_e8, _E8)

    @property
    def due(self) -> Fraction:
        """The sum, at most the cap; not yet rounded."""
        return self.sum if self.cap is None else min(self.sum, self.cap)

    @property
    def charge(self) -> Fraction:
        return Fraction(self.charge_micro_eur, MICROS_PER_EURO)


def charges_of(
    calls: pl.DataFrame, prices: PriceBook, decks: Mapping[str, Deck], in_bundle_quantity: pl.Series
) -> dict[str, list[Charge]]:
    """Return by call_id how its charges come about, the call charge first; a call without any is absent.

    calls: contract CallToRate, of which bundles paid `in_bundle_quantity` units. Everything is added up once more in
    fractions; a sum that is not the charge of rating is UnableToFinish.
    """
    shown = parts(calls, prices, in_bundle_quantity)
    of_charge: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in shown.parts.iter_rows(named=True):
        of_charge[row["call_id"], row["charge_kind"]].append(row)
    rows = _rows(shown.parts, decks)
    service_of = dict(calls.select("call_id", pl.col("service").cast(pl.String)).iter_rows())
    made: dict[str, list[Charge]] = defaultdict(list)
    for total in shown.charges.iter_rows(named=True):
        own = of_charge[total["call_id"], total["charge_kind"]]
        charge = _charge(total, own, service_of[total["call_id"]], decks, rows)
        _check(charge, total["call_id"])
        made[total["call_id"]].append(charge)
    return dict(made)


def _charge(
    total: dict[str, Any],
    own: list[dict[str, Any]],
    service: str,
    decks: Mapping[str, Deck],
    rows: Mapping[tuple[str, int], dict[str, Any]],
) -> Charge:
    first = own[0]
    rules = decks[first["deck"]].settings.rules
    return Charge(
        kind=total["charge_kind"],
        service=service,
        deck=first["deck"],
        timezone=rules.timezone,
        band_rule=rules.band_rule,
        prefix=first["prefix"],
        row=rows[first["deck"], first["line"]],
        parts=tuple(_part(row, first["starts_at"], service) for row in own),
        fee_e8=total["connect_fee"],
        cap_e8=total["max_charge"],
        rounding=total["rounding"],
        decimals=total["decimals"],
        charge_micro_eur=total["charge_micro_eur"],
    )


def _part(row: dict[str, Any], start: dt.datetime, service: str) -> Part:
    elapsed = row["from_quantity"] * _SECOND if service == "voice" else dt.timedelta()
    return Part(
        begins_at=start + elapsed,
        from_quantity=row["from_quantity"],
        units=row["units"],
        increments=row["increments"],
        is_minimum=row["increments"] * row["increment"] != row["units"],
        line=row["line"],
        band=row["band"],
        slot=row["slot"],
        price_e8=row["price"],
        per=row["per"],
    )


def _rows(shown: pl.DataFrame, decks: Mapping[str, Deck]) -> dict[tuple[str, int], dict[str, Any]]:
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for (name,), own in shown.group_by("deck"):
        rates = decks[str(name)].rates
        wanted = rates.filter(pl.col("line").is_in(own["line"].unique().implode()))
        found |= {(str(name), row["line"]): row for row in wanted.iter_rows(named=True)}
    return found


def _check(charge: Charge, call_id: str) -> None:
    step = Fraction(1, 10**charge.decimals)
    steps = charge.due / step
    again = round_ratio(steps.numerator, steps.denominator, charge.rounding) * step
    if again != charge.charge:
        raise UnableToFinish(
            f"the parts of call {call_id} add up to {again} and not to its charge {charge.charge}: "
            "a fault of the program, please report it with the price list"
        )
