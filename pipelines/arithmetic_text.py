"""The arithmetic of a charge as people read it: tables whose points line up, and exact values for JSON."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Final
from zoneinfo import ZoneInfo

from belnota.money import MICROS_PER_EURO
from pipelines.arithmetic import Charge, Part

HEADINGS: Final = ("", "band", "line", "charged", "price EUR", "EUR")
_FEWEST: Final = 4
_SHOWN: Final = 8
_MEGABYTE: Final = 1_000_000
_UNITS: Final = {"voice": "s", "sms": "sms", "data": "B"}
_ROUNDING: Final = {"half_up": "half-up", "half_even": "half-even", "up": "up", "down": "down"}


def euros(amount: Fraction, fewest: int = _FEWEST) -> str:
    """Return an exact amount: all its decimals, at least four, or where they never end eight of them and `…`.

    >>> euros(Fraction(1, 20)), euros(Fraction(1, 6)), euros(Fraction(1, 10**10))
    ('0.0500', '0.16666666…', '0.0000000001')
    """
    sign = "-" if amount < 0 else ""
    twos, rest = _divided(amount.denominator, 2)
    fives, rest = _divided(rest, 5)
    places = max(twos, fives, fewest) if rest == 1 else _SHOWN
    whole, part = divmod(abs(amount.numerator) * 10**places // amount.denominator, 10**places)
    return f"{sign}{whole:,}.{part:0{places}d}" + ("" if rest == 1 else "…") if places else f"{sign}{whole:,}"


def micro_euros(micro_eur: int) -> str:
    """Return micro-euros as euros with four decimals, or as many as they need."""
    return euros(Fraction(micro_eur, MICROS_PER_EURO))


def price(price_e8: int, per: int, service: str) -> str:
    """Return a price: `0.0120 / 60 s`, `0.0050 / 1 MB`."""
    if service == "data" and per % _MEGABYTE == 0:
        return f"{euros(Fraction(price_e8, 10**8))} / {per // _MEGABYTE:,} MB"
    return f"{euros(Fraction(price_e8, 10**8))} / {units(per, service)}"


def units(count: int, service: str) -> str:
    """Return units of a service: `1,330 s`, `1 sms`, `8,929,052 B`."""
    return f"{count:,} {_UNITS[service]}"


def lined_up(texts: Sequence[str]) -> list[str]:
    """Pad amounts on both sides, so that their points stand under each other."""
    parts = [text.partition(".") for text in texts]
    before = max((len(whole) for whole, _, _ in parts), default=0)
    after = max((len(point + part) for _, point, part in parts), default=0)
    return [f"{whole:>{before}}{point}{part}".ljust(before + after) for whole, point, part in parts]


def clock(at: dt.datetime, timezone: str) -> str:
    """Return the moment by the local clock: `Wed 14 Oct 2026 17:30:00 CEST`, with fractions of a second as they are."""
    local = at.astimezone(ZoneInfo(timezone))
    fraction = f".{local.microsecond:06d}".rstrip("0") if local.microsecond else ""
    return f"{local:%a} {local.day} {local:%b %Y %H:%M:%S}{fraction} {local:%Z}"


def rounding(charge: Charge) -> str:
    return f"{_ROUNDING[charge.rounding]}, {charge.decimals} decimals"


def table(charge: Charge) -> list[tuple[str, ...]]:
    """Return the rows of the arithmetic under HEADINGS: parts, fee, sum, cap, and the charge, rounded."""
    rows = [_part_row(part, charge) for part in charge.parts]
    rows += [_total("connect fee", charge.fee)] if charge.fee else []
    is_one = len(rows) == 1
    rows += [] if is_one else [_total("sum", charge.sum)]
    if charge.cap is not None and charge.sum > charge.cap:
        rows.append(_total("at most", charge.cap))
    charged = euros(charge.charge, charge.decimals)
    rows.append((rounding(charge), "", "", "", "", charged))
    labels, bands, lines, units_charged, prices, sums = zip(*rows, strict=True)
    return list(zip(labels, bands, lined_up(lines), units_charged, prices, lined_up(sums), strict=True))


def _part_row(part: Part, charge: Charge) -> tuple[str, ...]:
    local = part.begins_at.astimezone(ZoneInfo(charge.timezone))
    begins = f"{local:%H:%M:%S}" if charge.service == "voice" else ""
    size = part.units // part.increments
    charged = units(part.units, charge.service)
    if size > 1:
        charged = f"{part.increments:,} x {units(size, charge.service)}"
    charged += " (minimum)" if part.is_minimum else ""
    slot = f"from {units(part.slot, charge.service)}" if part.slot else ""
    label = " ".join(text for text in (begins, slot) if text) or "used"
    asked = price(part.price_e8, part.per, charge.service)
    return label, part.band, str(part.line), charged, asked, euros(part.amount)


def _total(label: str, amount: Fraction) -> tuple[str, ...]:
    return label, "", "", "", "", euros(amount)


def row_named(charge: Charge) -> str:
    """Return which price row asks for a charge: price list, prefix, destination, origin, validity."""
    row = charge.row
    prefix = f"prefix {charge.prefix}" if charge.prefix else "any number"
    name = f" {row['destination']}" if row["destination"] != charge.prefix else ""
    origin = "from anywhere" if row["origin"] == "*" else f"from {row['origin']}"
    parts = [charge.deck, prefix + name, origin, _in_force(row["valid_from"], row["valid_until"])]
    if charge.band_rule == "start" and row["band_name"] != "*":
        parts.append("the band at the answer holds for the whole call")
    return ", ".join(parts)


def _in_force(start: dt.date | None, end: dt.date | None) -> str:
    if start is None and end is None:
        return "always in force"
    return " ".join(["in force", *([f"from {start}"] if start else []), *([f"until {end}"] if end else [])])


def as_json(charge: Charge) -> dict[str, Any]:
    """Return a charge with its arithmetic: amounts in euros, as exact fractions such as `1/6` beside decimal text."""
    row = charge.row
    return {
        "charge_kind": charge.kind,
        "price_list": charge.deck,
        "prefix": charge.prefix,
        "line": row["line"],
        "destination": row["destination"],
        "call_type": row["call_type"],
        "origin": row["origin"],
        "valid_from": row["valid_from"],
        "valid_until": row["valid_until"],
        "band_rule": charge.band_rule,
        "parts": [_part_json(part) for part in charge.parts],
        "connect_fee_eur": euros(charge.fee),
        "sum_eur": euros(charge.sum),
        "sum_exact": str(charge.sum),
        "max_charge_eur": None if charge.cap is None else euros(charge.cap),
        "rounding": charge.rounding,
        "decimals": charge.decimals,
        "charge_eur": euros(charge.charge, charge.decimals),
    }


def _part_json(part: Part) -> dict[str, Any]:
    return {
        "begins_at": part.begins_at.isoformat(),
        "from_quantity": part.from_quantity,
        "units": part.units,
        "increments": part.increments,
        "is_minimum": part.is_minimum,
        "line": part.line,
        "band": part.band,
        "slot": part.slot,
        "price_eur": euros(Fraction(part.price_e8, 10**8)),
        "per": part.per,
        "amount_eur": euros(part.amount),
        "amount_exact": str(part.amount),
    }


def _divided(number: int, by: int) -> tuple[int, int]:
    times = 0
    while number % by == 0:
        number //= by
        times += 1
    return times, number
