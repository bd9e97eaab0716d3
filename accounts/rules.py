"""What must hold between the rows of the folder, and between the folder and what the store already has."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any, Final

from accounts.faults import Fault
from accounts.identity import is_dutch_postcode
from accounts.sheets import Record
from accounts.stored import KEYS, Key, Rows, key_of

_REFERENCES: Final = (
    ("subscriptions.csv", "customer_id", "customers.csv"),
    ("users.csv", "customer_id", "customers.csv"),
    ("numbers.csv", "subscription_id", "subscriptions.csv"),
    ("modules.csv", "subscription_id", "subscriptions.csv"),
)
_NEED_MOBILE_ACCESS: Final = ("mobile_limits", "mobile_view_blocks", "mobile_block_sim")

Folder = Mapping[str, list[Record]]
Merged = dict[str, dict[Key, Record]]
"""Per file and key what the store would hold after the import; rows of the store alone have line 0."""


def check(folder: Folder, stored: Mapping[str, Rows]) -> list[Fault]:
    """Return all faults between rows; a row with a faulty cell is only checked where its cells could be read."""
    merged = _merge(folder, stored)
    faults = [*_unique(folder), *_references(folder, merged), *_catalogue(folder, merged, stored)]
    for record in folder["customers.csv"]:
        faults += _customer(record)
    for record in folder["users.csv"]:
        faults += _roles(record)
    for file in ("subscriptions.csv", "numbers.csv", "modules.csv"):
        for record in folder[file]:
            faults += _ordered(record)
    faults += _overlaps(merged, "numbers.csv", ("number",), "number")
    faults += _overlaps(merged, "modules.csv", ("subscription_id", "module"), "module")
    return faults


def _merge(folder: Folder, stored: Mapping[str, Rows]) -> Merged:
    merged = {
        file: {key: Record(file, 0, values) for key, values in stored_rows.items()}
        for file, stored_rows in stored.items()
    }
    for file, records in folder.items():
        merged[file].update({key_of(file, record.values): record for record in records if _has_key(record)})
    return merged


def _has_key(record: Record) -> bool:
    return all(column in record.values for column in KEYS[record.file])


def _unique(folder: Folder) -> Iterator[Fault]:
    for file, records in folder.items():
        first: dict[Key, Record] = {}
        for record in filter(_has_key, records):
            before = first.setdefault(key_of(file, record.values), record)
            if before is not record:
                column = KEYS[file][0]
                yield record.fault(column, f"line {before.line} has it already; keep one of the two")


def _references(folder: Folder, merged: Merged) -> Iterator[Fault]:
    for file, column, target in _REFERENCES:
        for record in folder[file]:
            if column in record.values and (record.values[column],) not in merged[target]:
                yield record.fault(column, f"it is not in {target}, nor in the store")
    for file, column, kind in (("subscriptions.csv", "plan", "plan"), ("modules.csv", "module", "module")):
        for record in folder[file]:
            if column in record.values and _kind(merged, record.values[column]) != kind:
                yield record.fault(column, f"the catalogue has no {kind} with this code")
    yield from _products(folder, merged)


def _kind(merged: Merged, code: str) -> str | None:
    offer = merged["catalogue.toml"].get((code,))
    return offer.values["kind"] if offer else None


def _products(folder: Folder, merged: Merged) -> Iterator[Fault]:
    offers = merged["catalogue.toml"]
    for record in folder["modules.csv"]:
        subscription = merged["subscriptions.csv"].get((record.values.get("subscription_id"),))
        plan = offers.get((subscription.values.get("plan"),)) if subscription else None
        module = offers.get((record.values.get("module"),))
        products = [offer.values.get("product") for offer in (plan, module) if offer]
        if len(set(products)) == 2 and None not in products:
            yield record.fault("module", f"it is for {products[1]}, but the subscription is {products[0]}")


def _catalogue(folder: Folder, merged: Merged, stored: Mapping[str, Rows]) -> Iterator[Fault]:
    for record in filter(_has_key, folder["catalogue.toml"]):
        before = stored["catalogue.toml"].get(key_of(record.file, record.values))
        if before and before["kind"] != record.values["kind"]:
            yield record.fault(
                "code", f"the store has it as a {before['kind']}; give this {record.values['kind']} a new code"
            )
    owners: dict[str, str] = {}
    for record in merged["catalogue.toml"].values():
        for bundle in record.values["bundles"]:
            owner = owners.setdefault(bundle.get("code", ""), record.values["code"])
            if "code" in bundle and (owner != record.values["code"] or _twice(record, bundle["code"])):
                remedy = f"{owner} has a bundle with this code; give each bundle of the catalogue its own"
                yield record.fault("bundle code", remedy, value=bundle["code"])


def _twice(record: Record, code: str) -> bool:
    return [bundle.get("code") for bundle in record.values["bundles"]].count(code) > 1


def _customer(record: Record) -> Iterator[Fault]:
    values = record.values
    if values.get("country") == "NL" and "postcode" in values and not is_dutch_postcode(values["postcode"]):
        yield record.fault("postcode", "a Dutch postcode is four digits and two letters, such as 1234 AB")
    if values.get("vat_regime") == "reverse_charge" and values.get("vat_id") == "":
        yield record.fault("vat_id", "reverse charge needs the VAT id of the customer; fill it in")
    if values.get("mandate_id") and values.get("iban") == "":
        yield record.fault("iban", "a mandate needs the IBAN it was given for; fill it in")
    if values.get("mandate_id") and values.get("mandate_signed_on", values) is None:
        yield record.fault("mandate_signed_on", "a mandate needs the date of its signature; fill it in")


def _roles(record: Record) -> Iterator[Fault]:
    roles = record.values.get("roles", "")
    if '"mobile_access"' not in roles:
        for role in _NEED_MOBILE_ACCESS:
            if f'"{role}"' in roles:
                # R9.12b: the three roles mean nothing without access to the mobile pages.
                yield record.fault("roles", f"{role} needs mobile_access as well; add it, or take {role} out")


def _ordered(record: Record) -> Iterator[Fault]:
    start, end = record.values.get("valid_from"), record.values.get("valid_until")
    if start and end and end < start:
        yield record.fault(
            "valid_until", f"it is before valid_from ({start}); it is the first day that no longer counts"
        )


def _overlaps(merged: Merged, file: str, keys: Iterable[str], column: str) -> Iterator[Fault]:
    """Refuse two stretches at once of one number (D15), or of one module of one subscription."""
    stretches: dict[Key, list[tuple[dt.date, dt.date, Record]]] = {}
    for record in merged[file].values():
        stretch = _stretch(record, merged)
        if stretch and all(key in record.values for key in keys):
            stretches.setdefault(tuple(record.values[key] for key in keys), []).append((*stretch, record))
    for rows in stretches.values():
        rows.sort(key=lambda row: row[:2])
        for (_start, end, earlier), (start, _end, later) in pairwise(rows):
            if start < end:
                yield _overlap(earlier, later, column, start)


def _overlap(earlier: Record, later: Record, column: str, start: dt.date) -> Fault:
    shown, other = (later, earlier) if later.line else (earlier, later)
    where = f"line {other.line}" if other.line else "the store"
    who = other.values.get("subscription_id")
    return shown.fault(
        column, f"on {start} it also belongs to {who} ({where}); end the earlier stretch there or before"
    )


def _stretch(record: Record, merged: Merged) -> tuple[dt.date, dt.date] | None:
    """Return the days of a row, cut to the validity of its subscription; None when there are none."""
    subscription = merged["subscriptions.csv"].get((record.values.get("subscription_id"),))
    bounds: list[Mapping[str, Any]] = [record.values, *([subscription.values] if subscription else [])]
    if not all("valid_from" in values and "valid_until" in values for values in bounds):
        return None
    start = max(values["valid_from"] for values in bounds)
    end = min(values["valid_until"] or dt.date.max for values in bounds)
    return (start, end) if start < end else None
