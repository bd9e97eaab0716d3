from __future__ import annotations

import datetime as dt

import pytest

from belnota.errors import Refused, UnableToFinish
from tariffs import DeckRefused, compile_prices, read_deck
from tariffs.registry import import_deck, load_decks
from tests.lib.price_lists import write_deck

AT = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
RATES = "prefix,price\n31,0.1\n"


def test_an_import_is_kept_by_content_and_a_second_one_changes_nothing(store, tmp_path):
    folder, archive = write_deck(tmp_path / "d", RATES), tmp_path / "archive"

    with store.writing() as tx:
        first = import_deck(tx, archive, folder, AT)
    with store.writing() as tx:
        second = import_deck(tx, archive, folder, AT)
    with store.reading() as tx:
        decks = load_decks(tx, archive)

    assert (first.name, first.rows, first.changed, second.changed) == ("deck", 1, True, False)
    assert decks["deck"].digest == first.digest == second.digest
    assert (archive / "decks" / "deck" / first.digest / "rates.csv").read_text() == RATES


def test_a_new_content_takes_the_name_over_and_the_old_files_stay(store, tmp_path):
    archive = tmp_path / "archive"
    with store.writing() as tx:
        old = import_deck(tx, archive, write_deck(tmp_path / "d", RATES), AT)
        new = import_deck(tx, archive, write_deck(tmp_path / "d", RATES.replace("0.1", "0.2")), AT)
        decks = load_decks(tx, archive)

    assert new.changed
    assert decks["deck"].rates["price"].to_list() == [20_000_000]
    assert (archive / "decks" / "deck" / old.digest / "deck.toml").exists()


def test_nothing_of_a_refused_deck_is_stored(store, tmp_path):
    with store.writing() as tx, pytest.raises(DeckRefused):
        import_deck(tx, tmp_path / "archive", write_deck(tmp_path / "d", "prefix,price\n31,x\n"), AT)

    with store.reading() as tx:
        assert load_decks(tx, tmp_path / "archive") == {}
    assert not (tmp_path / "archive").exists()


def test_a_changed_file_in_the_archive_is_found_before_use(store, tmp_path):
    archive = tmp_path / "archive"
    with store.writing() as tx:
        done = import_deck(tx, archive, write_deck(tmp_path / "d", RATES), AT)
    (archive / "decks" / "deck" / done.digest / "rates.csv").write_text(RATES.replace("0.1", "0.2"))

    with store.reading() as tx, pytest.raises(UnableToFinish, match="import deck again"):
        load_decks(tx, archive)


@pytest.mark.parametrize(
    ("bases", "message"),
    [({"deck": "far"}, "far .the base of deck. is not there"), ({"deck": "b", "b": "deck"}, "deck -> b -> deck")],
)
def test_an_unknown_base_and_a_ring_of_bases_are_refused(tmp_path, bases, message):
    decks = {
        name: read_deck(write_deck(tmp_path / name, RATES, f'base = "{base}"', name)) for name, base in bases.items()
    }

    with pytest.raises(Refused, match=message):
        compile_prices(decks, ["deck"])
