"""accounts.ownership: whose a number is at an instant."""

from __future__ import annotations

import datetime as dt

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from accounts import import_folder, ownership
from accounts.ownership import _midnight
from belnota.periods import midnight
from belnota.tables import Ownership


def stretches(store, folder):
    with store.writing() as tx:
        import_folder(tx, folder.path)
        return ownership(tx)


def at(text):
    return dt.datetime.fromisoformat(text)


def test_a_ported_number_has_its_new_owner_from_the_very_instant_of_the_day(store, folder):
    folder.rows("customers.csv", {}, {"customer_id": "c2"})
    folder.rows("subscriptions.csv", {}, {"subscription_id": "s2", "customer_id": "c2", "plan": "voip"})
    folder.rows("numbers.csv", {"valid_until": "2026-10-15"}, {"subscription_id": "s2", "valid_from": "2026-10-15"})
    found = stretches(store, folder)

    Ownership.validate(found, cast=False)
    assert found.rows() == [
        (
            "+31612345678",
            at("2025-12-31T23:00Z"),
            at("2026-10-14T22:00Z"),
            "c1",
            "s1",
            "mobiel",
            "bundel",
            "mobiel-2026",
        ),
        ("+31612345678", at("2026-10-14T22:00Z"), None, "c2", "s2", "telefonie", "voip", "zakelijk-2026"),
    ]


def test_a_stretch_is_cut_to_its_subscription_and_gone_when_nothing_is_left(store, folder):
    folder.rows("subscriptions.csv", {"valid_from": "2026-03-01", "valid_until": "2026-07-01"})
    folder.rows(
        "numbers.csv",
        {},
        {"number": "201", "valid_until": "2026-03-01"},
        {"number": "202", "valid_from": "2026-07-01"},
        {"number": "203", "valid_from": "2026-04-01", "valid_until": "2026-05-01"},
    )
    found = stretches(store, folder).select("own_number", "valid_from_at", "valid_until_at")

    assert found.rows() == [
        ("+31612345678", at("2026-02-28T23:00Z"), at("2026-06-30T22:00Z")),
        ("203", at("2026-03-31T22:00Z"), at("2026-04-30T22:00Z")),
    ]


def test_without_accounts_nobody_owns_anything(store):
    with store.reading() as tx:
        found = ownership(tx)

    assert found.is_empty()
    Ownership.validate(found, cast=False)


@given(st.lists(st.dates(dt.date(1990, 1, 1), dt.date(2099, 12, 31)), min_size=1))
def test_the_column_form_of_midnight_is_midnight(days):
    assert pl.DataFrame({"day": days}).select(_midnight("day")).to_series().to_list() == [midnight(day) for day in days]
