"""Chapter: rated, free, unrated."""

from tests.spec.cases import Case, Chapter, Deck

CHAPTER = Chapter(
    "What is charged at all",
    """
Every call gets one of three statuses. A **rated** call has a price, which may be zero. A **free** call costs nothing
and says why. An **unrated** call has no price yet: its charge is empty, never zero, and it waits for somebody to
decide. Nothing is left out: a free call is in the result too.
""",
    [
        Case(
            title="An answered call is priced by its length",
            text="The price of voice is per 60 seconds and charged by the second, if the price list says nothing else.",
            deck=Deck("prefix | price\n31 | 0.10"),
            calls="""
call_id | seconds | → | status | billed_quantity | charge
a       | 60      |   | rated  | 60              | 0.1000
b       | 100     |   | rated  | 100             | 0.1667
""",
            because={
                "b": "`100 x 0.10 / 60 = 0.16666…`, rounded at four decimals: 0.1667",
            },
        ),
        Case(
            title="Each service counts in its own unit",
            text="Voice is priced per 60 seconds, text messages per message, data per 1,000,000 bytes. "
            "The column `per` changes that.",
            deck=Deck("""
service | prefix | price | per
voice   | 31     | 0.12  |
sms     | 31     | 0.09  |
data    |        | 0.01  |
data    | 9      | 0.01  | 1000
"""),
            calls="""
call_id | called     | seconds | messages | bytes   | → | charge
a       | 3161234567 | 90      |          |         |   | 0.1800
b       | 3161234567 |         | 3        |         |   | 0.2700
c       | internet   |         |          | 2500000 |   | 0.0250
d       | 9          |         |          | 2500    |   | 0.0250
""",
            because={
                "a": "`90 x 0.12 / 60 = 0.18`",
                "b": "`3 x 0.09 = 0.27`",
                "c": "`2,500,000 x 0.01 / 1,000,000 = 0.025`",
                "d": "this row says `per` 1000: `2,500 x 0.01 / 1,000 = 0.025`",
            },
        ),
        Case(
            title="A call that was not answered costs nothing",
            text="No quantity means not answered: no charge and no connect fee, even where no price would be found.",
            deck=Deck("prefix | price | connect_fee\n31 | 0.10 | 0.05"),
            calls="""
call_id | called      | seconds | → | status | reason       | connect_fee | charge
a       | 31201234567 | 0       |   | free   | not_answered | 0.0000      | 0.0000
b       | 999         | 0       |   | free   | not_answered | 0.0000      | 0.0000
c       | 31201234567 | 1       |   | rated  |              | 0.0500      | 0.0517
""",
            because={"c": "one second and the fee: `0.05 + 1 x 0.10 / 60 = 0.05166…`, rounded 0.0517"},
        ),
        Case(
            title="A call shorter than free_below costs nothing",
            text="From `free_below` on the whole call is charged, also its first seconds.",
            deck=Deck("prefix | price | connect_fee | free_below\n31 | 0.60 | 0.05 | 10"),
            calls="""
call_id | seconds | → | status | reason    | billed_quantity | charge
a       | 9       |   | free   | too_short | 0               | 0.0000
b       | 10      |   | rated  |           | 10              | 0.1500
""",
            because={"b": "`0.05 + 10 x 0.60 / 60 = 0.15`"},
        ),
    ],
)
