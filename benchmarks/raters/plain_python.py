"""A lean rater in plain Python: integers, dictionaries, tables worked out beforehand; one call after the other."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import polars as pl

from belnota.phone import SPECIAL_CALL_TYPES
from belnota.tables import RatedCall, schema_of
from belnota.tables.prices import STAR
from benchmarks.raters.price_tables import QUARTER_US, PriceTables, price_tables
from benchmarks.reseller import ZSTD, Reseller
from tariffs import read_deck

_FAR = 2**62
_MADE = (
    "customer_id", "subscription_id", "product", "deck", "prefix", "destination", "band", "status", "reason",
    "in_bundle_quantity", "billed_quantity", "connect_fee_micro_eur", "charge_micro_eur",
    "information_charge_micro_eur",
)  # fmt: skip
_NOTHING = (None, None, None, None)

Slot = tuple[str, int, int, int, int, int, int, int, int, str, str]
"""band_name, from_quantity, until_quantity, unit_price, increment, minimum, free_below, connect_fee, max_charge,
destination, call_type."""
Prefixes = tuple[dict[str, list["Prices"]], list[int]]
"""The prices of each prefix of one deck, and the lengths of the prefixes, longest first."""
Lines = dict[tuple[str, str, str], dict[str, list[Prefixes]]]
"""By entry deck, service and direction: for each origin the prefixes of the entry and its bases, nearest first.

