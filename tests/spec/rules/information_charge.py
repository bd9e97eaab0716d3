"""Chapter: the second price of a service number."""

from tests.spec.cases import Case, Chapter, Deck

CHAPTER = Chapter(
    "The information charge of service numbers",
    """
A call to 0900, 0906, 0909 or 18xy has two prices: what the operator asks for the call, and what the holder of the
number asks for the information. The second one stands in rows with `charge_kind` = `information`, usually one for each
full number. `charge` is the whole; `information_charge` says how much of it is for the information.
""",
    [
        Case(
            title="Two prices for one call",
            text="Each kind is looked up by itself: the longest prefix of the one need not be that of the other.",
            deck=Deck("""
charge_kind | prefix   | destination    | price
call        | 0900     | Service number | 0.03
information | 09001234 |                | 0.80
"""),
            calls="""
call_id | called   | seconds | → | destination    | prefix | charge | information_charge
a       | 09001234 | 120     |   | Service number | 0900   | 1.6600 | 1.6000
b       | 09005678 | 120     |   | Service number | 0900   | 0.0600 | 0.0000
""",
            because={
                "a": "call `2 x 0.03 = 0.06`, information `2 x 0.80 = 1.60`, together `0.06 + 1.60 = 1.66`",
                "b": "this number asks nothing for information: `2 x 0.03 = 0.06`",
            },
        ),
        Case(
            title="Per call, per minute, free at first, at most",
            text="Rows for information have all that rows have: a fee for an amount per call, steps for the seconds in "
            "which the price is announced, a maximum, `free_below`.",
            deck=Deck("""
charge_kind | prefix  | from_quantity | connect_fee | price | max_charge | free_below
call        | 0900    |               |             | 0.06  |            |
information | 0900111 |               | 0.50        | 0     |            |
information | 0900222 | 0             |             | 0     |            |
information | 0900222 | 20            |             | 0.90  |            |
information | 0900333 |               |             | 0.80  | 1.50       |
information | 0900444 |               |             | 0.80  |            | 10
"""),
            calls="""
call_id | called  | seconds | → | connect_fee | charge | information_charge
a       | 0900111 | 60      |   | 0.0000      | 0.5600 | 0.5000
b       | 0900222 | 80      |   | 0.0000      | 0.9800 | 0.9000
c       | 0900222 | 20      |   | 0.0000      | 0.0200 | 0.0000
d       | 0900333 | 600     |   | 0.0000      | 2.1000 | 1.5000
e       | 0900444 | 8       |   | 0.0000      | 0.0080 | 0.0000
""",
            because={
                "a": "0.50 for the information, however long: `0.06 + 0.50 = 0.56`; "
                "`connect_fee` is that of the operator",
                "b": "the first 20 seconds are free: `80 x 0.06 / 60 + 60 x 0.90 / 60 = 0.98`",
                "c": "hung up when the price had been announced: `20 x 0.06 / 60 = 0.02`",
                "d": "`10 x 0.80 = 8`, at most 1.50: `10 x 0.06 + 1.50 = 2.10`",
                "e": "too short for the information only: `8 x 0.06 / 60 = 0.008`",
            },
        ),
        Case(
            title="Each part is rounded by itself",
            deck=Deck("charge_kind | prefix | price\ncall | 0900 | 0.02\ninformation | 0900 | 0.80"),
            calls="""
call_id | called   | seconds | → | charge | information_charge
a       | 09001234 | 100     |   | 1.3666 | 1.3333
""",
            because={
                "a": "call `100 x 0.02 / 60 = 0.03333…`, so 0.0333; information `100 x 0.80 / 60 = 1.33333…`, "
                "so 1.3333; `0.0333 + 1.3333 = 1.3666`"
            },
        ),
        Case(
            title="Information is charged on priced calls only",
            text="Rows for information price nothing by themselves.",
            deck=Deck("""
charge_kind | prefix | free_below | price
call        | 0900   | 10         | 0.03
information | 0900   |            | 0.80
information | 0906   |            | 0.90
"""),
            calls="""
call_id | called   | seconds | → | status  | reason       | charge | information_charge
a       | 09001234 | 0       |   | free    | not_answered | 0.0000 | 0.0000
b       | 09001234 | 9       |   | free    | too_short    | 0.0000 | 0.0000
c       | 09061234 | 60      |   | unrated | no_price     |        |
""",
        ),
        Case(
            title="A bundle pays for the call, not for the information",
            text="Information is priced over the whole call, from its first second.",
            deck=Deck("""
charge_kind | prefix | price
call        | 0900   | 0.06
information | 0900   | 0.80
"""),
            bundles="name | service | allowance | subscriptions\nminutes | voice | 100 | s1",
            calls="""
call_id | subscription | called   | seconds | → | in_bundle_quantity | billed_quantity | charge | information_charge
a       | s1           | 09001234 | 120     |   | 100                | 20              | 1.6200 | 1.6000
""",
            because={
                "a": "20 seconds are beyond the bundle, but the information is for all 120: "
                "`20 x 0.06 / 60 + 120 x 0.80 / 60 = 1.62`, of which `120 x 0.80 / 60 = 1.60`"
            },
        ),
    ],
)
