"""Price lists for worlds: chains of decks with bands, versions, origins, slots and prices that end on half."""

from __future__ import annotations

import datetime as dt
import random

from belnota.phone import CALL_TYPES
from tests.lib.oracle_deck import WEEKDAYS, OracleBand, OracleDeck

ZONES = ["Europe/Amsterdam", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]
PREFIXES = ["0", "00", "3", "31", "310", "316", "3160", "31603", "1", "9", "0900", "09000", "316031600316031"]
OCCURS = {"service": "voice", "direction": "out", "charge_kind": "call", "origin": "*", "prefix": ""}
"""What makes two rows rows of one prefix, with its defaults."""
MAY_BE_PLAIN = (
    "mode", "decimals", "band", "valid_from", "from_quantity", "direction", "charge_kind", "origin", "per", "increment",
    "minimum", "connect_fee", "max_charge", "free_below",
)  # fmt: skip
"""What may have one value in all decks of a world; the engine takes shorter ways then."""


class Decks:
    """Three decks in a chain, and one alone; most in one zone, with bands that begin at these times."""

    def __init__(self, rnd: random.Random, day: dt.date, zone: str, clocks: tuple[str, ...]) -> None:
        self.rnd = rnd
        self.day = day
        self.zone = zone
        self.clocks = clocks
        self.plain = {name for name in MAY_BE_PLAIN if rnd.random() < 0.12}

    def drawn(self) -> dict[str, OracleDeck]:
        rnd = self.rnd
        modes = rnd.sample(["half_up", "half_even", "up", "down"], 4)
        same_decimals = rnd.randint(0, 6)
        bases = {"entry": "base", "base": "far" if rnd.random() < 0.8 else None, "far": None, "other": None}
        decks = {}
        for name, base in bases.items():
            bands = self._bands()
            decimals = same_decimals if "decimals" in self.plain else rnd.randint(0, 6)
            decks[name] = OracleDeck(
                name, self._rows(bands, decimals), bands, base,
                timezone=rnd.choice([*[self.zone] * 6, *ZONES]), band_rule=rnd.choice(["split", "split", "start"]),
                holidays=frozenset({dt.date(2026, 12, 25), self.day} if rnd.random() < 0.5 else ()),
                mode=modes[0] if "mode" in self.plain else modes[len(decks)], decimals=decimals,
            )  # fmt: skip
        return decks

    def _bands(self) -> tuple[OracleBand, ...]:
        rnd = self.rnd
        bands = []
        for number in range(rnd.choice([0, 2, 3, 4]) if "band" not in self.plain else 0):
            days = tuple(rnd.sample(WEEKDAYS, rnd.randint(1, 7)))
            excepts = rnd.random() < 0.3
            if not excepts and rnd.random() < 0.3:
                days += ("holiday",)
            start, end = rnd.choice(self.clocks), rnd.choice([*self.clocks, "24:00"])
            bands.append(OracleBand(f"b{number}", days, start, end, excepts))
        if bands and rnd.random() < 0.5:
            bands.append(OracleBand("rest", WEEKDAYS, "00:00", "24:00"))
        return tuple(bands)

    def _rows(self, bands: tuple[OracleBand, ...], decimals: int) -> list[dict[str, str]]:
        rnd = self.rnd
        rows: list[dict[str, str]] = []
        places = {tuple(place.values()): place for place in self._places()}
        for place in places.values():
            for start, end in self._versions():
                named = {"destination": rnd.choice(["", "land", "Zuid, of Noord"])}
                named["call_type"] = rnd.choice(["other", "national", "mobile", "service_0900", rnd.choice(CALL_TYPES)])
                for band in self._band_names(bands):
                    for slot in self._slots():
                        dates = {"valid_from": start, "valid_until": end, "band": band, "from_quantity": str(slot)}
                        rows.append(place | named | dates | self._price(place["service"], decimals))
        rnd.shuffle(rows)
        return rows

    def _places(self) -> list[dict[str, str]]:
        rnd = self.rnd
        places = []
        services = ["voice", "voice", *rnd.sample(["voice", "voice", "sms", "sms", "data", "data"], 5)]
        for turn, service in enumerate(services):
            is_usual = turn == 0 or rnd.random() < 0.3
            place = {
                "service": "voice" if service == "data" and "increment" in self.plain else service,
                "direction": "out" if is_usual else rnd.choice(["out", "out", "out", "in"]),
                "charge_kind": "call" if is_usual else rnd.choice(["call", "call", "information"]),
                "origin": "*" if is_usual else rnd.choice(["*", "*", "nl", "eu", "de", "world"]),
            }
            place |= {name: value for name, value in OCCURS.items() if name in self.plain}
            prefixes = [*rnd.sample(PREFIXES, rnd.randint(1, 6)), rnd.choice(["", "3", "0"])]
            places += [place | {"prefix": prefix} for prefix in prefixes]
        return places

    def _versions(self) -> list[tuple[str, str]]:
        rnd = self.rnd
        count = rnd.choice([0, 0, 1, 2]) if "valid_from" not in self.plain else 0
        edges = sorted({str(self.day + dt.timedelta(days=rnd.randint(-1, 3))) for _ in range(count)})
        versions = list(zip(["", *edges], [*edges, ""], strict=True))
        if len(versions) > 1 and rnd.random() < 0.4:
            versions.pop(rnd.choice([0, -1]))
        return versions

    def _band_names(self, bands: tuple[OracleBand, ...]) -> list[str]:
        if not bands:
            return ["*"]
        names = ["rest"] if bands[-1].name == "rest" and self.rnd.random() < 0.5 else ["*"]
        return names + [band.name for band in bands if band.name not in names and self.rnd.random() < 0.8]

    def _slots(self) -> list[int]:
        count = self.rnd.choice([0, 0, 1, 2]) if "from_quantity" not in self.plain else 0
        return sorted({0, *(self.rnd.choice([6, 30, 60, 61, 600]) for _ in range(count))})

    def _price(self, service: str, decimals: int) -> dict[str, str]:
        rnd = self.rnd
        row = {"per": rnd.choice(["", "1", "7", "60"] if service != "data" else ["", "1000", "1048576"])}
        row["increment"] = rnd.choice(["", "1", "6", "30", "60"] if service != "data" else ["100000", "1000000"])
        row["minimum"] = rnd.choice(["", "", "20", "45"] if service != "data" else ["", "", "1500000"])
        row["connect_fee"] = rnd.choice(["", "0.05", "0.12345678", f"{5 * 10 ** -(decimals + 1):.7f}"])
        row["price"] = amount(rnd)
        if rnd.random() < 0.2:
            # The price of a unit lies half-way between two amounts that a charge can be.
            row |= {"per": "1", "price": f"{(2 * rnd.randint(0, 99) + 1) * 5 * 10 ** -(decimals + 1):.7f}"}
        elif rnd.random() < 0.1 and service != "data":
            row |= {"per": "60", "increment": "30", "price": f"{rnd.randint(0, 99) * 10**-decimals:.6f}"}
        if rnd.random() < 0.2:
            row["max_charge"] = rnd.choice(["0", "0.5", "0.03", "2", "0.125", "0.0000005"])
        if rnd.random() < 0.2:
            row["free_below"] = rnd.choice(["1", "3", "31"])
        return {name: "" if name in self.plain else value for name, value in row.items()}


def amount(rnd: random.Random) -> str:
    if rnd.random() < 0.02:
        return "99.99999999"
    decimals = rnd.choice([0, 2, 4, 8])
    return f"{rnd.randint(0, 10**decimals * 2) / 10**decimals:.{decimals}f}"
