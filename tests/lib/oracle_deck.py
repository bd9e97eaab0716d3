"""A price list as the oracle sees it: the texts of deck.toml and rates.csv, and what they say, read row by row."""

from __future__ import annotations

import csv
import datetime as dt
import json
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from math import lcm
from pathlib import Path
from zoneinfo import ZoneInfo

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PER = {"voice": 60, "sms": 1, "data": 1_000_000}
MINUTE = 60_000_000


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


@dataclass(frozen=True, eq=False)
class Row:
    """One line of rates.csv; unit_price is euros a unit times the deck's `common`, a whole number."""

    prefix: str
    destination: str
    call_type: str
    band: str
    from_quantity: int
    unit_price: int
    increment: int
    minimum: int
    free_below: int
    connect_fee: Fraction
    max_charge: Fraction | None
    valid_from: dt.date
    valid_until: dt.date

    def is_in_force(self, day: dt.date) -> bool:
        return self.valid_from <= day < self.valid_until


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
    seen: dict[int, list[str]] = field(default_factory=dict, repr=False)

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

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @cached_property
    def common(self) -> int:
        """All prices of the deck, a unit, are whole numbers of 1 / common euro."""
        return 10**8 * lcm(*{self._per(row) for row in self.rows})

    @cached_property
    def read(self) -> dict[tuple, dict[str, list[Row]]]:
        """The rows by (service, direction, charge kind, origin), then by prefix."""
        read: dict[tuple, dict[str, list[Row]]] = {}
        for row in self.rows:
            place = (
                row.get("service") or "voice", row.get("direction") or "out", row.get("charge_kind") or "call",
                row.get("origin") or "*",
            )  # fmt: skip
            read.setdefault(place, {}).setdefault(row["prefix"], []).append(self._row(row))
        return read

    def _row(self, row: dict[str, str]) -> Row:
        unit_price = Fraction(row["price"]) / self._per(row) * self.common
        if unit_price.denominator != 1:
            raise AssertionError(f"{row} is not a whole number of 1/{self.common}")
        cap = row.get("max_charge")
        return Row(
            prefix=row["prefix"],
            destination=row.get("destination") or row["prefix"],
            call_type=row.get("call_type") or "other",
            band=row.get("band") or "*",
            from_quantity=int(row.get("from_quantity") or 0),
            unit_price=int(unit_price),
            increment=int(row.get("increment") or 1),
            minimum=int(row.get("minimum") or 0),
            free_below=int(row.get("free_below") or 0),
            connect_fee=Fraction(row.get("connect_fee") or 0),
            max_charge=Fraction(cap) if cap else None,
            valid_from=dt.date.fromisoformat(row.get("valid_from") or "0001-01-01"),
            valid_until=dt.date.fromisoformat(row.get("valid_until") or "9999-12-31"),
        )

    @staticmethod
    def _per(row: dict[str, str]) -> int:
        return int(row.get("per") or PER[row.get("service") or "voice"])

    def bands_at(self, at_us: int) -> list[str]:
        """Names of the bands that hold at an instant (microseconds since 1970), first listed first."""
        minute = at_us // MINUTE
        if minute not in self.seen:
            wall = dt.datetime.fromtimestamp(minute * 60, self.zone)
            self.seen[minute] = [band.name for band in self.bands if band.holds(wall, self.holidays)]
        return self.seen[minute]
