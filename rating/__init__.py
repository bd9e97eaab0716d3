"""Calls + prices + bundles -> rated calls (rating.md)."""

from belnota.tables.prices import PriceBook
from rating.parts import Parts, parts
from rating.rate import RATED_COLUMNS, Rater, Rating, rate

__all__ = ["RATED_COLUMNS", "Parts", "PriceBook", "Rater", "Rating", "parts", "rate"]
