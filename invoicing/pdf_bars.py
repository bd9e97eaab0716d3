"""Bundles as bars: yellow is inside the bundle, red beyond it (R7.17); the same is printed in figures, for all eyes."""

from __future__ import annotations

from belnota import wording
from invoicing.model import BundleRow, Invoice
from invoicing.pdf_sheet import FAINT, GREY, INK, LEFT, MM, RED, RIGHT, YELLOW, Sheet
from invoicing.pdf_words import say

_MEMBER_INDENT = 6 * MM


def put_bundles(sheet: Sheet, invoice: Invoice) -> None:
    """Put each bundle down, a group bundle followed by its members."""
    if not invoice.bundles:
        return
    sheet.heading(say("bundles", invoice.language), keep_with=14 * MM)
    for row in invoice.bundles:
        height = 7.5 * MM if row.is_member else 11 * MM
        if not sheet.has_room(height):
            sheet.new_page()
        _bundle(sheet, row, invoice.language)
        sheet.y += height


def _bundle(sheet: Sheet, row: BundleRow, language: wording.Language) -> None:
    left = LEFT + (_MEMBER_INDENT if row.is_member else 0)
    size = 7.5 if row.is_member else 8.5
    baseline = sheet.y + 3.5 * MM
    figures = _figures(row, language)
    colour = RED if row.over else GREY
    sheet.text(RIGHT, baseline, figures, size=size, colour=colour, align="right")
    shared = f" ({say('group', language)})" if row.is_group and not row.is_member else ""
    name = row.owner if row.is_member else " · ".join(part for part in (f"{row.name}{shared}", row.owner) if part)
    sheet.text(left, baseline, _shortened(name), size=size, bold=not row.is_member, colour=INK)
    _bar(sheet, row, left, baseline + 1.6 * MM, 1.4 * MM if row.is_member else 2.6 * MM)


def _shortened(name: str) -> str:
    return name if len(name) <= 48 else f"{name[:47]}…"


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


def _bar(sheet: Sheet, row: BundleRow, left: float, y: float, high: float) -> None:
    room = RIGHT - left
    scale = max(row.allowance, row.covered_quantity, 1)
    inside = room * (row.covered_quantity - row.over) / scale
    sheet.box(left, y, room, high, FAINT)
    if inside > 0:
        sheet.box(left, y, inside, high, YELLOW)
    if row.over:
        beyond = max(room * row.over / scale, 1.2 * MM)  # a small excess must still be seen
        sheet.box(RIGHT - beyond if inside else left, y, beyond, high, RED)
