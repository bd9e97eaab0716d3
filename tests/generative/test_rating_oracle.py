"""The engine equals the oracle on every row: 200,000 calls in each run, 5,000,000 with BELNOTA_LONG=1.

A world is price lists in a chain with bands, versions, origins and information charges, bundles, and 2,000 calls
around a night of the DST change, a holiday or the turn of a month (tests/lib/worlds.py). Where a world differs, it is
cut down to the few rows and calls that still show it.
"""

from __future__ import annotations

import os
from collections import Counter
from functools import cache

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.lib.differences import compare, smallest, told
from tests.lib.worlds import world

WANTED = 5_000_000 if os.environ.get("BELNOTA_LONG") else 200_000
PARTS = 4
CALLS = 2_000
WORLDS = WANTED // PARTS // CALLS
SEEN = {
    "not_answered", "too_short", "internal", "unknown_number", "no_price", "no_price_for_call_type",
    "another band", "another slot", "first increment is the minimum", "charged more than used", "fee", "capped",
    "wholly in bundle", "over the end of a bundle", "second bundle",
    "call by country", "call by zone", "call by any origin", "call deck 0", "call deck 1", "call deck 2",
    "call 0 digits", "call 1 digits", "call 15 digits",
    "information by country", "information by zone", "information by any origin", "information deck 0",
    "information deck 1", "information 3 digits", "information too short",
    *(f"tie on half, {mode}" for mode in ("half_up", "half_even", "up", "down")),
}  # fmt: skip
"""What the calls of each part must have met at least once."""


@cache
def smallest_difference(seed: int) -> str:
    small = smallest(world(seed, CALLS), lambda one: bool(compare(one, seed).differences))
    return "\n".join([f"world({seed}, {CALLS}), cut down:", told(small), *compare(small, seed).differences])


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("part", range(PARTS))
def test_the_engine_equals_the_walk_of_the_contract(part):
    compared, facts = 0, Counter()

    @settings(
        max_examples=WORLDS, deadline=None, print_blob=True,
        phases=[Phase.explicit, Phase.generate],  # what is too large for Hypothesis to shrink, `smallest` cuts down
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
    )  # fmt: skip
    @given(seed=st.integers(0, 2**48).map(lambda seed: seed * PARTS + part))
    def engine_equals_oracle(seed):
        nonlocal compared
        result = compare(world(seed, CALLS), seed)
        if result.differences:
            raise AssertionError(smallest_difference(seed))
        compared += result.compared
        facts.update(result.facts)

    engine_equals_oracle()

    print(f"{compared} calls of {WORLDS} worlds, 0 different")  # noqa: T201 -- how many were compared is the evidence
    assert compared >= WANTED // PARTS
    assert SEEN - {fact for fact, times in facts.items() if times} == set()
