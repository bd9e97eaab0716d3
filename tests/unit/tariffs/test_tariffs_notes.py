import pytest

from belnota.errors import Refused
from tariffs import read_deck
from tariffs.summary import notes_of
from tests.lib.price_lists import write_deck

HEAD = "prefix,price,from_quantity,connect_fee,max_charge\n"


@pytest.mark.parametrize(
    ("rows", "noted"),
    [
        ("31,1,0,0.05,2\n31,1,30,0.05,2\n", []),
        ("31,1,0,0.05,2\n31,1,30,,\n", []),
        ("31,1,0,,\n31,1,30,0.05,\n", ["line 3 of rates.csv: connect_fee counts only in the row from 0 on"]),
        ("31,1,0,,2\n31,1,30,,3\n", ["line 3 of rates.csv: max_charge counts only in the row from 0 on"]),
        ("06,1,0,,\n", ["line 2 of rates.csv: the prefix begins with 0"]),
    ],
)
def test_what_is_allowed_but_seldom_meant_is_noted(tmp_path, rows, noted):
    notes = notes_of(read_deck(write_deck(tmp_path, HEAD + rows)))

    assert len(notes) == len(noted)
    assert all(note.startswith(start) for note, start in zip(notes, noted, strict=True))


def test_a_price_list_that_is_no_folder_is_refused_in_one_sentence(tmp_path):
    with pytest.raises(Refused, match=r"nowhere is not a folder; name the folder with deck\.toml and rates\.csv"):
        read_deck(tmp_path / "nowhere")
