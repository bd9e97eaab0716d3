"""Chapter: which row of which price list answers a number."""

from tests.spec.cases import Case, Chapter, Deck

CHAPTER = Chapter(
    "The longest prefix",
    """
A price list holds the first digits of numbers. The row with the most digits in common with the called number answers.
Digits are compared as they are written, after dropping one leading `+`; nothing else is added or taken away.
""",
    [
        Case(
            title="The longest prefix wins",
            deck=Deck("""
prefix | destination        | price
31     | Netherlands        | 0.02
316    | Netherlands mobile | 0.10
44     | United Kingdom     | 0.05
"""),
            calls="""
call_id | called        | seconds | → | destination        | prefix | charge
a       | 31201234567   | 60      |   | Netherlands        | 31     | 0.0200
b       | 31612345678   | 60      |   | Netherlands mobile | 316    | 0.1000
c       | +442079460000 | 60      |   | United Kingdom     | 44     | 0.0500
""",
            because={"b": "316 is longer than 31", "c": "the plus is dropped"},
        ),
        Case(
            title="Zeros in front are digits like any other",
            deck=Deck("""
prefix | price
0900   | 0.35
09001  | 0.70
900    | 0.90
00     | 1.00
"""),
            calls="""
call_id | called      | seconds | → | prefix | charge
a       | 09002345    | 60      |   | 0900   | 0.3500
b       | 09001234    | 60      |   | 09001  | 0.7000
c       | 9001234     | 60      |   | 900    | 0.9000
d       | 00442079460 | 60      |   | 00     | 1.0000
""",
            because={"c": "without the zero it is another number"},
        ),
        Case(
            title="The empty prefix is any number",
            text="It answers where nothing longer does, and it alone answers a call without a number.",
            deck=Deck("prefix | destination | price\n31 | Netherlands | 0.02\n | Elsewhere | 0.50"),
            calls="""
call_id | called       | seconds | → | destination | prefix | charge
a       | 31201234567  | 60      |   | Netherlands | 31     | 0.0200
b       | 442079460000 | 60      |   | Elsewhere   |        | 0.5000
c       | anonymous    | 60      |   | Elsewhere   |        | 0.5000
""",
        ),
        Case(
            title="A base answers where the own price list has nothing as long",
            text="A price list may name a base, and that one a base of its own. The same prefix in the own list beats "
            "the base; a longer prefix in the base beats a shorter one in the own list. The list that answers brings "
            "its own bands and rounding.",
            deck=Deck(
                "prefix | price\n31 | 0.02\n44 | 0.05",
                'base = "wholesale"\n[rounding]\ndecimals = 2',
            ),
            bases=(
                Deck("prefix | price\n31 | 0.01\n3120 | 0.03\n447 | 0.20", 'base = "satellite"', "wholesale"),
                Deck("prefix | price\n8816 | 5.00", "", "satellite"),
            ),
            calls="""
call_id | called       | seconds | → | prefix | charge
a       | 31301234567  | 100     |   | 31     | 0.03
b       | 31201234567  | 100     |   | 3120   | 0.0500
c       | 442079460000 | 100     |   | 44     | 0.08
d       | 447700900123 | 100     |   | 447    | 0.3333
e       | 881612345678 | 60      |   | 8816   | 5.0000
""",
            because={
                "a": "31 is in both; the own list wins: `100 x 0.02 / 60 = 0.03333…`, two decimals: 0.03",
                "b": "3120 of the base is longer than the own 31: `100 x 0.03 / 60 = 0.05`",
                "c": "`100 x 0.05 / 60 = 0.08333…`, two decimals: 0.08",
                "d": "447 of the base is longer: `100 x 0.20 / 60 = 0.33333…`, four decimals: 0.3333",
                "e": "only the base of the base has 8816",
            },
        ),
    ],
)
