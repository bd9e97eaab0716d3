"""Chapter: what is left of a bundle at the end of a month."""

from tests.spec.cases import Chapter, Deck, MonthCase

DECK = Deck("prefix | price\n31 | 0.60")

CHAPTER = Chapter(
    "Rollover",
    """
A bundle of the catalogue may carry what is left of it to later months: `most` says how much in all, `months` how many
later months may use it, as in `rollover = { most = "10 min", months = 1 }`. Without it what is left lapses.
""",
    [
        MonthCase(
            title="What is left is used first in the next month",
            deck=DECK,
            bundles="bundle | in | allowance | most | months\nminutes | plan | 10 min | 10 min | 1",
            calls="""
call_id | answered_at         | seconds | → | in_bundle_quantity | draws                               | charge
a       | 2026-09-05 12:00:00 | 400     |   | 400                | minutes 400                         | 0.0000
b       | 2026-10-05 12:00:00 | 700     |   | 700                | minutes of 2026-09 200, minutes 500 | 0.0000
c       | 2026-10-06 12:00:00 | 200     |   | 100                | minutes 100                         | 1.0000
""",
            because={
                "b": "`600 - 400 = 200` seconds of September are left and go first",
                "c": "`600 - 500 = 100` seconds of October are left; the rest costs `100 x 0.60 / 60 = 1`",
            },
        ),
        MonthCase(
            title="What is left lapses when its months have passed",
            deck=DECK,
            bundles="bundle | in | allowance | most | months\nminutes | plan | 10 min | 20 min | 1",
            calls="""
call_id | answered_at         | seconds | → | in_bundle_quantity | draws                               | charge
a       | 2026-09-05 12:00:00 | 400     |   | 400                | minutes 400                         | 0.0000
b       | 2026-11-05 12:00:00 | 1300    |   | 1200               | minutes of 2026-10 600, minutes 600 | 1.0000
""",
            because={
                "b": "September's 200 seconds could be used in October only; all of October's are there: "
                "`1,300 - 600 - 600 = 100` seconds cost `100 x 0.60 / 60 = 1`"
            },
        ),
        MonthCase(
            title="No more is carried than the most",
            text="Of what could be carried the youngest counts first, so the oldest lapses first. What is there is "
            "used oldest first.",
            deck=DECK,
            bundles="bundle | in | allowance | most | months\nminutes | plan | 10 min | 15 min | 2",
            calls="""
call_id | answered_at         | seconds | → | in_bundle_quantity | draws                                                       | charge
a       | 2026-09-05 12:00:00 | 100     |   | 100                | minutes 100                                                 | 0.0000
b       | 2026-10-05 12:00:00 | 50      |   | 50                 | minutes of 2026-09 50                                       | 0.0000
c       | 2026-11-05 12:00:00 | 2000    |   | 1500               | minutes of 2026-09 300, minutes of 2026-10 600, minutes 600 | 5.0000
""",  # noqa: E501 - a table
            because={
                "b": "`600 - 100 = 500` seconds of September are carried, and 50 of them used",
                "c": "600 of October and 450 of September are left; 15 minutes are 900 seconds, so all of October's "
                "and `900 - 600 = 300` of September's are carried; `2,000 - 300 - 600 - 600 = 500` seconds cost "
                "`500 x 0.60 / 60 = 5`",
            },
        ),
        MonthCase(
            title="What the next month has is gone for late calls",
            text="A late call of a closed month finds what its month had left and could not carry.",
            deck=DECK,
            bundles="bundle | in | allowance | most | months\nminutes | plan | 10 min | 1 min | 1",
            closed="2026-09",
            calls="""
call_id | answered_at         | seconds | arrives | → | billing_period | draws                             | charge
a       | 2026-09-05 12:00:00 | 400     | in time |   | 2026-09        | minutes 400                       | 0.0000
b       | 2026-09-06 12:00:00 | 300     | late    |   | 2026-10        | minutes 140                       | 1.6000
c       | 2026-10-05 12:00:00 | 100     | late    |   | 2026-10        | minutes of 2026-09 60, minutes 40 | 0.0000
""",
            because={
                "b": "of September's 200 seconds October has 60; `200 - 60 = 140` are left for b, and "
                "`160 x 0.60 / 60 = 1.60`",
                "c": "the minute of September first",
            },
        ),
    ],
)
