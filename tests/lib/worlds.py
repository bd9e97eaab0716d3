"""Small worlds to rate: price lists, calendars, bundles and calls drawn from a seed, full of edges.

The first n calls of a seed are the same however many are drawn, so a smaller world is a part of the larger one.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from belnota.phone import CALL_TYPES
from tests.lib.oracle_deck import OracleDeck
from tests.lib.world_decks import PREFIXES, Decks


@dataclass(frozen=True)
class Moment:
    """When a world's calls are, in whose wall time, and the clock times at which its bands like to begin."""

    at: dt.datetime
    zone: str
    clocks: tuple[str, ...]


DAY = ("00:00", "01:30", "02:30", "08:00", "18:00", "23:59")
NIGHT = ("00:00", "01:30", "02:00", "02:30", "03:00", "23:00")
MOMENTS = [
    Moment(dt.datetime(2026, 10, 25, 1, tzinfo=dt.UTC), "Europe/Amsterdam", NIGHT),  # 03:00 is 02:00 again
    Moment(dt.datetime(2026, 3, 29, 1, tzinfo=dt.UTC), "Europe/Amsterdam", NIGHT),  # 02:00 is 03:00
    Moment(dt.datetime(2026, 11, 1, 6, tzinfo=dt.UTC), "America/New_York", NIGHT),
    Moment(dt.datetime(2026, 10, 3, 15, 30, tzinfo=dt.UTC), "Australia/Lord_Howe", NIGHT),  # 02:00 is 02:30
    Moment(dt.datetime(2026, 10, 29, 21, tzinfo=dt.UTC), "Africa/Cairo", NIGHT),  # midnight is 23:00 of yesterday
    Moment(dt.datetime(2026, 4, 23, 22, tzinfo=dt.UTC), "Africa/Cairo", NIGHT),  # midnight is 01:00
    Moment(dt.datetime(2026, 12, 24, 23, tzinfo=dt.UTC), "Europe/Amsterdam", DAY),  # Christmas begins
    Moment(dt.datetime(2026, 6, 30, 22, tzinfo=dt.UTC), "Europe/Amsterdam", DAY),  # a month begins
]
NO_NUMBERS = ["", "anonymous", "?12", "++31", "3 1", "٣١", "+", "-0", "-31", "31.0", "3e1", "31 ", "0x31"]
SUBSCRIPTIONS = [f"s{number}" for number in range(30)]


@dataclass(frozen=True)
class World:
    """All that one rating needs; calls and shares as rows of contracts CallToRate and BundleShare."""

    decks: dict[str, OracleDeck]
    shares: list[dict]
    calls: list[dict]
    used_before: dict[str, int]


def world(seed: int, count: int) -> World:
    rnd = random.Random(seed)
    moment = rnd.choice(MOMENTS)
    decks = Decks(rnd, moment.at.date(), moment.zone, moment.clocks).drawn()
    shares = shares_of(rnd, moment.at)
    pools = sorted({share["pool_id"] for share in shares})
    used = {pool: rnd.choice([0, 10, 10_000]) for pool in pools} if rnd.random() < 0.3 else {}
    return World(decks, shares, Calls(rnd, moment.at, decks).drawn(count), used)


def shares_of(rnd: random.Random, moment: dt.datetime) -> list[dict]:
    """Own pools of one subscription and shared pools of three; most run out soon."""
    shares = []
    for rank in range(rnd.choice([0, 4, 6, 9, 9])):
        is_group, service = rnd.random() < 0.5, rnd.choice(["voice", "voice", "voice", "sms", "data"])
        types = rnd.choice([[], [], [], ["mobile", "other"]])
        destinations = rnd.choice([[], [], [], ["land", "31"]])
        unit = {"voice": 60, "sms": 1, "data": 1_000_000}[service]
        for number in rnd.sample(range(len(SUBSCRIPTIONS)), rnd.randint(1, len(SUBSCRIPTIONS))):
            member = SUBSCRIPTIONS[number]
            start = moment + dt.timedelta(hours=rnd.choice([-9, -9, -9, 0, 5]))
            share = rnd.choice([0, *(rnd.randint(1, 3) * unit + rnd.randint(-1, 60) for _ in range(6)), 2**53])
            shares.append(
                {
                    "period": "2026-10", "pool_id": f"p{rank}@{f'g{number // 3}' if is_group else member}",
                    "subscription_id": member, "customer_id": "c", "bundle": f"p{rank}",
                    "bundle_name_nl": "b", "bundle_name_en": "b", "is_group": is_group, "rank": rank,
                    "service": service, "share": share, "call_types": types, "destinations": destinations,
                    "valid_from_at": start, "valid_until_at": start + dt.timedelta(hours=rnd.choice([6, 60, 60])),
                }
            )  # fmt: skip
    return shares


