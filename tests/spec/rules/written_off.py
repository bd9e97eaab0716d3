"""Chapter: calls that finance gives up."""

from tests.spec.cases import Chapter, Deck, MonthCase

CHAPTER = Chapter(
    "Calls that are written off",
    """
A call in suspense that will never have a price can be written off by name: `belnota suspense write-off`. It becomes
free, draws from no bundle and holds up nobody. If it gets a price after all while its month is open, the price wins.
""",
    [
        MonthCase(
            title="Written off by name",
            deck=Deck("prefix | price\n31 | 0.60"),
            bundles="bundle | in | allowance\nminutes | plan | 1 min",
            calls="""
call_id | called       | answered_at         | seconds | finance       | → | status  | reason      | in_bundle_quantity | charge
a       | +68820101    | 2026-10-07 12:00:00 | 60      | writes it off |   | free    | written_off | 0                  | 0.0000
b       | +68820102    | 2026-10-07 12:05:00 | 60      |               |   | unrated | no_price    | 0                  |
c       | +31201234567 | 2026-10-07 12:10:00 | 60      |               |   | rated   |             | 60                 | 0.0000
""",  # noqa: E501 - a table
            because={"b": "only the call that was named is written off", "c": "the bundle is still whole"},
        ),
    ],
)
