"""What answers a call and what it costs, as rating.md tells it: one increment at a time."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from math import floor

from tests.lib.oracle_deck import OracleDeck, Row

SECOND = 1_000_000
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
LONGEST_BY_CLOCK = 366 * 86_400
MOST_MICROS = 2**61


@dataclass(frozen=True)
class Answer:
    """The deck that answers a call, its rows for one prefix and validity, and how it was found."""

    deck: OracleDeck
    rows: list[Row]
    how: tuple[str, ...] = ()

    def row_at(self, at_us: int, t: int) -> Row:
        """The row that prices what starts at an instant, t units into the call."""
        names = [row.band for row in self.rows]
        band = next((name for name in self.deck.bands_at(at_us) if name in names), "*")
        slots = [row for row in self.rows if row.band == band and row.from_quantity <= t]
        return max(slots, key=lambda row: row.from_quantity)

    def first_row(self, call: dict) -> Row:
        return self.row_at(start_us(call), 0)

    def is_too_long(self, call: dict) -> bool:
        has_bands = any(row.band != "*" for row in self.rows)
        return call["service"] == "voice" and has_bands and call["quantity"] > LONGEST_BY_CLOCK

    def is_out_of_range(self, call: dict) -> bool:
        """Whether the charge might be more than is kept: all units, two more steps, at the dearest price rounded up."""
        dearest = max(row.unit_price for row in self.rows) * 10**6 // self.deck.common + 1
        longest = max(max(row.increment, row.minimum) for row in self.rows)
        fee = floor(self.first_row(call).connect_fee * 10**6)
        return (call["quantity"] + 2 * longest) * dearest + fee + 1 > MOST_MICROS


@dataclass(frozen=True)
class Walked:
    """A price, exact in euros, with the row that priced the first unit and the quantity charged."""

    first: Row
    billed: int
    charge: Fraction
    fee: Fraction


def answer(call: dict, kind: str, decks: dict[str, OracleDeck]) -> Answer | None:
    """Origin first, then the longest prefix, then the nearest deck."""
    digits = call["called"].removeprefix("+")
    if not (digits.isascii() and digits.isdigit()):
        if call["service"] != "data" and call["called"] not in ("", "anonymous"):
            return None
        digits = ""
    chain = [decks[call["deck"]]]
    while chain[-1].base:
        chain.append(decks[chain[-1].base])
    day = call["answered_at"].astimezone(chain[0].zone).date()
    for name, origin in (("country", call["country"]), ("zone", call["zone"]), ("any origin", "*")):
        place = (call["service"], call["direction"], kind, origin)
        own = [(deck, deck.read[place]) for deck in chain if place in deck.read]
        for length in range(min(len(digits), 15), -1, -1) if own else ():
            for deck, prefixes in own:
                rows = [row for row in prefixes.get(digits[:length], ()) if row.is_in_force(day)]
                if rows:
                    how = (f"by {name}", f"deck {chain.index(deck)}", f"{length} digits")
                    return Answer(deck, rows, tuple(f"{kind} {one}" for one in how))
    return None


def walk(call: dict, found: Answer, inside: int, facts: Counter[str]) -> Walked:
    """Price what bundles left of a call, increment by increment."""
    quantity = call["quantity"] - inside
    is_voice = call["service"] == "voice"
    start = start_us(call) + (inside * SECOND if is_voice else 0)
    moves = is_voice and found.deck.band_rule == "split"
    first = row = found.row_at(start, 0)
    total = t = 0
    while t < quantity:
        before, row = row, found.row_at(start + t * SECOND if moves else start, t)
        step = row.increment
        if t == 0 and not inside and row.minimum > step:
            step = row.minimum
            facts["first increment is the minimum"] += 1
        if row is not before:
            facts["another band" if row.band != before.band else "another slot"] += 1
        total += step * row.unit_price
        t += step
    charge = Fraction(total, found.deck.common)
    fee = Fraction(0) if inside else first.connect_fee
    facts["fee"] += fee > 0
    charge += fee
    if first.max_charge is not None and charge > first.max_charge:
        charge, fee = first.max_charge, min(fee, first.max_charge)
        facts["capped"] += 1
    facts["charged more than used"] += t > quantity
    return Walked(first, t, charge, fee)


def in_micros(euros: Fraction, deck: OracleDeck, facts: Counter[str]) -> int:
    """Round an amount as the deck says; micro-euros."""
    scaled = euros * 10**deck.decimals
    facts[f"tie on half, {deck.mode}"] += scaled - floor(scaled) == Fraction(1, 2)
    return rounded(scaled, deck.mode) * 10 ** (6 - deck.decimals)


def rounded(value: Fraction, mode: str) -> int:
    """Round a number that is not negative to a whole one."""
    whole = floor(value)
    rest = value - whole
    if mode == "up":
        return whole + (rest > 0)
    if mode == "down":
        return whole
    if rest == Fraction(1, 2) and mode == "half_even":
        return whole + whole % 2
    return whole + (rest >= Fraction(1, 2))


def start_us(call: dict) -> int:
    return (call["answered_at"] - EPOCH) // dt.timedelta(microseconds=1)
