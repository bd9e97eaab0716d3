"""accounts.carried_units and its kin: what later months have of a bundle's rest, and that no unit is used twice."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts import (
    bundle_shares,
    carried_away,
    carried_units,
    import_folder,
    rollovers,
    with_carried,
)
from belnota.periods import Period
from belnota.tables import BundleShare, BundleUsage, schema_of

AUGUST, SEPTEMBER, OCTOBER, NOVEMBER, DECEMBER = (Period(2026, month) for month in (8, 9, 10, 11, 12))
POOL = "min@s1"


def shares(period, share=100, *, members=("s1",), pool=POOL):
    rows = [
        {
            "period": str(period),
            "pool_id": pool,
            "subscription_id": member,
            "customer_id": "c1",
            "bundle": "min",
            "bundle_name_nl": "Belminuten",
            "bundle_name_en": "Minutes",
            "is_group": len(members) > 1,
            "rank": 2,
            "service": "voice",
            "share": share,
            "call_types": ["national"],
            "destinations": [],
            "valid_from_at": period.start_at,
            "valid_until_at": period.end_at,
        }
        for member in members
    ]
    return pl.DataFrame(rows, schema=schema_of(BundleShare))


def usage(*rows):
    """Each row: (billing period, period, pool, allowance, used)."""
    made = [
        {
            "billing_period": str(billed),
            "period": str(period),
            "pool_id": pool,
            "subscription_id": "*",
            "customer_id": "c1",
            "bundle": "min",
            "bundle_name_nl": "Belminuten",
            "bundle_name_en": "Minutes",
            "is_group": False,
            "service": "voice",
            "allowance": allowance,
            "covered_quantity": used,
            "used": used,
            "over": 0,
        }
        for billed, period, pool, allowance, used in rows
    ]
    return pl.DataFrame(made, schema=schema_of(BundleUsage))


def rules(most=150, months=2):
    return pl.DataFrame({"bundle": ["min"], "most": [most], "months": [months]})


NO_RULES = rules().clear()


def reckoned(function, period, months, stored, rule):
    found = function(period, usage=usage(*stored), shares={str(month): shares(month) for month in months}, rules=rule)
    return found.rows()


def units(period, *stored, months=(SEPTEMBER,), rule=None):
    return reckoned(carried_units, period, (*months, period), stored, rules() if rule is None else rule)


def away(period, *stored, months=(), rule=None):
    return reckoned(carried_away, period, (*months, period, period.next()), stored, rules() if rule is None else rule)


def on_time(period, used, allowance=100, pool=POOL):
    return (period, period, pool, allowance, used)


def test_what_is_left_is_carried():
    assert units(OCTOBER, on_time(SEPTEMBER, 30)) == [(POOL, "2026-09", 70)]


@pytest.mark.parametrize("used", [100, 120], ids=str)
def test_of_a_bundle_that_is_used_up_nothing_is_carried(used):
    assert units(OCTOBER, on_time(SEPTEMBER, used)) == []


def test_never_more_than_the_most():
    assert units(OCTOBER, on_time(SEPTEMBER, 30), rule=rules(most=50)) == [(POOL, "2026-09", 50)]


def test_without_a_rule_nothing_is_carried():
    assert units(OCTOBER, on_time(SEPTEMBER, 30), rule=NO_RULES) == []


def test_a_month_without_any_use_carries_all_of_its_allowance():
    assert units(OCTOBER) == [(POOL, "2026-09", 100)]


CARRIED_ON = (on_time(SEPTEMBER, 30), on_time(OCTOBER, 0), on_time(OCTOBER, 20, 70, f"{POOL}#2026-09"))


def test_units_keep_their_age_and_the_oldest_lapse_when_there_are_more_than_the_most():
    months = (SEPTEMBER, OCTOBER)
    assert units(NOVEMBER, *CARRIED_ON, months=months) == [(POOL, "2026-09", 50), (POOL, "2026-10", 100)]
    assert units(NOVEMBER, *CARRIED_ON, months=months, rule=rules(most=120)) == [
        (POOL, "2026-09", 20),
        (POOL, "2026-10", 100),
    ]
    assert units(NOVEMBER, *CARRIED_ON, months=months, rule=rules(most=100)) == [(POOL, "2026-10", 100)]


def test_units_lapse_after_their_months():
    months = (SEPTEMBER, OCTOBER)
    assert units(NOVEMBER, *CARRIED_ON, months=months, rule=rules(months=1)) == [(POOL, "2026-10", 100)]
    later = (*months, NOVEMBER)
    assert units(DECEMBER, *CARRIED_ON, months=later) == [(POOL, "2026-10", 50), (POOL, "2026-11", 100)]


def test_a_month_that_stored_nothing_hands_on_what_it_had():
    """October has no calls at all: it was never rated."""
    assert units(NOVEMBER, on_time(SEPTEMBER, 90), months=(SEPTEMBER, OCTOBER)) == [
        (POOL, "2026-09", 10),
        (POOL, "2026-10", 100),
    ]


def test_a_rated_month_hands_on_what_it_was_rated_with_whatever_the_catalogue_says_since():
    """October was rated before the bundle had rollover: September's rest was not in it, and does not come back."""
    stored = (on_time(SEPTEMBER, 30), on_time(OCTOBER, 0))
    assert units(NOVEMBER, *stored, months=(SEPTEMBER, OCTOBER)) == [(POOL, "2026-10", 100)]


