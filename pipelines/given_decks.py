"""Price lists that a command is given as folders: the one that calls refer to, and its bases."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from belnota.errors import Refused
from tariffs import Deck, read_deck


def given_decks(deck: Path, bases: Sequence[Path]) -> tuple[dict[str, Deck], str]:
    """Return the price lists by name, and the name of the first; Refused when a base lacks or answers nothing."""
    entry = read_deck(deck)
    decks = {entry.name: entry}
    for folder in bases:
        base = read_deck(folder)
        if base.name in decks:
            raise Refused(f"{folder}: a price list named {base.name} is already given; each needs its own name")
        decks[base.name] = base
    named = {one.settings.base for one in decks.values()}
    for name in decks.keys() - {entry.name} - named:
        raise Refused(f'no price list has base = "{name}", so it would answer nothing; write that in deck.toml')
    for one in decks.values():
        base_name = one.settings.base
        if base_name is not None and base_name not in decks:
            raise Refused(
                f"price list {one.name} has base {base_name}, which is not given; add: --base FOLDER of {base_name}"
            )
    return decks, entry.name
