import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.decide import RememberedKey, decide_warnings
from belnota.tables import BundleUsage, empty, schema_of


def usage(used, allowance=500, *, subscription="*", period="2026-10", billed=None, pool="data@S1", group=False):
    return {
        "billing_period": billed or period,
        "period": period,
        "pool_id": pool,
        "subscription_id": subscription,
        "customer_id": "K001",
        "bundle": "data",
        "bundle_name_nl": "Databundel",
        "bundle_name_en": "Data bundle",
        "is_group": group,
        "service": "data",
        "allowance": allowance,
        "covered_quantity": used,
        "used": min(used, allowance),
        "over": max(0, used - allowance),
    }


NO_BUNDLES = empty(BundleUsage)


def decide(*rows, costs=None, limits=None, remembered=(), products=None):
    bundles = BundleUsage.validate(pl.DataFrame(list(rows), schema=schema_of(BundleUsage))) if rows else NO_BUNDLES
    return decide_warnings(
        period="2026-10",
        bundles=bundles,
        voip_costs=costs or {},
        voip_limits=limits or {},
        remembered=remembered,
        products=products,
    )


def outcomes(intents):
    return [(intent.level, intent.outcome) for intent in intents]


NONE, EIGHTY, BOTH = [], [(80, "sent")], [(80, "skipped"), (100, "sent")]


@pytest.mark.parametrize(
    ("used", "limit", "expected"),
    [
        (399_999, 500_000, NONE),
        (400_000, 500_000, EIGHTY),
        (400_001, 500_000, EIGHTY),
        (499_999, 500_000, EIGHTY),
        (500_000, 500_000, BOTH),
        (500_001, 500_000, BOTH),
        (2, 3, NONE),  # 66.7 %
        (3, 3, BOTH),
        (5, 7, NONE),  # 71.4 %
        (6, 7, EIGHTY),  # 85.7 %
        (0, 0, NONE),
        (9, 0, NONE),
    ],
)
def test_a_level_is_due_from_exactly_its_share_on_for_bundles_and_for_costs(used, limit, expected):
    assert outcomes(decide(usage(used, limit))) == expected
    assert outcomes(decide(costs={"K001": used}, limits={"K001": limit})) == expected


def test_an_absent_limit_and_an_absent_cost_are_no_warning():
    assert decide(costs={"K001": 999}, limits={"K002": 1}) == []


def test_a_credit_is_no_warning():
    assert decide(costs={"K001": -999}, limits={"K001": 1}) == []


def test_quantities_near_64_bits_do_not_wrap():
    huge = 2**62
    assert outcomes(decide(usage(huge, huge))) == BOTH
    assert decide(usage(huge // 2, huge)) == []


def test_only_pool_totals_of_the_period_count():
    member = usage(500, subscription="S1", group=True)
    september = usage(500, period="2026-09")
    late = usage(500, period="2026-09", billed="2026-10")
    assert decide(member, september, late) == []


def test_what_was_left_of_an_earlier_month_warns_of_nothing():
    assert decide(usage(500, pool="data@S1#2026-09")) == []


def test_the_intent_says_whose_bundle_it_is_and_who_is_told():
    (own,) = decide(usage(400))
    assert (own.subject, own.customer_id, own.limit_value, own.used_value) == ("data@S1", "K001", 500, 400)
    assert (own.bundle.subscription_id, own.registration) == ("S1", "mobile_usage")
    (group,) = decide(usage(400, group=True, pool="data@K001"))
    assert (group.bundle.subscription_id, group.bundle.is_group) == ("", True)
    (fixed,) = decide(usage(400), products={"data": "telefonie"})
    assert fixed.registration == "voip_usage"
    (cost,) = decide(costs={"K001": 80}, limits={"K001": 100})
    assert cost.registration == "voip_usage"


def nights(*states):
    """Decide night after night, remembering; returns what each night sent."""
    remembered, sent = set(), []
    for used, limit in states:
        intents = decide(costs={"K001": used}, limits={"K001": limit}, remembered=remembered)
        remembered |= {intent.remembered_as for intent in intents}
        sent.append([intent.level for intent in intents if intent.outcome == "sent"])
    return sent


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([(450, 500)] * 10, [[80]] + [[]] * 9),
        ([(450, 500), (600, 500), (600, 500)], [[80], [100], []]),
        ([(600, 500), (700, 500)], [[100], []]),  # the 80 that was passed over never follows
        ([(450, 500), (300, 500), (450, 500)], [[80], [], []]),  # corrected down and up again
        ([(600, 500), (600, 700), (700, 700)], [[100], [80], [100]]),  # a raised limit arms anew
        ([(600, 500), (600, 400), (600, 500)], [[100], [], []]),  # a lowered limit tells nothing new
        ([(400, 500), (400, 300)], [[80], [100]]),  # … unless it is now reached
        ([(600, 500), (600, 0), (600, 500)], [[100], [], []]),
    ],
)
def test_each_level_is_told_once(states, expected):
    assert nights(*states) == expected


def test_a_new_month_starts_afresh():
    september = RememberedKey("K001", "voip_cost", "2026-09", 100, 500)
    assert outcomes(decide(costs={"K001": 600}, limits={"K001": 500}, remembered=[september])) == BOTH


@given(st.lists(st.tuples(st.integers(0, 2000), st.sampled_from([0, 3, 500, 700, 1000])), max_size=12))
def test_no_level_is_sent_twice_for_a_limit_and_levels_only_rise(states):
    seen = set()
    for (used, limit), levels in zip(states, nights(*states), strict=True):
        assert len(levels) <= 1
        for level in levels:
            assert used * 100 >= limit * level
            assert not any(known >= level and past >= limit for known, past in seen)
            seen.add((level, limit))


def test_order_is_that_of_subjects_and_levels_whatever_the_order_of_rows():
    rows = [usage(500, pool=f"data@S{n}") for n in (3, 1, 2)]
    subjects = [intent.subject for intent in decide(*rows)]
    assert subjects == ["data@S1", "data@S1", "data@S2", "data@S2", "data@S3", "data@S3"]
