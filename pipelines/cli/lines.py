"""Facts, lines of texts and the arithmetic of charges on a screen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipelines import arithmetic_text as words
from pipelines.arithmetic import Charge
from pipelines.cli.shell import console
from pipelines.screen import printable

_NAMES = frozenset({"bundle", "destination", "use"})
_LONG = 400
_TITLES = {"call": "the call", "information": "information charge, for the holder of the number"}


def show_facts(facts: Iterable[tuple[str, str]]) -> None:
    """Print names and what there is to say about each, below each other."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 3, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, said in facts:
        table.add_row(name, escape(printable(said)))
    console.print(table)


def show_lines(rows: Iterable[Sequence[str]], headings: Sequence[str], *, is_long: bool = False) -> None:
    """Print rows of texts, left-justified; on a narrow screen names are folded, and nothing else.

    is_long: nothing is folded at all, the screen breaks the lines; for a last column that may be wider than any screen.
    """
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for heading in headings:
        table.add_column(heading, header_style="dim", overflow="fold", no_wrap=heading not in _NAMES)
    for row in rows:
        table.add_row(*(escape(printable(text)) for text in row))
    screen = Console(highlight=False, width=_LONG) if is_long else console
    screen.print(table)


def show_charges(charges: Sequence[Charge], total_micro_eur: int | None) -> None:
    """Print the arithmetic of a call's charges; with two of them also what they make together."""
    for charge in charges:
        console.print()
        console.print(f"{_TITLES[charge.kind]}: {words.row_named(charge)}", markup=False)
        show_lines(words.table(charge), words.HEADINGS)
    if len(charges) > 1 and total_micro_eur is not None:
        parts = " + ".join(words.euros(charge.charge, charge.decimals) for charge in charges)
        console.print(f"\ntogether {parts} = {words.micro_euros(total_micro_eur)}", markup=False)
