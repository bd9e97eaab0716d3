"""Chapter: bundles as a catalogue and its subscriptions have them."""

from tests.spec.cases import Chapter, Deck, MonthCase

DECK = Deck("prefix | price\n31 | 0.60")

CHAPTER = Chapter(
    "Bundles of plans and modules",
    """
In the catalogue a plan has bundles, and so have the modules that are added to it. A group bundle is one pool for all
subscriptions of a customer that have it.
""",
    [
        MonthCase(
            title="First the module, then the own bundle, then the group",
            deck=DECK,
            bundles="""
bundle | in   | allowance | group
shared | plan | 1 min     | true
own    | plan | 1 min     | false
extra  | more | 1 min     | false
""",
            subscriptions="subscription | customer | modules\ns1 | A | more",
            calls="""
call_id | answered_at         | seconds | → | in_bundle_quantity | draws                | charge
a       | 2026-10-07 12:00:00 | 50      |   | 50                 | extra 50             | 0.0000
b       | 2026-10-07 13:00:00 | 50      |   | 50                 | extra 10, own 40     | 0.0000
c       | 2026-10-07 14:00:00 | 100     |   | 80                 | own 20, shared 60    | 0.2000
""",
            because={"c": "20 seconds are left: `20 x 0.60 / 60 = 0.20`"},
        ),
        MonthCase(
            title="Part of a month brings part of the allowance",
            text="Days count, and the share is rounded half up to the second, message or byte. The shares of a group "
            "make its pool, and a member may use more than its share while the pool lasts.",
            deck=DECK,
            bundles="bundle | in | allowance | group\nshared | plan | 100 min | true",
            subscriptions="""
subscription | customer | from       | until
s1           | A        | 2026-01-01 |
s2           | A        | 2026-10-15 |
s3           | B        | 2026-10-31 |
""",
            calls="""
call_id | subscription | answered_at         | seconds | → | in_bundle_quantity | charge
a       | s2           | 2026-10-20 12:00:00 | 9300    |   | 9290               | 0.1000
b       | s3           | 2026-10-31 12:00:00 | 200     |   | 194                | 0.0600
""",
            because={
                "a": "s1 brings 6,000 seconds; s2, 17 of 31 days, `6,000 x 17 / 31 = 3,290.32…`, so 3,290; "
                "`9,300 - 6,000 - 3,290 = 10` seconds are left: `10 x 0.60 / 60 = 0.10`",
                "b": "another customer, so another pool, of one day: `6,000 x 1 / 31 = 193.54…`, so 194; "
                "6 seconds are left: `6 x 0.60 / 60 = 0.06`",
            },
        ),
    ],
)
