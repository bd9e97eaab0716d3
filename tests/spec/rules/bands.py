"""Chapter: prices that differ by the time of the week."""

from tests.spec.cases import Case, Chapter, Deck

PEAK = """
[[band]]
name = "peak"
days = ["mon", "tue", "wed", "thu", "fri"]
from = "08:00"
until = "18:00"
"""

CHAPTER = Chapter(
    "Bands",
    """
A band is a part of the week: days, and a time from and until. A row names a band, or `*` for any time that no other row
of its prefix names. Bands go by the wall clock of the price list's time zone.
""",
    [
        Case(
            title="A band begins at its first second and has ended at its last",
            deck=Deck("prefix | band | price\n31 | peak | 0.60\n31 | * | 0.30", PEAK),
            calls="""
call_id | answered_at         | seconds | → | band | charge
a       | 2026-10-07 07:59:59 | 1       |   | *    | 0.0050
b       | 2026-10-07 08:00:00 | 1       |   | peak | 0.0100
c       | 2026-10-07 17:59:59 | 1       |   | peak | 0.0100
d       | 2026-10-07 18:00:00 | 1       |   | *    | 0.0050
e       | 2026-10-10 12:00:00 | 1       |   | *    | 0.0050
""",
            because={"a, d, e": "`1 x 0.30 / 60 = 0.005`", "b, c": "`1 x 0.60 / 60 = 0.01`"},
        ),
        Case(
            title="The first band that holds wins",
            text="Bands may overlap; their order in `deck.toml` is their priority. `24:00` is the end of the day.",
            deck=Deck(
                "prefix | band | price\n31 | weekend | 0.12\n31 | evening | 0.30\n31 | * | 0.60",
                """
[[band]]
name = "weekend"
days = ["sat", "sun"]
[[band]]
name = "evening"
from = "18:00"
until = "24:00"
""",
            ),
            calls="""
call_id | answered_at         | seconds | → | band    | charge
a       | 2026-10-10 20:00:00 | 60      |   | weekend | 0.1200
b       | 2026-10-07 20:00:00 | 60      |   | evening | 0.3000
c       | 2026-10-07 23:59:00 | 60      |   | evening | 0.3000
d       | 2026-10-08 00:00:00 | 60      |   | *       | 0.6000
""",
            because={"a": "weekend and evening both hold; weekend is listed first"},
        ),
        Case(
            title="A band past midnight belongs to the day it begins",
            text="`until` at or before `from` is on the next day.",
            deck=Deck(
                "prefix | band | price\n31 | friday night | 0.06\n31 | * | 0.60",
                '[[band]]\nname = "friday night"\ndays = ["fri"]\nfrom = "22:00"\nuntil = "06:00"',
            ),
            calls="""
call_id | answered_at         | seconds | → | band         | charge
a       | 2026-10-09 05:00:00 | 60      |   | *            | 0.6000
b       | 2026-10-09 22:00:00 | 60      |   | friday night | 0.0600
c       | 2026-10-10 05:59:00 | 60      |   | friday night | 0.0600
d       | 2026-10-10 06:00:00 | 60      |   | *            | 0.6000
e       | 2026-10-10 23:00:00 | 60      |   | *            | 0.6000
""",
            because={"a": "this is still the night of Thursday", "c": "still the night of Friday"},
        ),
        Case(
            title="Holidays",
            text="On the days listed as holidays a band with the day `holiday` applies, and one that says "
            "`except_holidays` does not. Any other band applies as on any other day of the week.",
            deck=Deck(
                """
prefix | band    | price
31     | peak    | 0.60
31     | holiday | 0.10
31     | *       | 0.30
44     | peak    | 0.90
44     | *       | 0.45
""",
                'holidays = ["2026-12-25"]'
                + PEAK
                + 'except_holidays = true\n[[band]]\nname = "holiday"\ndays = ["holiday"]',
            ),
            calls="""
call_id | called       | answered_at         | seconds | → | band    | charge
a       | 31201234567  | 2026-12-24 12:00:00 | 60      |   | peak    | 0.6000
b       | 31201234567  | 2026-12-25 12:00:00 | 60      |   | holiday | 0.1000
c       | 442079460000 | 2026-12-25 12:00:00 | 60      |   | *       | 0.4500
""",
            because={"c": "44 has no row for the holiday, and peak does not apply"},
        ),
        Case(
            title="A band for which the prefix has no row is passed over",
            deck=Deck(
                """
prefix | band | price
31     | peak | 0.60
31     | *    | 0.30
44     | day  | 0.90
44     | *    | 0.45
""",
                PEAK + '[[band]]\nname = "day"\nfrom = "07:00"\nuntil = "23:00"',
            ),
            calls="""
call_id | called       | answered_at         | seconds | → | band | charge
a       | 31201234567  | 2026-10-07 12:00:00 | 60      |   | peak | 0.6000
b       | 31201234567  | 2026-10-07 20:00:00 | 60      |   | *    | 0.3000
c       | 442079460000 | 2026-10-07 12:00:00 | 60      |   | day  | 0.9000
""",
            because={
                "b": "day holds, but 31 has no row for it",
                "c": "peak is listed first, but 44 has no row for it",
            },
        ),
    ],
)
