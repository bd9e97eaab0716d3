"""Chapter: the one rounding of a charge."""

from tests.spec.cases import Case, Chapter, Deck
from tests.spec.rules.bands import PEAK

MODE = '[rounding]\nmode = "{}"\ndecimals = 2'
DECIMALS = "[rounding]\ndecimals = {}"

CHAPTER = Chapter(
    "Rounding",
    """
The charge of a call is the exact sum of its parts, rounded once, as the price list that answered says: by its mode, at
0 to 6 decimals. The default is half up at four.
""",
    [
        Case(
            title="Once for the whole call",
            deck=Deck(
                "prefix | band | price\n31 | peak | 0.004\n31 | * | 0.004",
                PEAK + "[rounding]\ndecimals = 2",
            ),
            calls="""
call_id | answered_at         | seconds | → | charge
a       | 2026-10-07 17:59:00 | 120     |   | 0.01
""",
            because={"a": "`0.004 + 0.004 = 0.008`, rounded 0.01; rounded part by part it would have been nothing"},
        ),
        Case(
            title="The four modes",
            text="At two decimals:",
            deck=Deck("prefix | price | per\n31 | 0.0001 | 1"),
            variants={mode: MODE.format(mode) for mode in ("half_up", "half_even", "up", "down")},
            calls="""
call_id | seconds | → | half_up | half_even | up   | down
a       | 1250    |   | 0.13    | 0.12      | 0.13 | 0.12
b       | 1350    |   | 0.14    | 0.14      | 0.14 | 0.13
c       | 1201    |   | 0.12    | 0.12      | 0.13 | 0.12
d       | 1299    |   | 0.13    | 0.13      | 0.13 | 0.12
""",
            because={
                "a": "`1,250 x 0.0001 = 0.125`, halfway between 0.12 and 0.13; of these 12 is even",
                "b": "`1,350 x 0.0001 = 0.135`, halfway between 0.13 and 0.14; of these 14 is even",
                "c": "`1,201 x 0.0001 = 0.1201`, between 0.12 and 0.13",
                "d": "`1,299 x 0.0001 = 0.1299`, between 0.12 and 0.13",
            },
        ),
        Case(
            title="None to six decimals",
            text="With `decimals` at 0, 2, 4 and 6, half up:",
            deck=Deck("prefix | price\n31 | 0.10"),
            variants={str(places): DECIMALS.format(places) for places in (0, 2, 4, 6)},
            calls="""
call_id | seconds | → | 0 | 2    | 4      | 6
a       | 100     |   | 0 | 0.17 | 0.1667 | 0.166667
b       | 500     |   | 1 | 0.83 | 0.8333 | 0.833333
""",
            because={
                "a": "`100 x 0.10 / 60 = 0.16666666…`, so 0, 0.17, 0.1667 or 0.166667",
                "b": "`500 x 0.10 / 60 = 0.83333333…`, so 1, 0.83, 0.8333 or 0.833333",
            },
        ),
    ],
)
