"""The bundles that `belnota rate` reads: a TOML file, refused with bundle, key and value when not readable."""

from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path
from typing import Any, Final

import polars as pl

from belnota.errors import Refused
from belnota.tables import BundleShare, schema_of
from belnota.tables.contract import SERVICES

MOST: Final = 2**53
_BUNDLE_KEYS: Final = ("name", "service", "allowance", "destinations", "call_types", "subscriptions", "shared")
_ALWAYS: Final = (dt.datetime(1, 1, 1, tzinfo=dt.UTC), dt.datetime(9999, 12, 31, tzinfo=dt.UTC))
_PERIOD: Final = "0001-01"
"""All calls of a file are one period; its name is never shown."""


def read_bundles(file: Path) -> pl.DataFrame:
    """Return the shares (contract BundleShare) of a bundles file; the order in the file is the order of use."""
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Refused(f"{file} cannot be read: {error}") from None
    listed = content.get("bundle", [])
    if content.keys() - {"bundle"} or not isinstance(listed, list):
        raise Refused(f"{file} may hold only tables [[bundle]]; there are {', '.join(content)}")
    rows = [share for rank, bundle in enumerate(listed) for share in _shares(bundle, rank, file)]
    return pl.DataFrame(rows, schema=schema_of(BundleShare), orient="row")


def _shares(bundle: dict[str, Any], rank: int, file: Path) -> list[dict[str, Any]]:
    """Turn one bundle into shares; of a shared one the first member brings the whole allowance."""
    _check_bundle(bundle, f"{file}, bundle {rank + 1}")
    members = list(dict.fromkeys(bundle["subscriptions"]))
    is_shared = bundle.get("shared", False)
    return [
        {
            "period": _PERIOD,
            "pool_id": f"{rank}" if is_shared else f"{rank}@{member}",
            "subscription_id": member,
            "customer_id": "",
            "bundle": bundle["name"],
            "bundle_name_nl": bundle["name"],
            "bundle_name_en": bundle["name"],
            "is_group": is_shared,
            "rank": rank,
            "service": bundle["service"],
            "share": bundle["allowance"] if number == 0 or not is_shared else 0,
            "call_types": bundle.get("call_types", []),
            "destinations": bundle.get("destinations", []),
            "valid_from_at": _ALWAYS[0],
            "valid_until_at": _ALWAYS[1],
        }
        for number, member in enumerate(members)
    ]


def _check_bundle(bundle: Any, where: str) -> None:
    if not isinstance(bundle, dict) or bundle.keys() - set(_BUNDLE_KEYS):
        raise Refused(f"{where}: write [[bundle]] with only the keys {', '.join(_BUNDLE_KEYS)}")
    is_count = type(bundle.get("allowance")) is int and 0 <= bundle["allowance"] <= MOST
    texts = {key: bundle.get(key, []) for key in ("destinations", "call_types", "subscriptions")}
    checks = {
        "name": isinstance(bundle.get("name"), str) and bundle["name"] != "",
        "service": bundle.get("service") in SERVICES,
        "allowance": is_count,
        "shared": isinstance(bundle.get("shared", False), bool),
        "subscriptions": bool(texts["subscriptions"]),
    }
    for key, value in texts.items():
        is_texts = isinstance(value, list) and all(isinstance(text, str) for text in value)
        checks[key] = checks.get(key, True) and is_texts
    right = {
        "name": "a name",
        "service": f"one of {', '.join(SERVICES)}",
        "allowance": f"a whole number from 0 to {MOST} of seconds, messages or bytes",
        "shared": "true or false",
        "subscriptions": "a list of at least one subscription",
    }
    for key, is_right in checks.items():
        if not is_right:
            raise Refused(f"{where}, {key}, {str(bundle.get(key))[:60]!r}: write {right.get(key, 'a list of texts')}")
