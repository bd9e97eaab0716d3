"""Chapter: what is added once, and what a call costs at most."""

from tests.spec.cases import Case, Chapter, Deck
from tests.spec.rules.bands import PEAK

CHAPTER = Chapter(
    "Connect fee and maximum charge",
    """
Both are of the row that prices the first unit. The fee is added once to each charged call. The maximum holds for the
whole call, fee included, and is taken before rounding.
""",
    [
        Case(
            title="The fee is charged once",
            deck=Deck("prefix | connect_fee | price\n31 | 0.05 | 0.10"),
            calls="""
call_id | seconds | → | connect_fee | charge
a       | 60      |   | 0.0500      | 0.1500
b       | 600     |   | 0.0500      | 1.0500
""",
            because={"a": "`0.05 + 0.10 = 0.15`", "b": "`0.05 + 10 x 0.10 = 1.05`"},
        ),
        Case(
            title="No call costs more than the maximum",
            deck=Deck("prefix | connect_fee | price | max_charge\n31 | 0.05 | 0.10 | 0.50"),
            calls="""
call_id | seconds | → | billed_quantity | charge
a       | 240     |   | 240             | 0.4500
b       | 300     |   | 300             | 0.5000
c       | 3600    |   | 3600            | 0.5000
""",
            because={
                "a": "`0.05 + 4 x 0.10 = 0.45`",
                "b": "`0.05 + 5 x 0.10 = 0.55`, at most 0.50",
                "c": "`0.05 + 60 x 0.10 = 6.05`, at most 0.50",
            },
        ),
        Case(
            title="The maximum comes before rounding",
            deck=Deck("prefix | price | max_charge\n31 | 0.10 | 0.12345"),
            calls="""
call_id | seconds | → | charge
a       | 300     |   | 0.1235
""",
            because={"a": "`5 x 0.10 = 0.50`, at most 0.12345, rounded half up at four decimals: 0.1235"},
        ),
        Case(
            title="A fee above the maximum is cut too",
            deck=Deck("prefix | connect_fee | price | max_charge\n31 | 0.50 | 0.10 | 0.20"),
            calls="""
call_id | seconds | → | connect_fee | charge
a       | 60      |   | 0.2000      | 0.2000
""",
            because={"a": "`0.50 + 0.10 = 0.60`, at most 0.20, so the fee within it is no more than 0.20"},
        ),
        Case(
            title="The maximum of the band at the start",
            deck=Deck("prefix | band | price | max_charge\n31 | peak | 0.20 | 1.00\n31 | * | 0.20 | 0.30", PEAK),
            calls="""
call_id | answered_at         | seconds | → | charge
a       | 2026-10-07 17:59:00 | 600     |   | 1.0000
b       | 2026-10-07 18:00:00 | 600     |   | 0.3000
""",
            because={
                "a": "`10 x 0.20 = 2`, at most 1.00, though nine of ten minutes are after 18:00",
                "b": "`10 x 0.20 = 2`, at most 0.30",
            },
        ),
    ],
)