class Calls:
    """Calls about one moment: on the edges of bands and days and just beside them, many at the same instant."""

    def __init__(self, rnd: random.Random, moment: dt.datetime, decks: dict[str, OracleDeck]) -> None:
        self.rnd = rnd
        self.moment = moment
        self.edges = [self._edge(deck) for deck in decks.values() for _ in range(12)]
        self.edges += [moment + dt.timedelta(hours=hours) for hours in (0, 0, -9, -3, 5, 51)]
        self.shared = [self._instant(60) for _ in range(2)]

    def drawn(self, count: int) -> list[dict]:
        return [self._call(number) for number in range(count)]

    def _call(self, number: int) -> dict:
        rnd = self.rnd
        service = rnd.choice(["voice"] * 5 + ["sms", "data"])
        quantity = self._quantity(service)
        return {
            "call_id": f"c{number * 7919 % 100_003:06}",  # not in the order of time
            "service": service, "direction": rnd.choice(["out"] * 8 + ["in"]),
            "country": rnd.choice([None, "nl", "de"]), "zone": rnd.choice([None, "nl", "eu", "world"]),
            "called": self._called(),
            "call_type": rnd.choice([None] * 9 + ["mobile"] * 9 + ["service_0900", "internal", rnd.choice(CALL_TYPES)]),
            "answered_at": rnd.choice(self.shared) if rnd.random() < 0.15 else self._instant(quantity),
            "quantity": quantity, "deck": rnd.choice(["entry"] * 13 + ["other"] * 6 + [None]),
            "subscription_id": rnd.choice([*SUBSCRIPTIONS, None]),
        }  # fmt: skip

    def _edge(self, deck: OracleDeck) -> dt.datetime:
        """An instant at which a wall clock of this deck shows a time at which its bands or days begin."""
        rnd = self.rnd
        clocks = ["00:00", *(clock.replace("24", "00") for band in deck.bands for clock in (band.start, band.end))]
        wall = dt.datetime.combine(
            self.moment.date() + dt.timedelta(days=rnd.randint(-1, 2)),
            dt.time.fromisoformat(rnd.choice(clocks)),
            tzinfo=ZoneInfo(deck.timezone),
        )
        return wall.replace(fold=rnd.randint(0, 1)).astimezone(dt.UTC)

    def _instant(self, quantity: int) -> dt.datetime:
        rnd = self.rnd
        fraction = dt.timedelta(microseconds=rnd.choice([0, 0, 0, 0, 1, 999_999]))
        if rnd.random() < 0.3:
            return self.moment + dt.timedelta(seconds=rnd.randint(-43_200, 2 * 86_400)) + fraction
        length = min(quantity, 86_400)
        before = rnd.choice([-1, 0, 1, 30, 60, length - 1, length, length + 1, rnd.randint(0, length)])
        return rnd.choice(self.edges) - dt.timedelta(seconds=before) + fraction

    def _called(self) -> str:
        rnd = self.rnd
        if rnd.random() < 0.06:
            return rnd.choice(
                ["", "anonymous", "?12", "++31", "3 1", "٣١", "+", "-0", "-31", "31.0", "3e1", "31 ", "0x31"]
            )
        if rnd.random() < 0.1:
            digits = "".join(rnd.choices("01369", k=rnd.randint(1, 20)))
        else:
            digits = rnd.choice([*PREFIXES, "316031", "31603160031603160"])
            digits += "".join(rnd.choices("0136", k=rnd.randint(0, 5)))
        return rnd.choice(["+", "", ""]) + digits

    def _quantity(self, service: str) -> int:
        rnd = self.rnd
        if service == "data":
            return rnd.choice([0, 1, 999_999, 1_000_000, 1_000_001, rnd.randint(1, 40_000_000)])
        if service == "sms":
            return rnd.choice([0, 1, 1, 1, 2, 70])
        short = [0, 1, 2, 29, 30, 31, 60, 61, *(rnd.randint(1, 200) for _ in range(10)), rnd.randint(200, 1000)]
        return rnd.randint(1000, 12_000) if rnd.random() < 0.02 else rnd.choice(short)
