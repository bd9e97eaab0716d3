"""Calls + prices + bundles -> rated calls (rating.md)."""

from belnota.tables.prices import PriceBook
from rating.rate import RATED_COLUMNS, Rating, rate

__all__ = ["RATED_COLUMNS", "PriceBook", "Rating", "rate"]
