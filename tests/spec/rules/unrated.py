"""Chapter: calls without a price."""

from tests.spec.cases import Case, Chapter, Deck, MonthCase
from tests.spec.rules.bands import PEAK

CHAPTER = Chapter(
    "Calls without a price",
    """
A call that no row answers is unrated. Its charge is empty, never zero; it goes to suspense with a reason and holds up
the close of the month until the price list, the accounts or a write-off settles it.
""",
    [
        Case(
            title="No price for the number",
            deck=Deck("prefix | price\n31 | 0.10"),
            calls="""
call_id | called       | seconds | → | status  | reason   | billed_quantity | charge
a       | 442079460000 | 60      |   | unrated | no_price |                 |
b       | 3            | 60      |   | unrated | no_price |                 |
c       | anonymous    | 60      |   | unrated | no_price |                 |
""",
            because={"b": "shorter than the prefix", "c": "no row with an empty prefix"},
        ),
        Case(
            title="What is no number has no price",
            text="What cannot be read as a number is not any number: even the empty prefix does not answer it.",
            deck=Deck("prefix | price\n | 0.10"),
            calls="""
call_id | called   | seconds | → | status  | reason   | charge
a       | 999      | 60      |   | rated   |          | 0.1000
b       | ?2323453 | 60      |   | unrated | no_price |
""",
        ),
        Case(
            title="Quantities that cannot be true",
            text="A call with bands that lasts more than 366 days, and a charge beyond all measure, are more likely a "
            "fault of a switch than a call; a person must look at them.",
            deck=Deck(
                """
service | prefix | band | price | per
voice   | 31     | peak | 0.06  |
voice   | 31     | *    | 0.06  |
data    |        | *    | 10000 | 1
""",
                PEAK,
            ),
            calls="""
call_id | called      | seconds  | bytes            | → | status  | reason              | charge
a       | 31201234567 | 86400    |                  |   | rated   |                     | 86.4000
b       | 31201234567 | 31622401 |                  |   | unrated | too_long            |
c       | internet    |          | 9007199254740992 |   | unrated | charge_out_of_range |
""",
            because={
                "a": "a whole day, in bands and out of them: `86,400 x 0.06 / 60 = 86.4`",
                "b": "one second more than `366 x 86,400 = 31,622,400`",
            },
        ),
        MonthCase(
            title="A number that nobody has",
            text="In the night the calling number must belong to a subscription at the moment of the call.",
            deck=Deck("prefix | price\n31 | 0.60"),
            subscriptions="subscription | from       | until\ns1 | 2026-01-01 | 2026-10-08",
            calls="""
call_id | subscription | answered_at         | seconds | → | status  | reason         | charge
a       | s1           | 2026-10-07 12:00:00 | 60      |   | rated   |                | 0.6000
b       | s1           | 2026-10-08 12:00:00 | 60      |   | unrated | unknown_number |
""",
            because={"b": "the subscription had ended on that day"},
        ),
    ],
)
