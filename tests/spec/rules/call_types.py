"""Chapter: what a call is called on the bill."""

from tests.spec.cases import Case, Chapter, Deck, MonthCase

CHAPTER = Chapter(
    "Call types",
    """
Bills, bundles and blocks speak of call types: national, mobile, service numbers, international and so on. In the night
the type of a Dutch number comes from the national number plan; of other numbers, and in `belnota rate`, it comes from
the row that answers.
""",
    [
        Case(
            title="The row names the call type",
            deck=Deck("""
prefix | call_type     | price
31     | national      | 0.02
316    | mobile        | 0.10
44     |               | 0.05
"""),
            calls="""
call_id | called       | seconds | → | call_type | charge
a       | 31201234567  | 60      |   | national  | 0.0200
b       | 31612345678  | 60      |   | mobile    | 0.1000
c       | 442079460000 | 60      |   | other     | 0.0500
""",
        ),
        MonthCase(
            title="A national price never answers a service number",
            text="Emergency and freephone numbers, service numbers, directory services, corporate numbers, machines "
            "and voicemail need a row that names their call type. A plain 31 does not price them, for their holders "
            "ask other prices. Calls between the extensions of a customer are free.",
            deck=Deck("""
prefix | call_type    | price
31     | national     | 0.02
3185   | corporate    | 0.05
"""),
            calls="""
call_id | called       | seconds | → | call_type    | status  | reason                 | charge
a       | +31201234567 | 60      |   | national     | rated   |                        | 0.0200
b       | +31612345678 | 60      |   | mobile       | rated   |                        | 0.0200
c       | +31851234567 | 60      |   | corporate    | rated   |                        | 0.0500
d       | +31881234567 | 60      |   | corporate    | unrated | no_price_for_call_type |
e       | +319001234   | 60      |   | service_0900 | unrated | no_price_for_call_type |
f       | 201          | 60      |   | internal     | free    | internal               | 0.0000
""",
            because={
                "b": "the number plan says mobile, which a national price may answer",
                "d": "088 is corporate too, but only 31 answers it, and that row is for national calls",
            },
        ),
    ],
)
