"""Tables on sheets: the header comes back on each page, a row is never split, the sum never stands alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from invoicing.pdf_fonts import BOLD, REGULAR, printable, wrapped
from invoicing.pdf_sheet import FAINT, GREY, INK, LEFT, MM, Align, Colour, Sheet

_SIZE: Final = 8.0
_LEADING: Final = 3.7 * MM
_PADDING: Final = 1.0 * MM
_HEADER: Final = 6.0 * MM
_GAP: Final = 2.0 * MM

_Line = tuple[str, Colour]


@dataclass(frozen=True)
class Column:
    """A column; the widths of all columns fill the text (165 mm)."""

    title: str
    width: float
    align: Align = "right"


@dataclass(frozen=True)
class Table:
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    total: Sequence[str] = ()
    groups: bool = False
    """Show the first column only where it changes, and again at the top of a page."""


def put(sheet: Sheet, table: Table) -> None:
    """Put a table down from `sheet.y` on; what follows a newline in a cell is said in grey below it."""
    _header(sheet, table.columns)
    shown = ""
    for place, row in enumerate(table.rows):
        cells = _cells(row, table.columns, bold=False)
        is_last = place == len(table.rows) - 1
        total = _height(_cells(table.total, table.columns, bold=True)) if is_last and table.total else 0.0
        if not sheet.has_room(_height(cells) + total):
            sheet.new_page()
            _header(sheet, table.columns)
            shown = ""
        if table.groups and row[0] == shown:
            cells[0] = []
        shown = row[0]
        _row(sheet, table.columns, cells, bold=False)
        sheet.rule(sheet.y, FAINT, 0.35)
    if table.total:
        _row(sheet, table.columns, _cells(table.total, table.columns, bold=True), bold=True)


def _cells(row: Sequence[str], columns: Sequence[Column], *, bold: bool) -> list[list[_Line]]:
    font = BOLD if bold else REGULAR
    return [
        [
            (line, GREY if part else INK)
            for part, text in enumerate(cell.split("\n"))
            for line in wrapped(printable(text), column.width * MM - _GAP, font, _SIZE)
        ]
        for cell, column in zip(row, columns, strict=bool(row))
    ]


def _height(cells: Sequence[Sequence[_Line]]) -> float:
    return max((len(lines) for lines in cells), default=0) * _LEADING + 2 * _PADDING


def _header(sheet: Sheet, columns: Sequence[Column]) -> None:
    _lines(sheet, columns, [[(column.title, GREY)] for column in columns], sheet.y + 3.6 * MM, size=7.0, bold=False)
    sheet.y += _HEADER - 0.6 * MM
    sheet.rule(sheet.y, INK, 0.6)


def _row(sheet: Sheet, columns: Sequence[Column], cells: Sequence[Sequence[_Line]], *, bold: bool) -> None:
    _lines(sheet, columns, cells, sheet.y + _PADDING + 2.8 * MM, size=_SIZE, bold=bold)
    sheet.y += _height(cells)


def _lines(
    sheet: Sheet, columns: Sequence[Column], cells: Sequence[Sequence[_Line]], y: float, *, size: float, bold: bool
) -> None:
    x = LEFT
    for column, lines in zip(columns, cells, strict=True):
        at = x + column.width * MM if column.align == "right" else x
        for place, (line, colour) in enumerate(lines):
            sheet.text(at, y + place * _LEADING, line, size=size, bold=bold, colour=colour, align=column.align)
        x += column.width * MM
