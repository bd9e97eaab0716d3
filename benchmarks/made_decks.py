"""Made-up price lists: twenty plans with a few hundred prefixes of their own, over one base of nested prefixes.

Prices are invented; the shape is that of Dutch wholesale lists: deep prefixes abroad, bands and two-step increments
at home, exact types for service numbers, a change of prices in the middle of the month.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

BASE: Final = "az"
PLANS: Final = tuple(f"plan-{number:02}" for number in range(1, 21))
CHANGE: Final = "2026-10-16"
"""Day on which the second version of the base, and of some rows of the plans, begins."""
DUTCH: Final = {
    "31": "other", "311": "national", "312": "national", "313": "national", "314": "national", "315": "national",
    "317": "national", "316": "mobile", "3114": "corporate", "3184": "corporate", "3185": "corporate",
    "3187": "corporate", "3188": "corporate", "3191": "corporate", "31144": "corporate", "3197": "m2m",
    "31112": "emergency", "31800": "freephone", "31113": "freephone", "31116": "freephone", "31900": "service_0900",
    "31906": "service_0906", "31909": "service_0909", "3118": "information_18xx", "311200": "voicemail",
    "311233": "voicemail",
}  # fmt: skip
SERVICE_NUMBERS: Final = ("31900", "31906", "31909", "3118")
_ABROAD = (
    "1 20 211 212 213 216 218 220 221 222 223 224 225 226 227 228 229 230 231 232 233 234 235 236 237 238 239 240 241 "
    "242 243 244 245 248 249 250 251 252 253 254 255 256 257 258 260 261 262 263 264 265 266 267 268 269 27 291 297 "
    "298 299 30 32 33 34 350 351 352 353 354 355 356 357 358 359 36 370 371 372 373 374 375 376 377 378 380 381 382 "
    "383 385 386 387 389 39 40 41 420 421 423 43 44 45 46 47 48 49 501 502 503 504 505 506 507 509 51 52 53 54 55 56 "
    "57 58 590 591 592 593 594 595 596 597 598 599 60 61 62 63 64 65 66 670 673 674 675 676 677 678 679 680 7 81 82 "
    "84 850 852 853 855 856 86 880 886 90 91 92 93 94 95 960 961 962 963 964 965 966 967 968 971 972 973 974 975 976 "
    "977 98 992 993 994 995 996 998"
)
_BANDS = ("peak", "weekend", "offpeak")
_LONGEST_PREFIX = 9
_COLUMNS = (
    "service", "direction", "origin", "prefix", "destination", "call_type", "band", "from_quantity", "connect_fee",
    "price", "per", "increment", "minimum", "free_below", "max_charge", "valid_from", "valid_until",
)  # fmt: skip

Row = dict[str, str | int]


def nested_prefixes(count: int, seed: int) -> list[str]:
    """Return that many different prefixes of one to nine digits: countries, the Dutch ranges, and ranges within."""
    rnd = random.Random(seed)
    found = dict.fromkeys([*_ABROAD.split(), *DUTCH])
    growing = list(found)
    while len(growing) < count:
        parent = growing[int(len(growing) * rnd.random() ** 1.5)]
        child = parent + rnd.choice("0123456789")
        if len(child) <= _LONGEST_PREFIX and child not in found:
            found[child] = None
            growing.append(child)
    return growing


def write_decks(folder: Path, prefixes: list[str], seed: int, *, information: bool, full_numbers: list[str]) -> None:
    """Write the base and the plans as deck folders; full_numbers are service numbers with a charge of their own."""
    rnd = random.Random(seed + 1)
    rows = [row for prefix in prefixes for row in _versions(rnd, prefix)]
    rows += [_row("", "received", price="0", direction="in")]
    if information:
        rows += _information_rows(rnd, full_numbers)
    _write(folder / BASE, _toml(BASE, 0), rows)
    for number, plan in enumerate(PLANS, start=1):
        own = [*(prefix for prefix in DUTCH if len(prefix) > 2), *rnd.sample(prefixes, min(200, len(prefixes) // 3))]
        own += [prefix + rnd.choice("0123456789") for prefix in rnd.sample(prefixes, min(100, len(prefixes) // 6))]
        rows = [row for prefix in dict.fromkeys(own) for row in _plan_rows(rnd, prefix)]
        _write(folder / plan, _toml(plan, number), [*rows, *_mobile_rows(rnd), *_received_rows(rnd)])


def write_wide_deck(folder: Path, destinations: int, seed: int) -> None:
    """Write one price list of so many destinations, a line each."""
    rnd = random.Random(seed + 2)
    prefixes = nested_prefixes(destinations, seed)
    _write(folder, _toml("wide", 0), [_row(prefix, "other", price=_price(rnd, 5, 5000)) for prefix in prefixes])


def type_of(prefix: str) -> str:
    """Return the call type of the longest Dutch range that holds a prefix; abroad it is international."""
    ranges = [DUTCH[prefix[:length]] for length in range(len(prefix), 1, -1) if prefix[:length] in DUTCH]
    return ranges[0] if ranges else "international"


def _toml(name: str, number: int) -> str:
    hours = ("08:00", "18:00") if number % 3 else ("07:00", "19:00")
    lines = [f'name = "{name}"', f'band_rule = "{"start" if number % 4 == 3 else "split"}"']
    lines += [f'base = "{BASE}"'] if name in PLANS else []
    lines += ['holidays = ["2026-10-09"]'] if number % 2 else []
    mode = ("half_up", "half_up", "half_even", "up", "down")[number % 5]
    lines += ["[rounding]", f'mode = "{mode}"', f"decimals = {(4, 4, 4, 2, 6, 3)[number % 6]}"]
    lines += ["[[band]]", 'name = "peak"', 'days = ["mon", "tue", "wed", "thu", "fri"]', "except_holidays = true"]
    lines += [f'from = "{hours[0]}"', f'until = "{hours[1]}"']
    lines += ["[[band]]", 'name = "weekend"', 'days = ["sat", "sun", "holiday"]']
    lines += ["[[band]]", 'name = "offpeak"']
    return "\n".join(lines) + "\n"


def _row(prefix: str, call_type: str, price: str, **more: str | int) -> Row:
    country = next((prefix[:n] for n in (2, 3, 1) if prefix[:n] in _COUNTRIES), prefix)
    return {"prefix": prefix, "destination": f"{country} {call_type}", "call_type": call_type, "price": price} | more


_COUNTRIES: Final = frozenset([*_ABROAD.split(), "31"])


def _price(rnd: random.Random, decimals: int, most: int) -> str:
    return f"{rnd.randint(1, most) / 10**decimals:.{decimals}f}"


def _versions(rnd: random.Random, prefix: str) -> Iterator[Row]:
    """Give the rows of a prefix before and after the change of prices."""
    for dates in ({"valid_until": CHANGE}, {"valid_from": CHANGE}):
        for row in _set(rnd, prefix, home=prefix.startswith("31")):
            yield row | dates


def _plan_rows(rnd: random.Random, prefix: str) -> Iterable[Row]:
    if rnd.random() < 0.2:
        return _versions(rnd, prefix)
    return _set(rnd, prefix, home=prefix.startswith("31"))


def _set(rnd: random.Random, prefix: str, *, home: bool) -> Iterator[Row]:
    """Give the rows that price one prefix: nearly always banded at home, seldom abroad; half of them in two steps."""
    call_type, most = type_of(prefix), 2_000 if home else 50_000
    is_free = call_type in ("emergency", "freephone")
    two_steps = rnd.random() < (0.5 if home else 0.15)
    whole_minutes = not two_steps and rnd.random() < 0.25
    free_below = 5 if rnd.random() < 0.05 else 0
    for band in _BANDS if rnd.random() < (0.9 if home else 0.1) else ("*",):
        first: Row = {"band": band, "free_below": free_below, "increment": 60 if whole_minutes else 1}
        first["connect_fee"] = "0.035" if rnd.random() < 0.4 and not is_free else "0"
        first["minimum"] = 40 if rnd.random() < 0.1 else 0
        first["max_charge"] = _price(rnd, 2, 150) if rnd.random() < 0.05 else ""
        price = "0" if is_free else _price(rnd, 5, most)
        if two_steps:
            yield _row(prefix, call_type, price, **first | {"increment": 30})
            later = {"band": band, "free_below": free_below, "from_quantity": 30, "increment": 6}
            yield _row(prefix, call_type, "0" if is_free else _price(rnd, 5, most), **later)
        else:
            yield _row(prefix, call_type, price, **first)


def _information_rows(rnd: random.Random, full_numbers: list[str]) -> Iterator[Row]:
    """Give what holders of service numbers ask: per call or per minute, often capped, free while the price is told."""
    for prefix in [*SERVICE_NUMBERS, *full_numbers]:
        per_call = rnd.random() < 0.3
        more = {"charge_kind": "information", "free_below": 10, "connect_fee": _price(rnd, 2, 90) if per_call else "0"}
        more["max_charge"] = rnd.choice(["", "15", "2.50"])
        yield _row(prefix, type_of(prefix), "0" if per_call else _price(rnd, 2, 110), **more)


def _mobile_rows(rnd: random.Random) -> Iterator[Row]:
    """Give roaming, messages and data; a country has prices of its own."""
    abroad = (("eu", "roaming_eu", 3_000), ("world", "roaming_world", 90_000), ("us", "roaming_world", 40_000))
    for origin, call_type, most in abroad:
        place: Row = {"origin": origin, "destination": f"roaming {origin}"}
        yield _row("", call_type, _price(rnd, 5, most), **place | {"increment": 60, "connect_fee": "0.05"})
        received = "0" if origin == "eu" else "0.35"
        yield _row("", call_type, received, **place | {"direction": "in", "increment": 30})
        yield _row("", call_type, "0.0215", **place | {"service": "sms"})
        yield _row("", call_type, "0", **place | {"service": "sms", "direction": "in"})
        size = {"increment": 100_000, "minimum": 1_000_000} if origin == "world" else {}
        yield _row("", call_type, _price(rnd, 4, most // 10), **place | {"service": "data"} | size)
    yield _row("", "data", _price(rnd, 4, 200), destination="data", service="data", increment=10_000)
    yield _row("31", "sms", "0.065", destination="sms home", service="sms")
    yield _row("", "sms", "0.125", destination="sms abroad", service="sms")
    yield _row("", "sms", "0", destination="sms received", service="sms", direction="in")


def _received_rows(rnd: random.Random) -> Iterator[Row]:
    """A call to an own 0800 number costs its owner."""
    yield _row("31800", "received", _price(rnd, 4, 400), direction="in", connect_fee="0.02")


def _write(folder: Path, toml: str, rows: list[Row]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "deck.toml").write_text(toml, encoding="utf-8")
    names = [*_COLUMNS, "charge_kind"] if any("charge_kind" in row for row in rows) else _COLUMNS
    with (folder / "rates.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, names, restval="")
        writer.writeheader()
        writer.writerows(rows)
