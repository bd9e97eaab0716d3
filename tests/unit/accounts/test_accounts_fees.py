"""accounts.fees: what a month of plans and modules costs."""

from __future__ import annotations

import datetime as dt

from accounts import fees, import_folder
from belnota.periods import Period
from belnota.tables import Fee


def month(store, folder, period="2026-10"):
    with store.writing() as tx:
        import_folder(tx, folder.path)
        found = fees(tx, Period.parse(period))
    Fee.validate(found, cast=False)
    return found


def test_a_whole_month_costs_the_monthly_fee(store, folder):
    found = month(store, folder)

    assert found.select("code", "label", "monthly_micro_eur", "amount_cents", "product").rows() == [
        ("bundel", "+31612345678", 10_010_000, 1001, "mobiel"),
        ("eu-bellen", "+31612345678", 2_500_000, 250, "mobiel"),
    ]
    assert set(found["from_on"]) == {dt.date(2026, 10, 1)}
    assert set(found["until_on"]) == {dt.date(2026, 11, 1)}


PARTS = [
    # first day, first day not charged, period, cents of EUR 10.01
    ("2026-10-15", "", "2026-10", [549]),  # 17/31: 5.4894
    ("2026-10-01", "2026-10-02", "2026-10", [32]),  # 1/31: 0.3229
    ("2026-10-31", "", "2026-10", [32]),
    ("2026-01-31", "", "2026-02", [1001]),
    ("2028-02-29", "", "2028-02", [35]),  # 1/29: 0.3452
    ("2026-04-16", "", "2026-04", [501]),  # 15/30: 5.005, half-up
    ("2026-04-16", "2026-04-16", "2026-04", []),
    ("2026-01-01", "2026-10-01", "2026-10", []),
]


def test_a_part_of_a_month_is_prorated_by_days_to_the_cent(store, folder):
    rows = [{"subscription_id": f"s{n}", "valid_from": p[0], "valid_until": p[1]} for n, p in enumerate(PARTS, 1)]
    folder.rows("subscriptions.csv", *rows)

    for n, (_start, _end, period, cents) in enumerate(PARTS, 1):
        found = month(store, folder, period).filter(code="bundel", subscription_id=f"s{n}")
        assert found["amount_cents"].to_list() == cents


def test_two_parts_of_one_month_lose_no_cent_wherever_the_month_is_cut(store, folder):
    folder.catalogue(('monthly_eur = "2.50"', 'monthly_eur = "10.01"'))
    days = range(2, 31)
    folder.rows("subscriptions.csv", *({"subscription_id": f"s{day}"} for day in days))
    folder.rows("numbers.csv")
    parts = [(f"s{day}", f"2026-04-{day:02d}") for day in days]
    ended = [{"subscription_id": name, "valid_until": cut} for name, cut in parts]
    began = [{"subscription_id": name, "valid_from": cut} for name, cut in parts]
    folder.rows("modules.csv", *ended, *began)
    found = month(store, folder, "2026-04").filter(code="eu-bellen")

    for day in days:
        first, last = found.filter(subscription_id=f"s{day}")["amount_cents"].to_list()
        assert first + last == 1001
        assert first == (1001 * (day - 1) * 2 + 30) // 60  # half-up to the cent of (day - 1) / 30


def test_the_label_is_the_subscriptions_own_or_its_first_number_in_the_period(store, folder):
    folder.rows("subscriptions.csv", {"label": "Balie"}, {"subscription_id": "s2"}, {"subscription_id": "s3"})
    folder.rows(
        "numbers.csv",
        {},
        {"number": "+31201111111", "subscription_id": "s2", "valid_until": "2026-10-01"},
        {"number": "+31203333333", "subscription_id": "s2", "valid_from": "2026-02-01"},
        {"number": "+31202222222", "subscription_id": "s2", "valid_from": "2026-03-01"},
    )
    found = month(store, folder).filter(code="bundel")

    assert dict(found.select("subscription_id", "label").iter_rows()) == {"s1": "Balie", "s2": "+31203333333", "s3": ""}
