"""Sheets of A4: marks are put down from the top, and drawn at the end, when the number of pages is known.

Text is drawn as text: there is no markup, so nothing in a name can become a picture, a link or a fault (fact 8 of
reliability.md). Lengths are points, `y` is the distance from the top of the page.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, Final, Literal

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from invoicing.pdf_fonts import BOLD, REGULAR, load, printable, width, wrapped

Colour = tuple[float, float, float]
Align = Literal["left", "right"]
Mark = Callable[[Any], None]

MM: Final = float(mm)
PAGE_WIDTH: Final = float(A4[0])
PAGE_HEIGHT: Final = float(A4[1])
LEFT: Final = 25 * MM
RIGHT: Final = PAGE_WIDTH - 20 * MM
TOP: Final = 22 * MM
BOTTOM: Final = PAGE_HEIGHT - 25 * MM

INK: Final = (0.11, 0.13, 0.17)
GREY: Final = (0.42, 0.45, 0.50)
FAINT: Final = (0.85, 0.87, 0.89)
PAPER: Final = (0.955, 0.965, 0.97)
ACCENT: Final = (0.05, 0.33, 0.42)
YELLOW: Final = (0.95, 0.72, 0.05)
RED: Final = (0.78, 0.17, 0.12)
SHADOW: Final = (0.93, 0.93, 0.94)


class Sheet:
    """Pages under construction; `y` is where the next block begins."""

    def __init__(self) -> None:
        load()
        self.pages: list[list[Mark]] = [[]]
        self.y = TOP

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 9,
        bold: bool = False,
        colour: Colour = INK,
        align: Align = "left",
    ) -> None:
        """Put one line of text down, with its baseline at y."""
        font, shown = BOLD if bold else REGULAR, printable(text)
        start = x - width(shown, font, size) if align == "right" else x

        def mark(canvas: Any) -> None:
            canvas.setFillColorRGB(*colour)
            canvas.setFont(font, size)
            canvas.drawString(start, PAGE_HEIGHT - y, shown)

        self.pages[-1].append(mark)

    def paragraph(
        self,
        x: float,
        y: float,
        room: float,
        text: str,
        *,
        size: float = 9,
        bold: bool = False,
        colour: Colour = INK,
        leading: float = 1.4,
    ) -> float:
        """Put text down in as many lines as it needs; returns the baseline after the last one."""
        for line in wrapped(printable(text).strip(), room, BOLD if bold else REGULAR, size):
            self.text(x, y, line, size=size, bold=bold, colour=colour)
            y += size * leading
        return y

    def box(self, x: float, y: float, wide: float, high: float, colour: Colour) -> None:
        """Fill a rectangle whose upper left corner is (x, y)."""

        def mark(canvas: Any) -> None:
            canvas.setFillColorRGB(*colour)
            canvas.rect(x, PAGE_HEIGHT - y - high, wide, high, stroke=0, fill=1)

        self.pages[-1].append(mark)

    def rule(self, y: float, colour: Colour = FAINT, thickness: float = 0.5) -> None:
        """Draw a line over the whole width of the text."""
        self.box(LEFT, y, RIGHT - LEFT, thickness, colour)

    def has_room(self, height: float) -> bool:
        return self.y + height <= BOTTOM

    def new_page(self) -> None:
        self.pages.append([])
        self.y = TOP

    def heading(self, title: str, keep_with: float = 25 * MM) -> None:
        """Put a section's heading down, together with at least `keep_with` of what follows."""
        if not self.has_room(12 * MM + keep_with):
            self.new_page()
        elif self.y > TOP:
            self.y += 7 * MM
        self.text(LEFT, self.y + 4 * MM, title, size=12, bold=True, colour=ACCENT)
        self.y += 8 * MM

    def drawn(self, *, title: str, author: str, language: str, every_page: Callable[[Sheet, int, int], None]) -> bytes:
        """Return the PDF: the same marks always give the same bytes. `every_page` adds to page n of m, behind."""
        buffer = io.BytesIO()
        canvas = Canvas(buffer, pagesize=A4, invariant=1, lang=language, initialFontName=REGULAR, pageCompression=1)
        canvas.setTitle(printable(title))
        canvas.setAuthor(printable(author))
        canvas.setCreator("Belnota")
        for number, marks in enumerate(self.pages, 1):
            behind = Sheet()
            every_page(behind, number, len(self.pages))
            for mark in (*behind.pages[0], *marks):
                mark(canvas)
            canvas.showPage()
        canvas.save()
        return buffer.getvalue()

    def slanted(self, text: str) -> None:
        """Put a watermark down."""

        def mark(canvas: Any) -> None:
            canvas.saveState()
            canvas.setFillColorRGB(*SHADOW)
            canvas.setFont(BOLD, 96)
            canvas.translate(PAGE_WIDTH / 2, PAGE_HEIGHT / 2)
            canvas.rotate(52)
            canvas.drawCentredString(0, -30, printable(text))
            canvas.restoreState()

        self.pages[-1].append(mark)
