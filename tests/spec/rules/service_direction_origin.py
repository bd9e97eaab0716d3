"""Chapter: what a row must have in common with a call besides its prefix."""

from tests.spec.cases import Case, Chapter, Deck

CHAPTER = Chapter(
    "Service, direction and origin",
    """
A row answers calls of its own service (`voice`, `sms`, `data`) and direction (`out`, or `in` for received calls) only.
Its origin is where the SIM or line was: a country code, a zone (`nl`, `eu`, `world`), or `*` for anywhere.
""",
    [
        Case(
            title="A row prices its own service only",
            deck=Deck("service | prefix | price\nvoice | 31 | 0.10\nvoice | 44 | 0.20\nsms | 31 | 0.08"),
            calls="""
call_id | called       | seconds | messages | → | status  | reason   | charge
a       | 31612345678  | 60      |          |   | rated   |          | 0.1000
b       | 31612345678  |         | 1        |   | rated   |          | 0.0800
c       | 447700900123 |         | 1        |   | unrated | no_price |
""",
            because={"b": "one message: 0.08", "c": "44 has a price for voice, none for messages"},
        ),
        Case(
            title="Received calls have rows of their own",
            text="For a received call the number that received it is looked up. Received calls that cost nothing need "
            "a row too, with price 0; without one they have no price.",
            deck=Deck("""
direction | prefix | destination  | price
out       | 31     | Netherlands  | 0.02
in        | 31800  | Own freephone | 0.03
in        | 3120   | Received     | 0
"""),
            calls="""
call_id | direction | called      | seconds | → | status  | destination   | charge
a       | out       | 31201234567 | 60      |   | rated   | Netherlands   | 0.0200
b       | in        | 318001234   | 60      |   | rated   | Own freephone | 0.0300
c       | in        | 31201234567 | 60      |   | rated   | Received      | 0.0000
d       | in        | 31301234567 | 60      |   | unrated |               |
""",
            because={
                "c": "it costs nothing because a row says so",
                "d": "no row speaks of receiving on this number",
            },
        ),
        Case(
            title="The exact origin is asked first, then any",
            text="A row of the exact origin wins, even from a longer prefix of `*`. In the night the country comes "
            "from the serving network and its zone from a dated table: rows of the country are asked first, then "
            "rows of the zone, then `*`. In a file for `belnota rate` the origin is what the file says.",
            deck=Deck("""
origin | prefix | destination                | price
*      | 31     | Netherlands                | 0.10
eu     | 31     | Netherlands, within the EU | 0.05
ch     | 3      | From Switzerland           | 1.20
"""),
            calls="""
call_id | origin | called      | seconds | → | destination                | prefix | charge
a       |        | 31201234567 | 60      |   | Netherlands                | 31     | 0.1000
b       | eu     | 31201234567 | 60      |   | Netherlands, within the EU | 31     | 0.0500
c       | ch     | 31201234567 | 60      |   | From Switzerland           | 3      | 1.2000
d       | us     | 31201234567 | 60      |   | Netherlands                | 31     | 0.1000
""",
            because={"c": "the shorter 3 answers, for it names the origin", "d": "no row names `us`"},
        ),
    ],
)
