"""Chapter: which version of a price is in force."""

from tests.spec.cases import Case, Chapter, Deck

CHAPTER = Chapter(
    "Validity",
    """
A row is in force from its `valid_from` up to, and not including, its `valid_until`; empty is always. The local date at
which the call was answered decides, for the whole call.
""",
    [
        Case(
            title="The first day counts, the last does not",
            deck=Deck("""
prefix | price | valid_from | valid_until
31     | 0.10  |            | 2026-10-01
31     | 0.12  | 2026-10-01 |
"""),
            calls="""
call_id | answered_at         | seconds | → | charge
a       | 2026-09-30 23:59:59 | 60      |   | 0.1000
b       | 2026-10-01 00:00:00 | 60      |   | 0.1200
""",
            because={"a": "answered in September, so all of it has that price, also the 59 seconds in October"},
        ),
        Case(
            title="A prefix that is not in force is not there",
            deck=Deck("""
prefix | price | valid_from | valid_until
31     | 0.02  |            |
316    | 0.10  |            | 2026-10-01
44     | 0.05  | 2026-11-01 |
"""),
            calls="""
call_id | called       | answered_at         | seconds | → | status  | prefix | charge
a       | 31612345678  | 2026-09-30 12:00:00 | 60      |   | rated   | 316    | 0.1000
b       | 31612345678  | 2026-10-01 12:00:00 | 60      |   | rated   | 31     | 0.0200
c       | 442079460000 | 2026-10-01 12:00:00 | 60      |   | unrated |        |
""",
            because={"b": "316 has ended, so the shorter 31 answers", "c": "the price of 44 begins in November"},
        ),
        Case(
            title="The date is that of the first price list",
            text="A base may be written for another time zone. Its bands go by its own clock; the date that decides "
            "which row is in force is the customer's.",
            deck=Deck("prefix | price\n31 | 0.02", 'base = "wholesale"'),
            bases=(
                Deck(
                    "prefix | price | valid_from | valid_until\n44 | 0.05 | | 2026-10-01\n44 | 0.08 | 2026-10-01 |",
                    'timezone = "UTC"',
                    "wholesale",
                ),
            ),
            calls="""
call_id | called       | answered_at         | seconds | → | charge
a       | 442079460000 | 2026-10-01 00:30:00 | 60      |   | 0.0800
""",
            because={"a": "in UTC it is still 30 September, but for the customer it is 1 October"},
        ),
    ],
)
