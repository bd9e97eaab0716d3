"""The judge of rating: rating.md told in loops and fractions, one call and one increment at a time.

It shares nothing with the engine: it reads the same texts that go into deck.toml and rates.csv.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor
from pathlib import Path
from zoneinfo import ZoneInfo

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PER = {"voice": 60, "sms": 1, "data": 1_000_000}
SPECIAL = {
    "emergency", "freephone", "m2m", "corporate", "service_0900", "service_0906", "service_0909", "information_18xx",
    "voicemail",
}  # fmt: skip


@dataclass(frozen=True)
class OracleBand:
    name: str
    days: tuple[str, ...]
    start: str
    end: str
    except_holidays: bool = False

    def applies(self, day: dt.date, holidays: frozenset[dt.date]) -> bool:
        is_holiday = day in holidays
        if is_holiday and "holiday" in self.days:
            return True
        return WEEKDAYS[day.weekday()] in self.days and not (is_holiday and self.except_holidays)

    def holds(self, wall: dt.datetime, holidays: frozenset[dt.date]) -> bool:
        clock = f"{wall:%H:%M}"
        today, yesterday = wall.date(), wall.date() - dt.timedelta(days=1)
        if self.end > self.start:
            return self.applies(today, holidays) and self.start <= clock < self.end
        return (self.applies(today, holidays) and clock >= self.start) or (
            self.applies(yesterday, holidays) and clock < self.end
        )


@dataclass
class OracleDeck:
    name: str
    rows: list[dict[str, str]]
    bands: tuple[OracleBand, ...] = ()
    base: str | None = None
    timezone: str = "Europe/Amsterdam"
    band_rule: str = "split"
    holidays: frozenset[dt.date] = frozenset()
    mode: str = "half_up"
    decimals: int = 4
    seen: dict[int, list[str]] = field(default_factory=dict)

    def write(self, folder: Path) -> Path:
        """Write deck.toml and rates.csv as a person would."""
        folder.mkdir(parents=True, exist_ok=True)
        lines = [f'name = "{self.name}"', f'timezone = "{self.timezone}"', f'band_rule = "{self.band_rule}"']
        lines += [f'base = "{self.base}"'] if self.base else []
        lines += [f"holidays = {json.dumps([str(day) for day in sorted(self.holidays)])}"]
        lines += ["[rounding]", f'mode = "{self.mode}"', f"decimals = {self.decimals}"]
        for band in self.bands:
            lines += ["[[band]]", f'name = "{band.name}"', f"days = {json.dumps(band.days)}"]
            lines += [f'from = "{band.start}"', f'until = "{band.end}"']
            lines += ["except_holidays = true"] if band.except_holidays else []
        (folder / "deck.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
        names = list(dict.fromkeys(name for row in self.rows for name in row))
        with (folder / "rates.csv").open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, names, restval="")
            writer.writeheader()
            writer.writerows(self.rows)
        return folder

    def bands_at(self, at: dt.datetime) -> list[str]:
        """Names of the bands that hold at an instant, first listed first."""
        minute = int(at.timestamp() // 60)
        if minute not in self.seen:
            wall = at.astimezone(ZoneInfo(self.timezone))
            self.seen[minute] = [band.name for band in self.bands if band.holds(wall, self.holidays)]
        return self.seen[minute]


def _date(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _in_force(row: dict[str, str], day: dt.date) -> bool:
    start, end = _date(row.get("valid_from")), _date(row.get("valid_until"))
    return (start is None or start <= day) and (end is None or day < end)


def answer(call: dict, decks: dict[str, OracleDeck]) -> tuple[OracleDeck, list[dict[str, str]]] | None:
    """The deck and the rows that answer a call: origin first, then the longest prefix, then the nearest deck."""
    text = call["called"].removeprefix("+")
    if not (text.isascii() and text.isdigit()):
        if call["service"] != "data" and call["called"] not in ("", "anonymous"):
            return None
        text = ""
    day = call["answered_at"].astimezone(ZoneInfo(decks[call["deck"]].timezone)).date()
    for origin in (call["country"], call["zone"], "*"):
        found: dict[str, tuple[OracleDeck, list[dict[str, str]]]] = {}
        name: str | None = call["deck"]
        while name is not None:
            deck = decks[name]
            own: dict[str, list[dict[str, str]]] = {}
            for row in deck.rows:
                wanted = (call["service"], call["direction"], origin)
                has = (row.get("service") or "voice", row.get("direction") or "out", row.get("origin") or "*")
                if has == wanted and text[:15].startswith(row["prefix"]) and _in_force(row, day):
                    own.setdefault(row["prefix"], []).append(row)
            for prefix, rows in own.items():
                found.setdefault(prefix, (deck, rows))
            name = deck.base
        if found:
            return found[max(found, key=len)]
    return None


def row_at(deck: OracleDeck, rows: list[dict[str, str]], at: dt.datetime, t: int) -> dict[str, str]:
    """The row that prices what starts at an instant, t units into the call."""
    names = {row.get("band") or "*" for row in rows}
    band = next((name for name in deck.bands_at(at) if name in names), "*")
    slots = [row for row in rows if (row.get("band") or "*") == band and int(row.get("from_quantity") or 0) <= t]
    return max(slots, key=lambda row: int(row.get("from_quantity") or 0))


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


def walk(call: dict, deck: OracleDeck, rows: list[dict[str, str]], inside: int) -> dict:
    """Price what bundles left of a call, increment by increment."""
    quantity = call["quantity"] - inside
    moves = call["service"] == "voice"
    start = call["answered_at"] + dt.timedelta(seconds=inside if moves else 0)
    first = row_at(deck, rows, start, 0)
    units: dict[int, int] = {}
    priced: dict[int, dict[str, str]] = {}
    t = 0
    while t < quantity:
        at = start + dt.timedelta(seconds=t if moves and deck.band_rule == "split" else 0)
        row = row_at(deck, rows, at, t)
        step = int(row.get("increment") or 1)
        if t == 0 and not inside:
            step = max(step, int(row.get("minimum") or 0))
        units[id(row)] = units.get(id(row), 0) + step
        priced[id(row)] = row
        t += step
    total = Fraction(0)
    for key, row in priced.items():
        total += units[key] * Fraction(row["price"]) / int(row.get("per") or PER[call["service"]])
    fee = Fraction(0) if inside else Fraction(first.get("connect_fee") or 0)
    total += fee
    if first.get("max_charge"):
        total, fee = min(total, Fraction(first["max_charge"])), min(fee, Fraction(first["max_charge"]))
    scale, places = 10**deck.decimals, 10 ** (6 - deck.decimals)
    return {
        "band": first.get("band") or "*",
        "billed_quantity": t,
        "connect_fee_micro_eur": rounded(fee * scale, deck.mode) * places,
        "charge_micro_eur": rounded(total * scale, deck.mode) * places,
    }


def judged(call: dict, decks: dict[str, OracleDeck]) -> dict:
    """Everything but bundles and money: what answers a call, and whether it is rated, free or unrated."""
    nothing = dict.fromkeys(("deck", "prefix", "destination", "band"))
    found = answer(call, decks) if call["deck"] else None
    first = None
    if found:
        first = row_at(*found, call["answered_at"], 0)
    row_type = (first.get("call_type") or "other") if first else None
    reason = None
    if call["call_type"] == "internal":
        reason = "internal"
    elif not call["deck"]:
        reason = "unknown_number"
    elif not first:
        reason = "no_price"
    elif call["call_type"] in SPECIAL and row_type != call["call_type"]:
        reason = "no_price_for_call_type"
    result = {"call_type": call["call_type"], **nothing}
    if reason is None:
        destination = first.get("destination") or first["prefix"]
        result = {
            "call_type": call["call_type"] or row_type, "deck": found[0].name, "prefix": first["prefix"],
            "destination": destination, "band": first.get("band") or "*",
        }  # fmt: skip
        if call["quantity"] < int(first.get("free_below") or 0):
            reason = "too_short"
    if call["quantity"] == 0:
        reason = "not_answered"
    free = reason in ("not_answered", "internal", "too_short")
    status = "rated" if reason is None else "free" if free else "unrated"
    return {"call_id": call["call_id"], **result, "status": status, "reason": reason, "found": found}


def covers(share: dict, call: dict, verdict: dict) -> bool:
    if call["direction"] == "in" and call["service"] != "data":
        return False
    return (
        share["subscription_id"] == call["subscription_id"]
        and share["service"] == call["service"]
        and share["valid_from_at"] <= call["answered_at"] < share["valid_until_at"]
        and (not share["call_types"] or verdict["call_type"] in share["call_types"])
        and (not share["destinations"] or verdict["destination"] in share["destinations"])
    )


def rate_slowly(
    calls: list[dict], decks: dict[str, OracleDeck], shares: list[dict], used_before: dict[str, int]
) -> tuple[dict[str, dict], set[tuple], dict[tuple, tuple[int, int]]]:
    """Rate calls in the order of answer: by call id the rated call, the draws, by share what it covered and paid."""
    left: dict[str, int] = {}
    for share in shares:
        left[share["pool_id"]] = left.get(share["pool_id"], 0) + share["share"]
    left = {pool: max(allowance - used_before.get(pool, 0), 0) for pool, allowance in left.items()}
    usage = {(share["pool_id"], share["subscription_id"]): (0, 0) for share in shares}
    rated, draws = {}, set()
    for call in sorted(calls, key=lambda one: (one["answered_at"], one["call_id"])):
        verdict = judged(call, decks)
        found = verdict.pop("found")
        money = None if verdict["status"] == "unrated" else 0
        verdict |= dict.fromkeys(("billed_quantity", "connect_fee_micro_eur", "charge_micro_eur"), money)
        inside = 0
        if verdict["status"] == "rated":
            for share in sorted(shares, key=lambda one: one["rank"]):
                needed = call["quantity"] - inside
                if needed and covers(share, call, verdict):
                    taken = min(needed, left[share["pool_id"]])
                    key = (share["pool_id"], share["subscription_id"])
                    usage[key] = (usage[key][0] + needed, usage[key][1] + taken)
                    left[share["pool_id"]] -= taken
                    inside += taken
                    if taken:
                        draws.add((call["call_id"], *key, share["period"], taken))
            if inside < call["quantity"]:
                verdict |= walk(call, *found, inside)
        rated[call["call_id"]] = verdict | {"in_bundle_quantity": inside}
    return rated, draws, usage
