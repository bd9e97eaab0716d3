"""Calls + prices + bundles -> rated calls (rating.md)."""

from belnota.tables.prices import PriceBook
from rating.rate import RATED_COLUMNS, Rater, Rating, rate

__all__ = ["RATED_COLUMNS", "PriceBook", "Rater", "Rating", "rate"]
