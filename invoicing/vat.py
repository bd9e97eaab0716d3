"""Dutch VAT: which rate a line bears, and the VAT of an invoice per category and rate.

Rounding (B4): lines are whole cents first; VAT is computed once per category and rate over their sum, half-up.
    three lines of 0.03 at 21 %:  0.09 x 0.21 = 0.0189 -> 0.02   (not 3 x 0.01)
"""

from __future__ import annotations

import csv
import datetime as dt
import functools
from collections.abc import Iterable
from importlib import resources
from typing import Final

from belnota.money import round_ratio
from belnota.people import VatRegime
from belnota.wording import Language
from invoicing.model import Line, VatCategory, VatGroup

_CATEGORY: Final[dict[VatRegime, VatCategory]] = {"standard": "S", "reverse_charge": "AE", "exempt": "E"}
_NAMES: Final[dict[VatCategory, tuple[str, str]]] = {
    "S": ("Btw", "VAT"),
    "AE": ("Btw verlegd", "VAT reverse charged (btw verlegd)"),
    "E": ("Vrijgesteld van btw", "Exempt from VAT"),
}
_NOTES: Final[dict[VatCategory, tuple[str, str]]] = {
    "S": ("", ""),
    # Telecom services between telecom entrepreneurs, since 1 September 2017 (art. 24ba Uitvoeringsbesluit OB 1968).
    "AE": ("naar afnemer met btw-id {vat_id}", "to the customer with VAT id {vat_id}"),
    "E": ("", ""),
}


@functools.cache
def _rates() -> tuple[tuple[dt.date, dt.date, int], ...]:
    text = resources.files("invoicing").joinpath("data", "vat_rates.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return tuple(
        (
            dt.date.fromisoformat(row["valid_from"]),
            dt.date.fromisoformat(row["valid_until"]) if row["valid_until"] else dt.date.max,
            int(row["basis_points"]),
        )
        for row in rows
    )


def category(regime: VatRegime) -> VatCategory:
    """Return the e-invoicing category of a customer's regime."""
    return _CATEGORY[regime]


def rates_between(from_on: dt.date, until_on: dt.date) -> tuple[int, ...]:
    """Return the general rates, in hundredths of a percent, in force on the days [from_on, until_on).

    The service date decides (B5), so a line must lie within one rate.
    """
    return tuple(rate for start, end, rate in _rates() if start < until_on and from_on < end)


def groups(lines: Iterable[Line], vat_id: str, language: Language) -> tuple[VatGroup, ...]:
    """Return base and VAT per category and rate, the highest rate first."""
    bases: dict[tuple[VatCategory, int], int] = {}
    for line in lines:
        key = (line.vat_category, line.vat_basis_points)
        bases[key] = bases.get(key, 0) + line.amount_cents
    return tuple(
        VatGroup(
            category=kind,
            basis_points=rate,
            name=_said(_NAMES[kind], language),
            note=_said(_NOTES[kind], language).format(vat_id=vat_id),
            net_cents=base,
            vat_cents=round_ratio(base * rate, 10_000, "half_up"),
        )
        for (kind, rate), base in sorted(bases.items(), key=lambda item: (-item[0][1], item[0][0]))
    )


def _said(both: tuple[str, str], language: Language) -> str:
    return both[0] if language == "nl" else both[1]
