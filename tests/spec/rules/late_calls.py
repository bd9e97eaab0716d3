"""Chapter: calls that arrive when their month is closed."""

from tests.spec.cases import Chapter, Deck, MonthCase

CHAPTER = Chapter(
    "Late calls",
    """
While a month is open, each night rates it anew, whole, so a call that comes late or a price that is mended has its full
effect. Once the month is closed nothing of it changes. A call that arrives after that is billed in the next open month,
at the price of its own date.
""",
    [
        MonthCase(
            title="A call of a closed month",
            text="It draws what its own month's bundle had left after all calls that were billed from it.",
            deck=Deck("""
prefix | price | valid_from | valid_until
31     | 0.60  |            | 2026-10-01
31     | 0.90  | 2026-10-01 |
"""),
            bundles="bundle | in | allowance\nminutes | plan | 100 min",
            closed="2026-09",
            calls="""
call_id | answered_at         | seconds | arrives | → | billing_period | in_bundle_quantity | charge
a       | 2026-09-05 10:00:00 | 4800    | in time |   | 2026-09        | 4800               | 0.0000
b       | 2026-09-04 10:00:00 | 1800    | late    |   | 2026-10        | 1200               | 6.0000
c       | 2026-10-05 10:00:00 | 6060    | late    |   | 2026-10        | 6000               | 0.9000
""",
            because={
                "a": "billed and closed: though b was answered earlier, a keeps what it drew",
                "b": "`6,000 - 4,800 = 1,200` seconds of September are left; the rest at September's price: "
                "`600 x 0.60 / 60 = 6`",
                "c": "a call of October draws from October: `60 x 0.90 / 60 = 0.90`",
            },
        ),
    ],
)
