"""Rollover through whole months: what is left is used once, whatever comes late, is parked or is closed."""

import pytest

from tests.lib import small_reseller
from tests.lib.small_reseller import DECEMBER, NOVEMBER, OCTOBER, POST_BOX, SEPTEMBER, SmallReseller

RULE = 'rollover = {{ most = "{most} min", months = {months} }}\n'
"""Added to a bundle of 100 minutes."""


@pytest.fixture
def reseller(tmp_path, monkeypatch):
    monkeypatch.setattr(small_reseller, "CATALOGUE", small_reseller.CATALOGUE + rule(most=50, months=2))
    return SmallReseller(tmp_path / "workspace")


def rule(most, months):
    return RULE.format(most=most, months=months).replace("{", "{{").replace("}", "}}")


def used(reseller, billing_period, who="A"):
    """Return (period, pool, allowance, used) in minutes of one customer's pools on one invoice."""
    with reseller.open() as workspace:
        rows = workspace.lake.scan("bundle_usage", periods=[billing_period]).collect().rows(named=True)
    mine = [row for row in rows if row["customer_id"] == who]
    return sorted((row["period"], row["pool_id"], row["allowance"] // 60, row["used"] // 60) for row in mine)


def test_the_rest_of_a_month_is_drawn_first_in_the_next_and_lapses(reseller):
    reseller.calls(
        ("A", "2026-09-05 10:00:00", 70 * 60),
        ("A", "2026-10-05 10:00:00", 10 * 60),
        ("A", "2026-11-05 10:00:00", 140 * 60),
        ("A", "2026-12-05 10:00:00", 140 * 60),
    )
    reseller.night()

    assert used(reseller, "2026-09") == [("2026-09", "min@A1", 100, 70)]
    assert used(reseller, "2026-10") == [("2026-10", "min@A1", 100, 0), ("2026-10", "min@A1#2026-09", 30, 10)]
    assert used(reseller, "2026-11") == [("2026-11", "min@A1", 100, 90), ("2026-11", "min@A1#2026-10", 50, 50)]
    assert used(reseller, "2026-12") == [("2026-12", "min@A1", 100, 100), ("2026-12", "min@A1#2026-11", 10, 10)]
    assert reseller.night().is_idle


def test_a_late_call_finds_gone_what_the_next_month_has(reseller):
    """100 of 100 minutes left, 50 carried: the late call of 80 minutes has 50 of September's, and pays for 30."""
    reseller.calls(("A", "2026-09-05 10:00:00", 0), ("A", "2026-10-05 10:00:00", 60 * 60))
    reseller.night()
    reseller.close(SEPTEMBER)
    reseller.calls(("A", "2026-09-06 10:00:00", 80 * 60))
    reseller.night()

    assert reseller.late_charges("2026-10") == [("2026-09", "A", 3000, 18_000_000)]
    assert used(reseller, "2026-10") == [
        ("2026-09", "min@A1", 50, 50),
        ("2026-10", "min@A1", 100, 10),
        ("2026-10", "min@A1#2026-09", 50, 50),
    ]
    assert reseller.night().is_idle


def test_a_late_call_of_two_months_ago_finds_gone_what_went_on_from_month_to_month(reseller):
    """September left 100, of which October got 50; November has 50 of October's own."""
    reseller.calls(("B", "2026-09-05 10:00:00", 60), ("B", "2026-10-05 10:00:00", 60), ("B", "2026-11-05 10:00:00", 60))
    reseller.night()
    for period in (SEPTEMBER, OCTOBER):
        reseller.close(period)
    reseller.calls(("A", "2026-10-06 10:00:00", 120 * 60))
    reseller.night()

    late = [row for row in used(reseller, "2026-11") if row[0] == "2026-10"]
    assert late == [("2026-10", "min@A1", 50, 50), ("2026-10", "min@A1#2026-09", 50, 50)]
    assert reseller.late_charges("2026-11") == [("2026-10", "A", 6000, 12_000_000)]


def test_a_parked_customers_late_calls_come_before_the_carry(reseller):
    reseller.streets["B"] = POST_BOX
    reseller.import_accounts()
    reseller.calls(
        ("A", "2026-09-05 10:00:00", 60), ("B", "2026-09-05 10:00:00", 80 * 60), ("B", "2026-10-05 10:00:00", 110 * 60)
    )
    reseller.night()
    reseller.close(SEPTEMBER)
    billed = [("2026-09", "min@B1", 100, 80), ("2026-10", "min@B1", 100, 90), ("2026-10", "min@B1#2026-09", 20, 20)]
    assert used(reseller, "2026-10", "B") == billed

    reseller.calls(("B", "2026-09-07 10:00:00", 15 * 60))
    reseller.night()
    more = [("2026-09", "min@B1", 100, 95), ("2026-10", "min@B1", 100, 100), ("2026-10", "min@B1#2026-09", 5, 5)]
    assert used(reseller, "2026-10", "B") == more

    reseller.streets["B"] = "Straat 1"
    reseller.import_accounts()
    reseller.close(OCTOBER)
    reseller.calls(("B", "2026-09-08 10:00:00", 60 * 60), ("B", "2026-10-08 10:00:00", 60 * 60))
    reseller.night()
    assert [seconds for *_, seconds, _ in reseller.late_charges("2026-11")] == [0, 0]


@pytest.mark.parametrize("twice_parked", [False, True], ids=["repaired", "still parked"])
def test_no_unit_is_used_twice_by_a_customer_that_was_parked(reseller, twice_parked):
    """All that B ever gets in bundles is its allowances: 100 a month."""
    reseller.streets["B"] = POST_BOX
    reseller.import_accounts()
    reseller.calls(("A", "2026-09-05 10:00:00", 60), ("B", "2026-10-05 10:00:00", 160 * 60))
    reseller.night()
    reseller.close(SEPTEMBER)
    if not twice_parked:
        reseller.streets["B"] = "Straat 1"
        reseller.import_accounts()
    reseller.close(OCTOBER)
    reseller.calls(("B", "2026-09-06 10:00:00", 160 * 60), ("B", "2026-11-06 10:00:00", 160 * 60))
    reseller.night()
    if twice_parked:
        reseller.streets["B"] = "Straat 1"
        reseller.import_accounts()
        reseller.night()
    with reseller.open() as workspace:
        drawn = workspace.lake.scan("bundle_draws").collect()
    seconds = drawn.filter(subscription_id="B1")["quantity"].sum()
    # September's 100 and October's 100 were there for calls of 160 and 160; November has its own 100 and nothing left
    assert seconds == 300 * 60
    assert reseller.night().is_idle


def test_the_first_month_has_nothing_of_months_that_were_billed_elsewhere(reseller):
    reseller.calls(("A", "2026-08-05 10:00:00", 60), ("A", "2026-09-05 10:00:00", 160 * 60))
    settings = reseller.folder / "belnota.toml"
    settings.write_text(settings.read_text().replace('first_period = ""', 'first_period = "2026-09"'))
    reseller.night()

    assert used(reseller, "2026-09") == [("2026-08", "min@A1", 100, 1), ("2026-09", "min@A1", 100, 100)]


def test_rollover_that_begins_or_ends_changes_no_closed_month(reseller, monkeypatch):
    reseller.calls(("A", "2026-09-05 10:00:00", 60), ("A", "2026-10-05 10:00:00", 60))
    reseller.night()
    reseller.close(SEPTEMBER)
    reseller.close(OCTOBER)
    billed = used(reseller, "2026-10")
    assert billed == [("2026-10", "min@A1", 100, 0), ("2026-10", "min@A1#2026-09", 50, 1)]

    plain = small_reseller.CATALOGUE.partition("rollover")[0]
    monkeypatch.setattr(small_reseller, "CATALOGUE", plain)
    reseller.import_accounts()
    reseller.calls(("A", "2026-10-06 10:00:00", 160 * 60), ("A", "2026-11-05 10:00:00", 110 * 60))
    reseller.night()
    assert used(reseller, "2026-10") == billed
    november = [row for row in used(reseller, "2026-11") if row[0] == "2026-11"]
    assert november == [("2026-11", "min@A1", 100, 100)]
    # October was billed with 49 minutes of September's left, and nothing of it is carried any more
    assert reseller.late_charges("2026-11") == [("2026-10", "A", 149 * 60, 6_600_000)]


def test_closed_months_in_a_row_tie_out(reseller):
    reseller.calls(
        *(
            ("A", f"2026-{month:02d}-05 10:00:00", minutes * 60)
            for month, minutes in ((9, 40), (10, 130), (11, 90), (12, 160))
        )
    )
    reseller.night()
    for period in (SEPTEMBER, OCTOBER, NOVEMBER, DECEMBER):
        reseller.close(period)
    # 60 left, 50 carried; 130 = 50 + 80; 20 left; 90 = 20 + 70; 30 left; 160 = 30 + 100, and 30 to pay
    assert [cents for *_, cents in reseller.lines("usage")] == [0, 0, 0, 1800]
