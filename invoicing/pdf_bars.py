"""Bundles as bars: yellow is inside the bundle, red beyond it (R7.17); the same is printed in figures, for all eyes."""

from __future__ import annotations

from belnota import wording
from invoicing.model import BundleRow, Invoice
from invoicing.pdf_fonts import BOLD, REGULAR, printable, shortened, width
from invoicing.pdf_sheet import FAINT, GREY, INK, LEFT, MM, RED, RIGHT, YELLOW, Sheet
from invoicing.pdf_words import say

_INDENT = 6 * MM
_MEMBER_BAR = (LEFT + 45 * MM, 38 * MM)


def put_bundles(sheet: Sheet, invoice: Invoice) -> None:
    """Put each bundle down, a group bundle followed by its members, one short line each."""
    if not invoice.bundles:
        return
    sheet.heading(say("bundles", invoice.language), keep_with=14 * MM)
    for row in invoice.bundles:
        height = 5 * MM if row.is_member else 12 * MM
        if not sheet.has_room(height):
            sheet.new_page()
        (_member if row.is_member else _bundle)(sheet, row, invoice.language)
        sheet.y += height


def _bundle(sheet: Sheet, row: BundleRow, language: wording.Language) -> None:
    baseline, figures = sheet.y + 4.5 * MM, _figures(row, language)
    sheet.text(RIGHT, baseline, figures, size=8.5, colour=RED if row.over else GREY, align="right")
    shared = f" ({say('group', language)})" if row.is_group else ""
    name = " · ".join(part for part in (f"{row.name}{shared}", row.owner) if part)
    room = RIGHT - LEFT - width(printable(figures), REGULAR, 8.5) - 4 * MM
    sheet.text(LEFT, baseline, shortened(name, room, BOLD, 8.5), size=8.5, bold=True)
    _bar(sheet, row, LEFT, RIGHT - LEFT, y=baseline + 1.6 * MM, high=2.6 * MM)


def _member(sheet: Sheet, row: BundleRow, language: wording.Language) -> None:
    baseline, (start, room) = sheet.y + 3.5 * MM, _MEMBER_BAR
    sheet.text(LEFT + _INDENT, baseline, shortened(row.owner, start - LEFT - _INDENT - 3 * MM, REGULAR, 7.5), size=7.5)
    _bar(sheet, row, start, room, y=baseline - 1.7 * MM, high=1.6 * MM)
    figures = _figures(row, language)
    sheet.text(RIGHT, baseline, figures, size=7, colour=RED if row.over else GREY, align="right")


def _figures(row: BundleRow, language: wording.Language) -> str:
    used = wording.quantity(row.covered_quantity, row.service, language)
    parts = [say("of", language, used=used, size=wording.quantity(row.allowance, row.service, language))]
    if row.permille is not None:
        whole, tenth = divmod(row.permille, 10)
        point = "," if language == "nl" else "."
        parts.append(f"{wording.number(whole, language)}{point}{tenth} %")
    if row.over:
        parts.append(say("over", language, over=wording.quantity(row.over, row.service, language)))
    return " · ".join(parts)


def _bar(sheet: Sheet, row: BundleRow, left: float, room: float, *, y: float, high: float) -> None:
    scale = max(row.allowance, row.covered_quantity, 1)
    inside = room * (row.covered_quantity - row.over) / scale
    sheet.box(left, y, room, high, FAINT)
    if inside > 0:
        sheet.box(left, y, inside, high, YELLOW)
    if row.over:
        beyond = max(room * row.over / scale, 1.2 * MM)  # a small excess must still be seen
        sheet.box(left + min(inside, room - beyond), y, beyond, high, RED)
    if row.is_member and row.covered_quantity > row.allowance:  # its own share ends here, the group's goes on
        sheet.box(left + room * row.allowance / scale, y - 0.4 * MM, 0.3 * MM, high + 0.8 * MM, INK)
