"""Made-up calls of one month, batch by batch: a pool of numbers at the other end, and who calls them when, how long.

The moments follow the office day, the called numbers a power law (a few numbers get many calls), the lengths are
log-normal. Everything is drawn from seeded generators, a fresh one per batch, so a batch needs no other.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import random
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from belnota.phone import kind_of_number
from belnota.tables import Call, schema_of
from benchmarks.made_owners import MONTH, MONTH_FROM, MONTH_UNTIL

BATCH: Final = 500_000
"""Calls drawn at a time."""
_MIX: Final = {
    # kind of number: its share of the pool, of calls made, of calls received, of messages
    "fixed": (0.34, 0.29, 0.40, 0.0),
    "mobile": (0.40, 0.40, 0.35, 0.9),
    "abroad": (0.17, 0.11, 0.05, 0.099),
    "corporate": (0.05, 0.10, 0.05, 0.0),
    "service": (0.02, 0.02, 0.0, 0.0),
    "freephone": (0.01, 0.02, 0.0, 0.0),
    "m2m": (0.002, 0.002, 0.001, 0.0),
    "short": (0.0, 0.03, 0.0, 0.0),
    "internal": (0.0, 0.025, 0.05, 0.0),
    "unplaced": (0.0, 0.003, 0.0, 0.001),
    "withheld": (0.0, 0.0, 0.099, 0.0),
}
_SHORT = ["112", "113", "144", "116000", "14020", "14010", "1850", "1888", "1233", "1200"]
_COUNTRIES = ["de", "be", "fr", "es", "it", "pl", "gb", "us", "ch", "tr"]
_EU_COUNTRIES = 6
_DATA, _MESSAGE, _VOICE = 2, 1, 0


@dataclass(frozen=True)
class World:
    """What calls are drawn from: the own numbers, the numbers at the other end with where each kind begins."""

    own: pl.DataFrame
    pool: pl.DataFrame
    starts: dict[str, tuple[int, int]]
    calls: int
    seed: int


def other_numbers(count: int, prefixes: list[str], seed: int) -> tuple[pl.DataFrame, dict[str, tuple[int, int]]]:
    """Return about `count` numbers (number, dialled, kind by the number plan), and where each kind begins."""
    rnd = random.Random(seed + 3)
    abroad = [prefix for prefix in prefixes if not prefix.startswith("31")]
    numbers: list[str] = []
    dialled: list[str] = []
    starts = {}
    for name, (share, *_) in _MIX.items():
        begun = len(numbers)
        for turn in range(max(round(count * share), 40)):
            number, text = _other_number(rnd, name, turn, abroad)
            numbers.append(number)
            dialled.append(text)
        starts[name] = (begun, len(numbers) - begun)
    kind = kind_of_number(pl.col("number"), pl.lit(dt.date(2026, 10, 1)))
    return pl.DataFrame({"number": numbers, "dialled": dialled}).with_columns(kind=kind), starts


def _other_number(rnd: random.Random, kind: str, turn: int, abroad: list[str]) -> tuple[str, str]:
    """Return a number as it is kept and as it was dialled."""

    def digits(count: int) -> str:
        return str(rnd.randrange(10**count)).zfill(count)

    if kind == "abroad":
        prefix = rnd.choice(abroad)
        number = prefix + digits(max(rnd.choice([10, 11, 12]) - len(prefix), 3))
        return f"+{number}", f"00{number}"
    if kind == "withheld":
        return "anonymous", ""
    if kind == "unplaced":
        return f"?2{digits(6)}", f"2{digits(6)}"
    if kind == "internal":
        return str(200 + turn), str(200 + turn)
    if kind == "short":
        return f"+31{_SHORT[turn % len(_SHORT)]}", _SHORT[turn % len(_SHORT)]
    national = {
        "fixed": lambda: rnd.choice("1234577") + digits(8),
        "mobile": lambda: "6" + rnd.choice("123458") + digits(7),
        "corporate": lambda: rnd.choice(["88", "85", "84", "87"]) + digits(7),
        "service": lambda: rnd.choice(["900", "900", "900", "906", "909"]) + digits(rnd.choice([4, 7])),
        "freephone": lambda: "800" + digits(rnd.choice([4, 7])),
        "m2m": lambda: "97" + digits(9),
    }[kind]()
    return f"+31{national}", f"0{national}"


def batch(world: World, number: int) -> pl.DataFrame:
    """Return one batch of the month's calls (contract Call), sorted by answered_at and call_id."""
    rng = np.random.default_rng([world.seed, 10, number])
    begin, end = number * BATCH, min((number + 1) * BATCH, world.calls)
    at_us = _moments(rng, begin, end, world.calls)
    size = end - begin
    own = (world.own.height * rng.random(size) ** 1.4).astype(np.int64)
    family = world.own["family"].to_physical().to_numpy()[own]
    is_mobile, is_freephone = family == 1, family == 2
    service = np.where(is_mobile, np.searchsorted([0.5, 0.65], rng.random(size)), _VOICE)
    is_received = ((rng.random(size) < 0.15) & (service != _DATA)) | is_freephone
    is_answered = (rng.random(size) > 0.08) | (service != _VOICE)
    abroad = rng.integers(0, len(_COUNTRIES), size)
    is_abroad = is_mobile & (rng.random(size) < 0.06)
    other = _others(rng, world, service, is_received)
    drawn = pl.DataFrame(
        {
            "at": at_us + np.where(is_mobile, rng.integers(0, 1000, size) * 1000, 0),
            "row": np.arange(begin, end),
            "own": own,
            "other": other,
            "service": service,
            "is_mobile": is_mobile,
            "is_received": is_received,
            "is_answered": is_answered,
            "abroad": abroad,
            "is_abroad": is_abroad,
            "quantity": np.where(is_answered, _quantities(rng, service), 0),
        }
    )
    return _as_calls(drawn, world)


