"""accounts.bundle_shares: what each subscription brings into each bundle of a period."""

from __future__ import annotations

import datetime as dt

from accounts import bundle_shares, import_folder
from belnota.periods import Period
from belnota.tables import BundleShare

OCTOBER = Period(2026, 10)


def shares(store, folder, period=OCTOBER):
    with store.writing() as tx:
        import_folder(tx, folder.path)
        found = bundle_shares(tx, period)
    BundleShare.validate(found, cast=False)
    return found


def test_a_whole_month_of_everything(store, folder):
    found = shares(store, folder)

    assert found.select("pool_id", "rank", "share", "service", "is_group").rows() == [
        ("eu-minuten@s1", 1, 6_000, "voice", False),
        ("bellen@s1", 2, 9_000, "voice", False),
        ("groep-data@c1", 3, 500_000_000, "data", True),
    ]
    assert found["call_types"].to_list() == [["roaming_eu"], ["mobile", "national"], []]
    assert set(found["valid_from_at"]) == {OCTOBER.start_at}
    assert set(found["valid_until_at"]) == {OCTOBER.end_at}


def test_the_members_of_a_group_share_one_pool_of_their_customer(store, folder):
    folder.rows("customers.csv", {}, {"customer_id": "c2"})
    folder.rows("subscriptions.csv", {}, {"subscription_id": "s2"}, {"subscription_id": "s3", "customer_id": "c2"})
    found = shares(store, folder).filter(bundle="groep-data")

    assert found.select("pool_id", "subscription_id", "share").rows() == [
        ("groep-data@c1", "s1", 500_000_000),
        ("groep-data@c1", "s2", 500_000_000),
        ("groep-data@c2", "s3", 500_000_000),
    ]


def test_a_share_is_prorated_by_the_days_of_activity(store, folder):
    folder.rows("subscriptions.csv", {"valid_from": "2026-10-15"})
    found = {row["bundle"]: row for row in shares(store, folder).iter_rows(named=True)}

    assert found["groep-data"]["share"] == 274_193_548  # 500,000,000 x 17/31 = 274,193,548.39
    assert found["bellen"]["share"] == 4_935  # 9,000 x 17/31 = 4,935.48
    assert found["eu-minuten"]["share"] == 3_290  # the module cannot start before its subscription: 3,290.32
    assert found["bellen"]["valid_from_at"] == dt.datetime(2026, 10, 14, 22, tzinfo=dt.UTC)
    assert found["bellen"]["valid_until_at"] == OCTOBER.end_at


PARTS = [
    # first day, first day no longer active, period, share of 9,000 seconds
    ("2026-10-01", "2026-10-02", "2026-10", 290),  # 1 of 31 days: 290.32
    ("2026-10-31", "", "2026-10", 290),
    ("2028-02-29", "", "2028-02", 310),  # 1 of 29 days: 310.34
    ("2026-01-01", "2026-02-15", "2026-02", 4_500),  # 14 of 28 days
    ("2026-04-16", "2026-04-19", "2026-04", 900),  # 3 of 30 days
]


def test_proration_at_the_edges_of_months(store, folder):
    rows = [{"subscription_id": f"s{n}", "valid_from": p[0], "valid_until": p[1]} for n, p in enumerate(PARTS, 1)]
    folder.rows("subscriptions.csv", *rows)

    for n, (_start, _end, period, share) in enumerate(PARTS, 1):
        found = shares(store, folder, Period.parse(period)).filter(pool_id=f"bellen@s{n}")
        assert found["share"].to_list() == [share]


def test_a_module_switched_off_and_on_again_is_one_share_of_both_parts(store, folder):
    folder.rows("modules.csv", {"valid_until": "2026-10-11"}, {"valid_from": "2026-10-21"})
    (row,) = shares(store, folder).filter(bundle="eu-minuten").iter_rows(named=True)

    assert row["share"] == 4_065  # 21 of 31 days of 6,000 s: 4,064.52
    assert (row["valid_from_at"], row["valid_until_at"]) == (OCTOBER.start_at, OCTOBER.end_at)


def test_what_is_not_active_in_the_period_brings_nothing(store, folder):
    folder.rows(
        "subscriptions.csv", {"valid_from": "2026-11-01"}, {"subscription_id": "s2", "valid_until": "2026-10-01"}
    )

    assert shares(store, folder).is_empty()


def test_rank_is_unique_and_modules_come_first_then_own_then_group_in_catalogue_order(store, folder):
    again = '[[plan.bundle]]\ncode = "{}"\nname_nl = "x"\nname_en = "x"\nservice = "sms"\nallowance = "5 sms"\n'
    folder.catalogue(('[[plan]]\ncode = "voip"', again.format("a-sms") + '\n[[plan]]\ncode = "voip"'))
    found = shares(store, folder)

    assert dict(found.select("bundle", "rank").iter_rows()) == {
        "eu-minuten": 1,
        "bellen": 2,
        "a-sms": 3,
        "groep-data": 4,
    }