def test_a_month_that_is_not_asked_for_carries_nothing():
    """Before the first month of the settings calls were billed elsewhere."""
    assert units(OCTOBER, on_time(SEPTEMBER, 30), months=()) == []


def test_a_bundle_that_ended_carries_nothing_and_a_new_one_starts_empty():
    found = carried_units(
        OCTOBER,
        usage=usage(on_time(SEPTEMBER, 30)),
        shares={"2026-09": shares(SEPTEMBER), "2026-10": shares(OCTOBER, pool="min@s2")},
        rules=rules(),
    )
    assert found.is_empty()


def test_a_closed_month_counts_with_the_allowance_it_was_billed_with():
    assert units(OCTOBER, on_time(SEPTEMBER, 30, allowance=80)) == [(POOL, "2026-09", 50)]


def test_a_group_carries_the_rest_of_its_pool_and_the_most_counts_for_each_member():
    members = ("s1", "s2", "s3")
    found = carried_units(
        OCTOBER,
        usage=usage(on_time(SEPTEMBER, 30, allowance=300, pool="min@c1")),
        shares={str(p): shares(p, members=members, pool="min@c1") for p in (SEPTEMBER, OCTOBER)},
        rules=rules(most=80),
    )
    assert found.rows() == [("min@c1", "2026-09", 240)]


def test_carried_units_are_a_pool_of_their_own_before_the_bundle_and_the_oldest_comes_first():
    carried = pl.DataFrame(
        {"pool_id": [POOL, POOL], "origin": ["2026-08", "2026-09"], "units": [5, 7]},
    )
    found = with_carried(shares(OCTOBER), carried)

    assert found.select("pool_id", "rank", "share", "bundle_name_nl", "bundle_name_en").rows() == [
        ("min@s1#2026-08", 198, 5, "Belminuten (over van augustus 2026)", "Minutes (left from August 2026)"),
        ("min@s1#2026-09", 199, 7, "Belminuten (over van september 2026)", "Minutes (left from September 2026)"),
        ("min@s1", 200, 100, "Belminuten", "Minutes"),
    ]
    assert found["bundle"].unique().to_list() == ["min"]
    assert set(found["valid_until_at"]) == {OCTOBER.end_at}


def test_the_members_of_a_group_draw_from_one_carried_pool():
    group = shares(OCTOBER, members=("s1", "s2", "s3"), pool="min@c1")
    found = with_carried(group, pl.DataFrame({"pool_id": ["min@c1"], "origin": ["2026-09"], "units": [8]}))

    assert found.filter(pool_id="min@c1#2026-09").select("subscription_id", "share").rows() == [
        ("s1", 2),
        ("s2", 3),
        ("s3", 3),
    ]


