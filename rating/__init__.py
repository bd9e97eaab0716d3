"""Calls + prices + bundles -> rated calls (rating.md).

The way of a batch of calls (rate.py): match.py finds its numbers, timetable.py its moments, lines.py who answers them,
reasons.py which are not rated; bundles.py takes what bundles pay; charge.py charges the rest, nearly all of it by
closed_form.py, what changes band by walk.py, both with the exact integers of terms.py; parts.py shows the arithmetic.
The tables in which all of them look are described in belnota/tables/prices.py, the reasons in ADR 0009.
"""

from belnota.tables.prices import PriceBook
from rating.parts import Parts, parts
from rating.rate import RATED_COLUMNS, Rater, Rating, rate

__all__ = ["RATED_COLUMNS", "Parts", "PriceBook", "Rater", "Rating", "parts", "rate"]
