"""Price lists: read, check, keep and compile them (rating.md section 1)."""

from tariffs.compile import compile_prices, usable
from tariffs.deck import Deck, DeckRefused, DeckSettings, Fault
from tariffs.read import read_deck
from tariffs.registry import DeckImport, import_deck, imported_decks, load_decks, verify

__all__ = [
    "Deck",
    "DeckImport",
    "DeckRefused",
    "DeckSettings",
    "Fault",
    "compile_prices",
    "import_deck",
    "imported_decks",
    "load_decks",
    "read_deck",
    "usable",
    "verify",
]
