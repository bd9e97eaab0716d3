"""Whose numbers make calls: the demo's own accounts, read as the customers' lines over time."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from typing import Final

from pipelines.demo.calls import END_DAY, FIRST_DAY

_BROADWORKS = ("K1002", "K1004", "K1011", "K1012")
_WHOLESALE = ("K1003", "K1005", "K1007", "K1009")
_MOBILE: Final = ("zakelijk-mobiel-bundel", "mobiel-onbeperkt", "data-only")


@dataclass(frozen=True, slots=True)
class Line:
    """One number in the hands of one customer, for the days that its calls are made up."""

    number: str
    customer_id: str
    plan: str
    feed: str
    from_on: dt.date
    until_on: dt.date


def rows_of(name: str) -> Iterator[dict[str, str]]:
    """Yield the rows of one CSV of the demo's accounts."""
    source = resources.files("pipelines.demo").joinpath("data", "accounts", name)
    yield from csv.DictReader(source.read_text(encoding="utf-8").splitlines())


def _feed_of(customer_id: str, plan: str) -> str:
    if plan in _MOBILE:
        return "mobiel"
    if customer_id in _BROADWORKS:
        return "broadworks"
    return "wholesale" if customer_id in _WHOLESALE else "pbx"


def _date(text: str, default: dt.date) -> dt.date:
    return dt.date.fromisoformat(text) if text else default


def lines() -> list[Line]:
    """Return every line of every customer, in the order of numbers.csv; a number that changed owner is two lines."""
    subscriptions = {row["subscription_id"]: row for row in rows_of("subscriptions.csv")}
    made = []
    for row in rows_of("numbers.csv"):
        owner = subscriptions[row["subscription_id"]]
        made.append(
            Line(
                number=row["number"],
                customer_id=owner["customer_id"],
                plan=owner["plan"],
                feed=_feed_of(owner["customer_id"], owner["plan"]),
                from_on=max(FIRST_DAY, _date(row["valid_from"], FIRST_DAY)),
                until_on=min(END_DAY, _date(row["valid_until"], END_DAY)),
            )
        )
    return made