The base is not merged into each plan: one small dictionary stays in the processor's cache, twenty large ones do not.
"""


class Prices:
    """The rows of one prefix and validity, with how its deck counts."""

    def __init__(self, row: dict[str, Any], slots: dict[int, list[Slot]], quarters: dict[int, tuple[int, int]]) -> None:
        self.deck, self.prefix, self.bands = row["deck"], row["prefix"], row["bands"]
        self.moves = bool(row["splits"] and self.bands and row["service"] == "voice")
        self.by_clock = row["service"] == "voice"
        self.from_us, self.until_us, self.mode = row["from_us"], row["until_us"], row["mode"]
        self.denominator = row["denominator"]
        self.unit, self.scale = self.denominator * 10 ** (8 - row["decimals"]), 10 ** (6 - row["decimals"])
        self.slots, self.quarters = slots, quarters
        self.by_holding: dict[int, list[Slot]] = {}

    def at(self, us: int) -> tuple[list[Slot], int]:
        """Return the rows in force at an instant, by slot, and until when."""
        holding, until = self.quarters[us // QUARTER_US]
        slots = self.by_holding.get(holding)
        if slots is None:
            has = holding & self.bands
            slots = self.by_holding[holding] = self.slots[(has & -has).bit_length() - 1 if has else STAR]
        return slots, until

    def rounded(self, amount: int) -> int:
        """Return an amount (1e-8 euro times the denominator) in micro-euros."""
        whole, rest = divmod(amount, self.unit)
        if self.mode == "half_up":
            whole += 2 * rest >= self.unit
        elif self.mode == "half_even":
            whole += 2 * rest > self.unit or (2 * rest == self.unit and whole % 2)
        elif self.mode == "up":
            whole += rest > 0
        return whole * self.scale

    def charge(self, at: int, quantity: int, inside: int) -> tuple[str, int, int, int]:
        """Return band, billed quantity, fee and charge of what bundles left of a call."""
        quantity -= inside
        start = at + inside * 1_000_000 if self.by_clock else at
        slots, until = self.at(start)
        band, _, _, _, _, minimum, _, fee, cap, _, _ = slots[0]
        if inside:
            fee = minimum = 0
        t = total = 0
        while t < quantity:
            if t and self.moves:
                slots, until = self.at(start + t * 1_000_000)
            slot = slots[0] if t < slots[0][2] else slots[1]
            increment, end = slot[4], slot[2]
            end = min(end, quantity)
            if self.moves and (until - start) // 1_000_000 < end:
                end = min(end, -((start - until) // 1_000_000))
            step = minimum if t == 0 and minimum > increment else -((t - end) // increment) * increment
            t += step
            total += step * slot[3]
        charge = min(total + fee * self.denominator, cap * self.denominator)
        return band, t, self.rounded(min(fee, cap) * self.denominator) if fee else 0, self.rounded(charge)


class Prepared:
    """Dictionaries of owners, prices by prefix, and bundles."""

    def __init__(self, reseller: Reseller) -> None:
        tables = price_tables([read_deck(folder) for folder in reseller.decks])
        self.calls, self.information = _lines(tables)
        self.owners: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
        owned = reseller.ownership.with_columns(
            pl.col("valid_from_at", "valid_until_at").dt.timestamp("us").fill_null(_FAR),
            pl.col("product").cast(pl.String),
        )
        columns = ("valid_from_at", "valid_until_at", "customer_id", "subscription_id", "product", "deck")
        for own_number, *stretch in owned.select("own_number", *columns).iter_rows():
            self.owners[own_number].append(tuple(stretch))
        shares = reseller.shares.sort("rank").with_columns(
            pl.col("service").cast(pl.String), pl.col("valid_from_at", "valid_until_at").dt.timestamp("us")
        )
        self.left = dict(shares.group_by("pool_id").agg(pl.col("share").sum()).iter_rows())
        self.pools: dict[tuple[str, str], list[tuple[Any, ...]]] = defaultdict(list)
        covers = ("pool_id", "valid_from_at", "valid_until_at", "call_types", "destinations")
        for subscription, service, *cover in shares.select("subscription_id", "service", *covers).iter_rows():
            self.pools[subscription, service].append(tuple(cover))


def _lines(tables: PriceTables) -> tuple[Lines, Lines]:
    """Return the lines of calls and those of information charges."""
    slots: dict[int, dict[int, list[Slot]]] = defaultdict(lambda: defaultdict(list))
    for set_id, band, *slot in tables.rows.with_columns(
        pl.col("until_quantity", "max_charge").fill_null(_FAR)
    ).iter_rows():
        slots[set_id][band].append(tuple(slot))
    quarters: dict[str, dict[int, tuple[int, int]]] = defaultdict(dict)
    for deck, quarter, holding, until in tables.quarters.iter_rows():
        quarters[deck][quarter] = (holding, until)
    of_deck: dict[str, dict[tuple[str, ...], dict[str, list[Prices]]]] = defaultdict(dict)
    for row in tables.sets.iter_rows(named=True):
        one = Prices(row, slots[row["set_id"]], quarters[row["deck"]])
        key = (row["charge_kind"], row["service"], row["direction"], row["origin"])
        of_deck[row["deck"]].setdefault(key, {}).setdefault(one.prefix, []).append(one)
    lengths = {
        deck: {key: sorted({len(prefix) for prefix in line}, reverse=True) for key, line in own.items()}
        for deck, own in of_deck.items()
    }
    lines: dict[str, Lines] = {"call": defaultdict(dict), "information": defaultdict(dict)}
    for entry, deck, _ in tables.chains.sort("entry", "depth").iter_rows():
        for key, line in of_deck[deck].items():
            kind, service, direction, origin = key
            places = lines[kind][entry, service, direction]
            places.setdefault(origin, []).append((line, lengths[deck][key]))
    return lines["call"], lines["information"]


def rate_file(calls: Path, out: Path, prepared: Prepared) -> None:
    """Rate a file (contract Call, in order of answered_at and call_id) into one of contract RatedCall."""
    table = pl.read_parquet(calls)
    text = pl.col("service", "direction", "zone").cast(pl.String)
    columns = table.select(
        "own_number", "other_number", text, "country", "call_type", pl.col("answered_at").dt.timestamp("us"), "quantity"
    )
    rated = _rated(prepared, *(column.to_list() for column in columns.get_columns()))
    types = schema_of(RatedCall)
    made = pl.DataFrame(rated, schema={name: types.get(name, pl.Int64) for name in _MADE}, orient="row")
    whole = table.hstack(made).with_columns(billing_period=pl.col("period"))
    whole.select(types.names()).write_parquet(out, compression="zstd", compression_level=ZSTD)


def _rated(prepared: Prepared, *columns: list[Any]) -> list[tuple[Any, ...]]:  # noqa: C901, PLR0912, PLR0915 -- calls cost
    owners, by_calls, by_information = prepared.owners, prepared.calls, prepared.information
    pools, left = prepared.pools, prepared.left
    special = frozenset(SPECIAL_CALL_TYPES)
    done = []
    for own, other, service, direction, zone, country, call_type, at, quantity in zip(*columns, strict=True):
        customer = subscription = product = entry = None
        for since, until, *owner in owners.get(own, ()):
            if since <= at < until:
                customer, subscription, product, entry = owner
        called = own if direction == "in" else other
        number = called[1:] if called[:1] == "+" else called
        if not number.isdigit():
            number = "" if service == "data" or called in ("", "anonymous") else None
        found = None
        if entry is not None and number is not None:
            found = _longest(by_calls.get((entry, service, direction)), country, zone, number, at)
        reason = None
        if call_type == "internal":
            reason = "internal"
        elif entry is None:
            reason = "unknown_number"
        elif found is None:
            reason = "no_price"
        else:
            slot = found.at(at)[0][0]
            if call_type in special and slot[10] != call_type:
                reason = "no_price_for_call_type"
        said = _NOTHING
        if reason is None:
            said = (found.deck, found.prefix, slot[9], slot[0])
            if quantity < slot[6]:
                reason = "too_short"
        if quantity == 0:
            reason = "not_answered"
        if reason is not None:
            is_free = reason in ("internal", "too_short", "not_answered")
            money = 0 if is_free else None
            status = "free" if is_free else "unrated"
            done.append((customer, subscription, product, *said, status, reason, 0, money, money, money, money))
            continue
        inside = 0
        if direction == "out" or service == "data":
            for pool, since, until, types, destinations in pools.get((subscription, service), ()):
                is_covered = (not types or call_type in types) and (not destinations or said[2] in destinations)
                if is_covered and since <= at < until:
                    taken = min(quantity - inside, left[pool])
                    left[pool] -= taken
                    inside += taken
                    if inside == quantity:
                        break
        band, billed, fee, charge = said[3], 0, 0, 0
        if inside < quantity:
            band, billed, fee, charge = found.charge(at, quantity, inside)
        asked = 0
        holder = _longest(by_information.get((entry, service, direction)), country, zone, number, at)
        if holder and quantity >= holder.at(at)[0][0][6]:
            asked = holder.charge(at, quantity, 0)[3]
        money = (inside, billed, fee, charge + asked, asked)
        done.append((customer, subscription, product, *said[:3], band, "rated", None, *money))
    return done


def _longest(
    lines: dict[str, list[Prefixes]] | None, country: str | None, zone: str, number: str, at: int
) -> Prices | None:
    """Return the prices in force of the longest prefix: of the country, else of the zone, else of any origin."""
    found, longest = None, -1
    for origin in (country, zone, "*") if lines else ():
        for prefixes, lengths in lines.get(origin, ()):
            for length in lengths:
                if length <= longest:
                    break
                for one in prefixes.get(number[:length], ()):
                    if one.from_us <= at < one.until_us and len(one.prefix) > longest:
                        found, longest = one, len(one.prefix)
                        break
        if found:
            break
    return found
