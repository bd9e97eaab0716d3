"""Chapter: what bundles pay for."""

from tests.spec.cases import Case, Chapter, Deck

PLAIN = Deck("prefix | price\n31 | 0.60")
MINUTES = "name | service | allowance | subscriptions\nminutes | voice | {} | {}"

CHAPTER = Chapter(
    "Bundles",
    """
A bundle is an allowance of seconds, messages or bytes in a month. What it pays for costs nothing; the rest of a call is
priced by the price list. Calls draw in the order in which they were answered.
""",
    [
        Case(
            title="Inside the bundle a call costs nothing",
            deck=Deck("prefix | connect_fee | price\n31 | 0.05 | 0.60"),
            bundles=MINUTES.format(100, "s1"),
            calls="""
call_id | subscription | answered_at         | seconds | → | in_bundle_quantity | billed_quantity | charge
a       | s1           | 2026-10-07 12:00:00 | 60      |   | 60                 | 0               | 0.0000
b       | s1           | 2026-10-07 13:00:00 | 60      |   | 40                 | 20              | 0.2000
c       | s1           | 2026-10-07 14:00:00 | 60      |   | 0                  | 60              | 0.6500
d       | s2           | 2026-10-07 14:00:00 | 60      |   | 0                  | 60              | 0.6500
""",
            because={
                "a": "the bundle pays for all of it, the connect fee too",
                "b": "40 of 60 seconds are left in the bundle; the rest has no fee: `20 x 0.60 / 60 = 0.20`",
                "c": "the bundle is used up: `0.05 + 0.60 = 0.65`",
                "d": "the bundle is not of this subscription: `0.05 + 0.60 = 0.65`",
            },
        ),
        Case(
            title="The rest is a call that begins at the split",
            text="It has no connect fee and no minimum, and its steps and increments begin anew. Here both s1 and s2 "
            "have 100 seconds.",
            deck=Deck("""
prefix | from_quantity | connect_fee | minimum | increment | price
31     | 0             | 0.05        | 30      | 10        | 0.60
31     | 60            |             |         | 10        | 0.30
"""),
            bundles=MINUTES.format(100, "s1, s2"),
            calls="""
call_id | subscription | seconds | → | in_bundle_quantity | billed_quantity | connect_fee | charge
a       | s1           | 105     |   | 100                | 10              | 0.0000      | 0.1000
b       | s2           | 165     |   | 100                | 70              | 0.0000      | 0.6500
c       | s3           | 5       |   | 0                  | 30              | 0.0500      | 0.3500
""",
            because={
                "a": "5 seconds are left, one increment, no minimum: `10 x 0.60 / 60 = 0.10`",
                "b": "65 seconds are left: six increments at the first price and one at the second, "
                "`60 x 0.60 / 60 + 10 x 0.30 / 60 = 0.65`",
                "c": "no bundle, so the fee and the minimum: `0.05 + 30 x 0.60 / 60 = 0.35`",
            },
        ),
        Case(
            title="The rest is in the band of its own time",
            deck=Deck(
                "prefix | band | price\n31 | peak | 0.60\n31 | * | 0.30",
                '[[band]]\nname = "peak"\ndays = ["mon", "tue", "wed", "thu", "fri"]\nfrom = "08:00"\nuntil = "18:00"',
            ),
            bundles=MINUTES.format(100, "s1"),
            calls="""
call_id | subscription | answered_at         | seconds | → | in_bundle_quantity | band | charge
a       | s1           | 2026-10-07 17:58:00 | 160     |   | 100                | peak | 0.4000
""",
            because={
                "a": "the bundle ends at 17:59:40, then 20 s of peak and 40 s after it: "
                "`20 x 0.60 / 60 + 40 x 0.30 / 60 = 0.40`"
            },
        ),
        Case(
            title="Use is what was used, not what would be billed",
            text="Increments do not eat the bundle.",
            deck=Deck("prefix | increment | price\n31 | 60 | 0.10"),
            bundles=MINUTES.format(100, "s1"),
            calls="""
call_id | subscription | answered_at         | seconds | → | in_bundle_quantity | billed_quantity | charge
a       | s1           | 2026-10-07 12:00:00 | 61      |   | 61                 | 0               | 0.0000
b       | s1           | 2026-10-07 13:00:00 | 61      |   | 39                 | 60              | 0.1000
""",
            because={"b": "`100 - 61 = 39` seconds were left; the other 22 are one increment of a minute: 0.10"},
        ),
        Case(
            title="Free and unrated calls use nothing",
            deck=Deck("prefix | free_below | price\n31 | 5 | 0.60"),
            bundles=MINUTES.format(60, "s1"),
            calls="""
call_id | subscription | called       | answered_at         | seconds | → | status  | in_bundle_quantity | charge
a       | s1           | 31201234567  | 2026-10-07 12:00:00 | 0       |   | free    | 0                  | 0.0000
b       | s1           | 31201234567  | 2026-10-07 12:01:00 | 4       |   | free    | 0                  | 0.0000
c       | s1           | 442079460000 | 2026-10-07 12:02:00 | 60      |   | unrated | 0                  |
d       | s1           | 31201234567  | 2026-10-07 12:05:00 | 60      |   | rated   | 60                 | 0.0000
""",
        ),
        Case(
            title="What a bundle covers",
            text="A bundle may name call types, destinations or both; a call must be of one of each. Naming none "
            "covers all calls of the service.",
            deck=Deck("""
prefix | destination    | call_type     | price
31     | Netherlands    | national      | 0.10
316    | Netherlands    | mobile        | 0.20
44     | United Kingdom | international | 0.30
49     | Germany        | international | 0.40
"""),
            bundles="""
name        | service | allowance | call_types       | destinations   | subscriptions
landline    | voice   | 600       | national         |                | s1
to the UK   | voice   | 600       |                  | United Kingdom | s1
a few texts | sms     | 10        |                  |                | s1
""",
            calls="""
call_id | subscription | called       | seconds | → | in_bundle_quantity | charge
a       | s1           | 31201234567  | 60      |   | 60                 | 0.0000
b       | s1           | 31612345678  | 60      |   | 0                  | 0.2000
c       | s1           | 442079460000 | 60      |   | 60                 | 0.0000
d       | s1           | 493012345678 | 60      |   | 0                  | 0.4000
""",
            because={"b": "mobile is not national", "d": "neither national nor to the United Kingdom"},
        ),
        Case(
            title="Received calls use data only",
            text="A received call never draws from a bundle of minutes; data has no direction that matters.",
            deck=Deck("service | direction | prefix | price\nvoice | in | 31 | 0.60\ndata | in | | 0.01"),
            bundles="""
name     | service | allowance | subscriptions
minutes  | voice   | 600       | s1
internet | data    | 5000000   | s1
""",
            calls="""
call_id | subscription | direction | called      | seconds | bytes   | → | in_bundle_quantity | charge
a       | s1           | in        | 31201234567 | 60      |         |   | 0                  | 0.6000
b       | s1           | in        | internet    |         | 6000000 |   | 5000000            | 0.0100
""",
            because={"b": "`6,000,000 - 5,000,000 = 1,000,000` bytes are left, one megabyte: 0.01"},
        ),
        Case(
            title="Several bundles, and bundles that are shared",
            text="Bundles are used in their order, more than one for the same call if need be. A shared bundle is one "
            "pool for its subscriptions; any other gives each subscription its own.",
            deck=PLAIN,
            bundles="""
name | service | allowance | subscriptions | shared
own  | voice   | 60        | s1, s2        | false
pool | voice   | 50        | s1, s2        | true
""",
            calls="""
call_id | subscription | answered_at         | seconds | → | in_bundle_quantity | billed_quantity | charge
a       | s1           | 2026-10-07 12:00:00 | 100     |   | 100                | 0               | 0.0000
b       | s2           | 2026-10-07 12:05:00 | 100     |   | 70                 | 30              | 0.3000
""",
            because={
                "a": "60 from its own bundle and 40 from the pool",
                "b": "60 from its own, the last 10 of the pool, and a rest of `30 x 0.60 / 60 = 0.30`",
            },
        ),
        Case(
            title="Who called first draws first",
            text="The order of lines in a file does not matter. Calls answered at the same moment draw in the order of "
            "their `call_id`.",
            deck=PLAIN,
            bundles=MINUTES.format(60, "s1, s2"),
            calls="""
call_id | subscription | answered_at         | seconds | → | in_bundle_quantity | charge
a       | s1           | 2026-10-07 13:00:00 | 60      |   | 0                  | 0.6000
b       | s1           | 2026-10-07 12:00:00 | 60      |   | 60                 | 0.0000
d       | s2           | 2026-10-07 12:00:00 | 60      |   | 0                  | 0.6000
c       | s2           | 2026-10-07 12:00:00 | 60      |   | 60                 | 0.0000
""",
            because={"a": "b was an hour earlier", "d": "of two at the same moment c comes first"},
        ),
    ],
)