def test_without_carried_units_the_shares_stay_as_they_are():
    october = shares(OCTOBER)
    nothing = carried_units(OCTOBER, usage=usage(), shares={"2026-10": october}, rules=rules())

    assert nothing.is_empty()
    assert with_carried(october, nothing).equals(october)


def test_late_calls_find_gone_what_the_next_month_has():
    assert away(SEPTEMBER, on_time(SEPTEMBER, 30), rule=rules(most=50)) == [(POOL, 50)]
    assert away(OCTOBER, *CARRIED_ON, months=(SEPTEMBER,)) == [(f"{POOL}#2026-09", 50), (POOL, 100)]


def test_late_calls_of_a_parked_customer_come_before_the_carry():
    """September's invoice was never made: nothing is gone, and October has what the late calls left."""
    assert away(SEPTEMBER) == []
    assert units(OCTOBER, (OCTOBER, SEPTEMBER, POOL, 100, 40)) == [(POOL, "2026-09", 60)]


def test_what_the_next_month_was_billed_with_stays_gone():
    """Parked in September, billed in October with 60 carried units; a call of September arrives in November."""
    stored = ((OCTOBER, SEPTEMBER, POOL, 100, 40), on_time(OCTOBER, 0), on_time(OCTOBER, 10, 60, f"{POOL}#2026-09"))
    assert away(SEPTEMBER, *stored) == [(POOL, 60)]


def test_late_use_of_what_was_not_carried_changes_nothing_that_was():
    late = (OCTOBER, SEPTEMBER, POOL, 20, 20)
    before = units(OCTOBER, on_time(SEPTEMBER, 30), rule=rules(most=50))
    assert units(OCTOBER, on_time(SEPTEMBER, 30), late, rule=rules(most=50)) == before == [(POOL, "2026-09", 50)]


MONTHS = (AUGUST, SEPTEMBER, OCTOBER, NOVEMBER, DECEMBER)


@given(
    wanted=st.lists(st.integers(0, 350), min_size=5, max_size=5),
    most=st.integers(1, 400),
    months=st.integers(1, 4),
)
def test_no_unit_is_used_twice_or_after_it_lapsed(wanted, most, months):
    """A plain ledger of single months, beside what is reckoned from stored use."""
    stored, ledger = [], {}
    for index, period in enumerate(MONTHS):
        need = wanted[index]
        window = MONTHS[max(0, index - months) : index]
        found = dict(row[1:] for row in units(period, *stored, months=window, rule=rules(most, months)))
        room = most
        for origin in sorted(ledger, reverse=True):  # the youngest first
            age = MONTHS.index(period) - MONTHS.index(origin)
            ledger[origin] = min(ledger[origin], room) if age <= months else 0
            room -= ledger[origin]
        assert found == {str(origin): left for origin, left in ledger.items() if left}
        ledger[period] = 100
        for origin in sorted(ledger):  # drawn oldest first
            had, took = ledger[origin], min(ledger[origin], need)
            need -= took
            ledger[origin] -= took
            if had:
                pool = POOL if origin == period else f"{POOL}#{origin}"
                stored.append((period, period, pool, had, took))


def test_the_rules_come_from_the_catalogue(store, folder):
    allowance = 'allowance = "500 MB"\n'
    folder.catalogue((allowance, f'{allowance}rollover = {{ most = "1 GB", months = 3 }}\n'))
    with store.writing() as tx:
        import_folder(tx, folder.path)
        again = import_folder(tx, folder.path)
        assert rollovers(tx).rows() == [("groep-data", 1_000_000_000, 3)]
        october = bundle_shares(tx, OCTOBER)
        found = carried_units(
            OCTOBER,
            usage=usage(),
            shares={"2026-09": bundle_shares(tx, SEPTEMBER), "2026-10": october},
            rules=rollovers(tx),
        )
    assert again.writes == 0
    assert with_carried(october, found).select("pool_id", "share").rows() == [
        ("eu-minuten@s1", 6_000),
        ("bellen@s1", 9_000),
        ("groep-data@c1#2026-09", 500_000_000),
        ("groep-data@c1", 500_000_000),
    ]