def _moments(rng: np.random.Generator, begin: int, end: int, calls: int) -> np.ndarray:
    """Return sorted whole seconds of the month, in microseconds, within the part that belongs to these rows."""
    hours, busy = _busy_hours()
    first, last = (int(np.interp(row / calls, busy, hours)) for row in (begin, end))
    seconds = np.interp((np.arange(begin, end) + rng.random(end - begin)) / calls, busy, hours).astype(np.int64)
    return np.clip(seconds, first, max(last - 1, first)) * 1_000_000


def _busy_hours() -> tuple[np.ndarray, np.ndarray]:
    """Return the hours' edges of the month (seconds since 1970) and which part of all calls lies before each."""
    edges = np.arange(int(MONTH_FROM.timestamp()), int(MONTH_UNTIL.timestamp()) + 1, 3600)
    local = [dt.datetime.fromtimestamp(int(edge), ZoneInfo("Europe/Amsterdam")) for edge in edges[:-1]]
    by_day = [1, 1, 1, 1, 1, 2, 4, 10, 30, 45, 48, 45, 36, 42, 46, 46, 42, 30, 20, 17, 14, 10, 6, 3]
    weights = [by_day[hour.hour] * (0.3 if hour.weekday() >= 5 else 1.0) for hour in local]
    return edges, np.concatenate([[0.0], np.cumsum(weights) / sum(weights)])


def _others(rng: np.random.Generator, world: World, service: np.ndarray, is_received: np.ndarray) -> np.ndarray:
    """Return which number of the pool is at the other end: its kind by the mix, half of them by a power law."""
    names = list(_MIX)
    column = np.select([service == _MESSAGE, is_received], [3, 2], 1)
    draw = rng.random(len(service))
    kind = np.full(len(service), names.index("withheld"))
    for use in (1, 2, 3):
        shares = np.cumsum([_MIX[name][use] for name in names])
        kind = np.where(column == use, np.searchsorted(shares / shares[-1], draw, side="right"), kind)
    kind = np.where(service == _DATA, names.index("withheld"), kind)
    first, count = (np.array([world.starts[name][part] for name in names])[kind] for part in (0, 1))
    place = rng.random(len(service))
    popular = np.floor((count + 1.0) ** place) - 1
    chosen = np.where(rng.random(len(service)) < 0.5, popular, np.floor(place * count))
    return first + np.minimum(chosen.astype(np.int64), count - 1)


def _quantities(rng: np.random.Generator, service: np.ndarray) -> np.ndarray:
    """Return seconds, messages or bytes."""
    size = len(service)
    seconds = np.clip(rng.lognormal(4.25, 1.2, size), 1, 14_400).astype(np.int64)
    octets = np.clip(rng.lognormal(14.5, 1.8, size), 1, 5e9).astype(np.int64)
    return np.select([service == _VOICE, service == _MESSAGE], [seconds, rng.choice([1, 1, 1, 1, 2, 3], size)], octets)


def _as_calls(drawn: pl.DataFrame, world: World) -> pl.DataFrame:
    at = pl.from_epoch("at", time_unit="us").dt.replace_time_zone("UTC")
    feed = pl.when("is_mobile").then(pl.lit("mobiel")).otherwise(pl.lit("switch"))
    day = (pl.col("at") - int(MONTH_FROM.timestamp()) * 1_000_000) // 86_400_000_000
    files = [hashlib.sha256(f"{name} {day}".encode()).hexdigest() for name in ("mobiel", "switch") for day in range(33)]
    country = pl.lit(pl.Series(_COUNTRIES)).gather("abroad")
    zone = pl.when(~pl.col("is_abroad")).then(pl.lit("nl"))
    zone = zone.when(pl.col("abroad") < _EU_COUNTRIES).then(pl.lit("eu")).otherwise(pl.lit("world"))
    names = pl.lit(pl.Series(["voice", "sms", "data"]))
    pool = {name: pl.lit(world.pool[name]).gather("other") for name in world.pool.columns}
    kind = pl.when(pl.col("zone") != "nl").then(pl.format("roaming_{}", "zone"))
    kind = kind.when(pl.col("service") != "voice").then("service")
    kind = kind.when(pl.col("is_received") & (pool["kind"] != "internal")).then(pl.lit("received"))
    return (
        drawn.with_columns(service=names.gather("service"), zone=zone, feed=feed, answered_at=at)
        .with_columns(
            call_id=pl.format("{}/{}", "feed", pl.col("row").cast(pl.String).str.zfill(9)),
            file_id=pl.lit(pl.Series(files)).gather(day + pl.when("is_mobile").then(0).otherwise(33)),
            line_number=pl.col("row") % 1_000_003 + 1,
            direction=pl.when("is_received").then(pl.lit("in")).otherwise(pl.lit("out")),
            own_number=pl.lit(world.own["own_number"]).gather("own"),
            other_number=pool["number"],
            dialled=pool["dialled"],
            country=pl.when("is_abroad").then(country),
            call_type=kind.otherwise(pool["kind"]),
            period=pl.lit(MONTH),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in schema_of(Call).items())
        .sort("answered_at", "call_id")
    )
