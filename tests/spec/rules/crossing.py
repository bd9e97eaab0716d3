"""Chapter: calls that run from one band into the next, and nights on which the clock changes."""

from tests.spec.cases import Case, Chapter, Deck
from tests.spec.rules.bands import PEAK

SMALL_HOURS = '[[band]]\nname = "small hours"\nfrom = "02:00"\nuntil = "03:00"'
CLOCK_DECK = Deck("prefix | band | price\n31 | small hours | 0.06\n31 | * | 0.60", SMALL_HOURS)

CHAPTER = Chapter(
    "A call that runs into another band",
    """
With `band_rule = "split"`, the default, each part of a call is priced in the band it is in. With `"start"` the band at
the moment of answer prices the whole call. Prefix and validity are fixed at the answer in both.
""",
    [
        Case(
            title="Each part in its own band",
            text="The connect fee is that of the row that prices the first second.",
            deck=Deck(
                "prefix | band | connect_fee | price | per\n31 | peak | 1 | 1 | 1\n31 | * | 9 | 0.50 | 1",
                'band_rule = "split"' + PEAK,
            ),
            calls="""
call_id | answered_at         | seconds | → | band | connect_fee | charge
a       | 2026-10-07 17:30:00 | 3600    |   | peak | 1.0000      | 2701.0000
b       | 2026-10-07 18:00:00 | 60      |   | *    | 9.0000      | 39.0000
""",
            because={
                "a": "half an hour until 18:00 and half an hour after it: `1 + 1,800 x 1 + 1,800 x 0.50 = 2,701`",
                "b": "`9 + 60 x 0.50 = 39`",
            },
        ),
        Case(
            title="The band at the start prices it all",
            deck=Deck(
                "prefix | band | connect_fee | price | per\n31 | peak | 1 | 1 | 1\n31 | * | 9 | 0.50 | 1",
                'band_rule = "start"' + PEAK,
            ),
            calls="""
call_id | answered_at         | seconds | → | band | charge
a       | 2026-10-07 17:30:00 | 3600    |   | peak | 3601.0000
""",
            because={"a": "`1 + 3,600 x 1 = 3,601`"},
        ),
        Case(
            title="An increment belongs to the band in which it starts",
            deck=Deck("prefix | band | increment | price\n31 | peak | 60 | 0.60\n31 | * | 60 | 0.06", PEAK),
            calls="""
call_id | answered_at         | seconds | → | billed_quantity | charge
a       | 2026-10-07 17:59:30 | 45      |   | 60              | 0.6000
b       | 2026-10-07 17:59:30 | 100     |   | 120             | 0.6600
""",
            because={
                "a": "one increment of 60 s, begun before 18:00: 0.60",
                "b": "the second increment begins at 18:00:30: `0.60 + 0.06 = 0.66`",
            },
        ),
        Case(
            title="Bands go by the clock, slots by the length of the call so far",
            text="`from_quantity` counts from the answer, whatever band the call was in until then.",
            deck=Deck(
                """
prefix | band | from_quantity | price
31     | peak | 0             | 0.12
31     | peak | 60            | 0.06
31     | *    | 0             | 0.06
31     | *    | 60            | 0.03
""",
                PEAK,
            ),
            calls="""
call_id | answered_at         | seconds | → | charge
a       | 2026-10-07 17:59:30 | 120     |   | 0.1200
""",
            because={
                "a": "30 s in peak, 30 s after 18:00 but within the first minute, 60 s after both: "
                "`30 x 0.12 / 60 + 30 x 0.06 / 60 + 60 x 0.03 / 60 = 0.12`"
            },
        ),
        Case(
            title="Messages and data are priced in the band in which they start",
            text="Their quantity is no time, so they never run into another band.",
            deck=Deck("service | prefix | band | price\ndata | | peak | 0.02\ndata | | * | 0.01", PEAK),
            calls="""
call_id | called   | answered_at         | bytes   | → | charge
a       | internet | 2026-10-07 17:59:59 | 3000000 |   | 0.0600
""",
            because={"a": "`3 x 0.02 = 0.06`"},
        ),
        Case(
            title="The night of 25 hours",
            text="In the night to 25 October 2026 the hour from 02:00 to 03:00 occurs twice, and a band that holds it "
            "holds both. Time is elapsed time.",
            deck=CLOCK_DECK,
            calls="""
call_id | answered_at                | seconds | → | billed_quantity | charge
a       | 2026-10-25 01:30:00        | 7200    |   | 7200            | 23.4000
b       | 2026-10-25 02:30:00 +02:00 | 3600    |   | 3600            | 3.6000
c       | 2026-10-25 02:30:00 +01:00 | 3600    |   | 3600            | 19.8000
""",
            because={
                "a": "30 minutes until 02:00, the whole first hour and half of the second: "
                "`30 x 0.60 + 60 x 0.06 + 30 x 0.06 = 23.40`",
                "b": "summer time: 30 minutes until the clock goes back to 02:00, and 30 after it: `60 x 0.06 = 3.60`",
                "c": "winter time: 30 minutes until 03:00 and 30 after it: `30 x 0.06 + 30 x 0.60 = 19.80`",
            },
        ),
        Case(
            title="The night of 23 hours",
            text="On 29 March 2026 the clock goes from 02:00 to 03:00 at once: a band between them does not occur.",
            deck=CLOCK_DECK,
            calls="""
call_id | answered_at         | seconds | → | billed_quantity | charge
a       | 2026-03-29 01:30:00 | 3600    |   | 3600            | 36.0000
b       | 2026-03-29 01:55:00 | 600     |   | 600             | 6.0000
""",
            because={
                "a": "`60 x 0.60 = 36`; it ends when the clock shows 03:30",
                "b": "600 seconds are 600 seconds: `600 x 0.60 / 60 = 6`",
            },
        ),
    ],
)
