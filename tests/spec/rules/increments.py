"""Chapter: units that are charged whole."""

from tests.spec.cases import Case, Chapter, Deck

CHAPTER = Chapter(
    "Increments, steps and the minimum",
    """
Quantity is charged in whole increments; the real quantity stays beside what is billed. With several rows for one
prefix, `from_quantity` says from where on each one prices the call.
""",
    [
        Case(
            title="Whole increments",
            deck=Deck("prefix | increment | price\n31 | 60 | 0.10"),
            calls="""
call_id | seconds | → | billed_quantity | charge
a       | 1       |   | 60              | 0.1000
b       | 60      |   | 60              | 0.1000
c       | 61      |   | 120             | 0.2000
""",
            because={"a, b": "one increment of a minute: 0.10", "c": "two minutes: `2 x 0.10 = 0.20`"},
        ),
        Case(
            title="Thirty seconds, then by six",
            text="What price lists write as 30/6 is two rows.",
            deck=Deck("prefix | from_quantity | increment | price\n31 | 0 | 30 | 0.006\n31 | 30 | 6 | 0.006"),
            calls="""
call_id | seconds | → | billed_quantity | charge
a       | 5       |   | 30              | 0.0030
b       | 30      |   | 30              | 0.0030
c       | 32      |   | 36              | 0.0036
""",
            because={
                "a, b": "`30 x 0.006 / 60 = 0.003`",
                "c": "`30 + 6 = 36` seconds: `36 x 0.006 / 60 = 0.0036`",
            },
        ),
        Case(
            title="The first ten minutes dearer",
            deck=Deck("prefix | from_quantity | price\n31 | 0 | 0.20\n31 | 600 | 0.10"),
            calls="""
call_id | seconds | → | charge
a       | 300     |   | 1.0000
b       | 900     |   | 2.5000
""",
            because={"a": "`5 x 0.20 = 1`", "b": "`10 x 0.20 + 5 x 0.10 = 2.50`"},
        ),
        Case(
            title="An increment is whole, also past the next step",
            deck=Deck("prefix | from_quantity | increment | price\n31 | 0 | 60 | 0.60\n31 | 90 | 1 | 0.06"),
            calls="""
call_id | seconds | → | billed_quantity | charge
a       | 100     |   | 120             | 1.2000
b       | 150     |   | 150             | 1.2300
""",
            because={
                "a": "the second increment begins at 60, before 90, and is whole: `2 x 0.60 = 1.20`",
                "b": "only from 120 on the second row prices: `2 x 0.60 + 30 x 0.06 / 60 = 1.23`",
            },
        ),
        Case(
            title="A minimum for the first increment",
            text="The first increment is at least the minimum; after it the increments are as usual.",
            deck=Deck("prefix | increment | minimum | price\n31 | 1 | 60 | 0.60\n44 | 6 | 20 | 0.60"),
            calls="""
call_id | called       | seconds | → | billed_quantity | charge
a       | 31201234567  | 10      |   | 60              | 0.6000
b       | 31201234567  | 61      |   | 61              | 0.6100
c       | 442079460000 | 21      |   | 26              | 0.2600
""",
            because={
                "a": "the minimum, one minute: 0.60",
                "b": "`61 x 0.60 / 60 = 0.61`",
                "c": "the minimum and one increment, `20 + 6 = 26` seconds: `26 x 0.60 / 60 = 0.26`",
            },
        ),
        Case(
            title="Data in whole megabytes",
            text="A megabyte is a million bytes.",
            deck=Deck("service | prefix | increment | price\ndata | | 1000000 | 0.01"),
            calls="""
call_id | called   | bytes   | → | billed_quantity | charge
a       | internet | 1       |   | 1000000         | 0.0100
b       | internet | 1000001 |   | 2000000         | 0.0200
""",
            because={"a": "one megabyte: 0.01", "b": "`2 x 0.01 = 0.02`"},
        ),
    ],
)
