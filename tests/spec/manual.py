"""Writes the chapters as one page for people: docs/rating-rules.md."""

from __future__ import annotations

import datetime as dt
import re
import textwrap
from collections.abc import Iterator, Sequence

from tests.spec.cases import Case, Deck, MonthCase, Table
from tests.spec.contents import CHAPTERS

NUMBERS = {
    "allowance", "billed_quantity", "bytes", "charge", "connect_fee", "free_below", "from_quantity",
    "in_bundle_quantity", "increment", "information_charge", "max_charge", "messages", "minimum", "per", "price",
    "seconds",
}  # fmt: skip
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
PREFACE = """\
How a call gets its price, rule by rule, each with examples. Every example is a test: the price list, the calls and the
bundles are given to the program as they stand here, and the program must answer what stands here. The sums are checked
too. So if this page and the program ever differ, the build fails.

How to read an example:

- The **price list** is what stands in `rates.csv`; an empty cell, or a column that is not there, has its default. Where
  `deck.toml` matters it is shown, without its `name`. What is not shown is ordinary: euros, bands in Amsterdam time,
  charges rounded half up at four decimals.
- In the table of **calls**, what stands before → is known of the call, what stands after it is the answer. `seconds` is
  the `quantity` of a voice call, `messages` of a text message, `bytes` of a data session. Times are Amsterdam time. A
  call without a number or a time was made to 31201234567 on Wednesday 7 October 2026 at noon.
- The **arithmetic** stands below. A call without it is one minute at the price of its row, or costs nothing. A number
  that goes on ends in …, as 0.1666….
- Amounts are euros without VAT.

`belnota rate` does the same with your own files: `belnota rate calls.csv --deck FOLDER --out result.csv`. Examples that
need accounts, or more than one month, run in a workspace, from raw files to rated calls.
"""


def page() -> str:
    """Return the manual as Markdown."""
    parts = [PREFACE, "".join(f"{line}\n" for line in _contents())]
    for number, chapter in enumerate(CHAPTERS, 1):
        parts += [f"## {number}. {chapter.title}\n", _prose(chapter.text)]
        parts += [part for case in chapter.cases for part in _case(case)]
    return "\n".join(parts)


def _contents() -> Iterator[str]:
    for number, chapter in enumerate(CHAPTERS, 1):
        yield f"{number}. [{chapter.title}](#{_anchor(f'{number}. {chapter.title}')})"


def _anchor(title: str) -> str:
    """Return how a heading is linked to: lower case, dashes for spaces, no other signs."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def _prose(text: str) -> str:
    return textwrap.fill(" ".join(text.split()), 120, break_long_words=False, break_on_hyphens=False) + "\n"


def _case(case: Case) -> Iterator[str]:
    yield f"### {case.title}\n"
    if case.text:
        yield _prose(case.text)
    for deck in (case.deck, *case.bases):
        yield from _deck(deck, named=bool(case.bases))
    if case.bundles:
        yield "Bundles:\n"
        yield _table(Table.of(case.bundles))
    if isinstance(case, MonthCase) and case.subscriptions:
        yield "Subscriptions:\n"
        yield _table(Table.of(case.subscriptions))
    yield "Calls:\n"
    yield _table(Table.of(case.calls), amounts=set(case.variants))
    if case.because:
        yield "".join(f"- **{call}**: {text}\n" for call, text in case.because.items())


def _deck(deck: Deck, *, named: bool) -> Iterator[str]:
    yield f"Price list `{deck.name}`:\n" if named else "Price list:\n"
    if deck.settings:
        settings = deck.settings.strip().replace("\n[", "\n\n[")
        yield f"```toml\n{settings}\n```\n"
    yield _table(Table.of(deck.rates))


def _table(table: Table, amounts: set[str] = frozenset()) -> str:
    """Return a Markdown table whose columns line up in the text too."""
    right = [column in NUMBERS | amounts for column in table.columns]
    rows = [[_cell(*named) for named in zip(table.columns, row, strict=True)] for row in table.rows]
    lines = [table.columns, *rows]
    widths = [max(2, *(len(line[place]) for line in lines)) for place in range(len(table.columns))]
    rules = [f"{'-' * width}-{':' if is_right else '-'}" for width, is_right in zip(widths, right, strict=True)]
    shown = [_line(line, widths, right) for line in lines]
    return "\n".join([shown[0], f"|{'|'.join(rules)}|", *shown[1:]]) + "\n"


def _cell(column: str, text: str) -> str:
    """Return a cell fit for Markdown; a time gets its day of the week."""
    if column == "answered_at":
        return f"{DAYS[dt.date.fromisoformat(text[:10]).weekday()]} {text}"
    return text.replace("*", "\\*")


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = [
        cell.rjust(width) if is_right else cell.ljust(width)
        for cell, width, is_right in zip(cells, widths, right, strict=True)
    ]
    return f"| {' | '.join(padded)} |"
