"""Price lists: read, check and compile them (rating.md section 1); `tariffs.registry` keeps them in a workspace.

The registry is imported by name: it brings SQLAlchemy, and pricing a file of calls needs no store.
"""

from tariffs.compile import compile_prices, usable
from tariffs.deck import Deck, DeckRefused, DeckSettings, Fault
from tariffs.read import read_deck

__all__ = [
    "Deck",
    "DeckRefused",
    "DeckSettings",
    "Fault",
    "compile_prices",
    "read_deck",
    "usable",
]
