"""A bad price list of each kind, and the exact words in which it is refused; docs/price-lists.md shows the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tariffs import DeckRefused, read_deck
from tests.lib.price_lists import PEAK, write_deck

PAGE = Path(__file__).parents[3] / "docs" / "price-lists.md"
GOOD = "prefix,price\n31,0.1\n"
AMOUNT = "write euros as 0.0525: from 0 to 10000, with at most 8 decimals"
CUT = "the file may be cut off; take the whole file"
COLUMNS = (
    "service, direction, charge_kind, origin, prefix, destination, call_type, band, from_quantity, connect_fee, price, "
    "per, increment, minimum, free_below, max_charge, valid_from, valid_until"
)
KEYS = "name, currency, timezone, base, band_rule, holidays, rows, rounding, band, csv"

REFUSED = {
    "a gap between two versions": (
        "",
        "prefix,price,valid_from,valid_until\n31,0.1,,2026-01-31\n31,0.2,2026-02-01,\n",
        (
            "rates.csv, line 3, valid_from, '2026-02-01': prefix '31' has a gap: line 2 ends at 2026-01-31 "
            "(that day is out), so write 2026-01-31 here"
        ),
    ),
    "an overlap of two versions": (
        "",
        "prefix,price,valid_from,valid_until\n31,0.1,,2026-02-01\n31,0.2,2026-01-15,\n",
        (
            "rates.csv, line 3, valid_from, '2026-01-15': prefix '31' overlaps line 2, which ends at 2026-02-01; "
            "start at 2026-02-01 (or give both rows the same dates)"
        ),
    ),
    "dates that are crossed": (
        "",
        "prefix,price,valid_from,valid_until\n31,0.1,2026-03-01,2026-02-01\n",
        (
            "rates.csv, line 2, valid_until, '2026-02-01': write a date after valid_from (2026-03-01); "
            "the day itself is out"
        ),
    ),
    "a band that deck.toml does not have": (
        PEAK,
        "prefix,band,price\n31,night,0.1\n",
        "rates.csv, line 2, band, 'night': deck.toml has no such band; write one of *, peak",
    ),
    "bands that leave a part of the week open": (
        PEAK,
        "prefix,band,price\n31,peak,0.1\n",
        (
            "rates.csv, line 2, prefix, '31': no band of this prefix holds Thursday 00:00 (2026-01-08); "
            "add one, or a row with band *"
        ),
    ),
    "two rows for one slot": (
        "",
        "prefix,from_quantity,price\n31,0,0.1\n31,30,0.2\n31,30,0.3\n",
        "rates.csv, line 4, prefix, '31': line 3 already prices this; drop one of the two",
    ),
    "no slot from 0 on": (
        "",
        "prefix,from_quantity,price\n31,30,0.1\n",
        "rates.csv, line 2, from_quantity, '30': prefix '31', band *: no row starts at 0; add it",
    ),
    "a price with 9 decimals": (
        "",
        "prefix,price\n31,0.123456789\n",
        f"rates.csv, line 2, price, '0.123456789': {AMOUNT}",
    ),
    "a negative price": ("", "prefix,price\n31,-0.1\n", f"rates.csv, line 2, price, '-0.1': {AMOUNT}"),
    "a price as a power of ten": ("", "prefix,price\n31,1e3\n", f"rates.csv, line 2, price, '1e3': {AMOUNT}"),
    "a decimal comma": (
        "",
        'prefix,price\n31,"0,1"\n',
        (
            f"rates.csv, line 2, price, '0,1': {AMOUNT}; decimals stand after '.' here, "
            'unless deck.toml says decimal = "," under [csv]'
        ),
    ),
    "a decimal comma that cuts the line": (
        "",
        "prefix,price\n31,0,1\n",
        (
            "rates.csv, line 2: this line has 3 fields, the header has 2; a value with ',' in it stands between double "
            "quotes, and decimals stand after a point"
        ),
    ),
    "a decimal point where deck.toml says comma": (
        '[csv]\nseparator = ";"\ndecimal = ","',
        "prefix;price\n31;0.1\n",
        (
            f"rates.csv, line 2, price, '0.1': {AMOUNT}; decimals stand after ',' here, "
            'unless deck.toml says decimal = "." under [csv]'
        ),
    ),
    "a prefix with a letter": (
        "",
        "prefix,price\n31a,0.1\n",
        "rates.csv, line 2, prefix, '31a': write digits only, at most 15; empty = any number",
    ),
    "units that are too far apart": (
        "",
        "prefix,price,per,from_quantity\n31,1,999999937,0\n31,1,9999999967,1\n",
        (
            "rates.csv, line 2, per, '999999937, 9999999967': the units of prefix '31' are too far apart to add up "
            "exactly; write prices per like units"
        ),
    ),
    "a name of two lines": (
        "",
        'prefix,destination,price\n31,"Neder\nland",0.1\n',
        "rates.csv, line 3, destination, 'Neder\\nland': write a name of at most 200 characters on one line",
    ),
    "a field too few": (
        "",
        "prefix,price\n31\n",
        "rates.csv, line 2: this line has 1 field, the header has 2",
    ),
    "a column that is not known": (
        "",
        "prefix,price,minimun\n31,0.1,1\n",
        f"rates.csv, line 1, minimun: this column is not known; did you mean minimum? known are {COLUMNS}",
    ),
    "a column that is missing": (
        "",
        "prefix\n31\n",
        "rates.csv, line 1, price: this column is missing; every price needs it",
    ),
    "a column that is there twice": (
        "",
        "prefix,price,price\n31,1,1\n",
        "rates.csv, line 1, price: this column is there twice; drop one",
    ),
    "another separator": (
        "",
        "prefix;price\n31;0.1\n",
        (
            "rates.csv, line 1, 'prefix;price': the header is one column when cut at ','; "
            'write separator = ";" under [csv] in deck.toml'
        ),
    ),
    "a quote that is not closed": (
        "",
        'prefix,destination,price\n31,"Nederland,0.1\n49,Duitsland,0.1\n',
        "rates.csv, line 2: this line is not CSV (unexpected end of data); close each quote, double those inside",
    ),
    "an empty file": ("", "", "rates.csv, line 1: the file is empty; write a header line with prefix and price"),
    "a header only": ("", "prefix,price\n", "rates.csv, line 1: the file has no prices; write at least one line"),
    "text that is not UTF-8": (
        "",
        "prefix,destination,price\n32,België,0.1\n".encode("latin-1"),
        "rates.csv, line 2: this is not UTF-8 text (byte 0xeb); export it again as CSV in UTF-8",
    ),
    "text in UTF-16": (
        "",
        GOOD.encode("utf-16"),
        "rates.csv, line 1: this is UTF-16 text, not UTF-8; export it again as CSV in UTF-8",
    ),
    "a NUL byte": (
        "",
        "prefix,price\n31,0.1\n32,0\x00.1\n",
        "rates.csv, line 3: this line holds a NUL byte: the file is damaged; export it again as CSV in UTF-8",
    ),
    "a file cut off within a line": (
        "",
        "prefix,price\n31,0.1\n32,0.",
        f"rates.csv, line 3: the last line does not end: {CUT}, or end the line with Enter",
    ),
    "a file cut off within a letter": (
        "",
        "prefix,destination,price\n32,België".encode()[:-1],
        f"rates.csv, line 2: the file ends within a letter: {CUT}",
    ),
    "a file cut off at the end of a line": (
        "rows = 3",
        "prefix,price\n31,0.1\n32,0.1\n",
        "rates.csv, line 3: deck.toml says rows = 3, the file has 2; take the whole file, or correct rows",
    ),
    "a key that is not known": (
        'colour = "red"',
        GOOD,
        f"deck.toml, line 2, colour, 'red': this key is not known; known are {KEYS}",
    ),
    "two bands of one name": (
        PEAK + PEAK,
        GOOD,
        "deck.toml, line 11, [band] name, 'peak': this name is already in use; give each band its own",
    ),
    "a deck that is its own base": (
        'base = "deck"',
        GOOD,
        "deck.toml, line 2, base, 'deck': write the name of another price list",
    ),
    "a time zone that does not exist": (
        'timezone = "Europe/Utrecht"',
        GOOD,
        (
            "deck.toml, line 2, timezone, 'Europe/Utrecht': "
            "write a name of the time zone database, such as Europe/Amsterdam"
        ),
    ),
    "text that is not TOML": (
        "rounding = half_up",
        GOOD,
        "deck.toml, line 2: this is not TOML: Invalid value (at line 2, column 12)",
    ),
}


def refusal(folder: Path) -> list[str]:
    """The lines in which a price list is refused, without the folder."""
    with pytest.raises(DeckRefused) as refused:
        read_deck(folder)
    return str(refused.value).replace(f"{folder}/", "").replace(str(folder), "deck").splitlines()


def write(folder: Path, toml: str, rates: str | bytes) -> Path:
    write_deck(folder, "", toml)
    (folder / "rates.csv").write_bytes(rates if isinstance(rates, bytes) else rates.encode())
    return folder


@pytest.mark.parametrize(("toml", "rates", "message"), REFUSED.values(), ids=REFUSED)
def test_the_message(tmp_path, toml, rates, message):
    told = refusal(write(tmp_path / "deck", toml, rates))

    assert told == ["the price list deck is refused, it has 1 fault:", f"  {message}"]


def test_the_page_of_price_lists_shows_each_message():
    page = re.sub(r"\s+", " ", PAGE.read_text(encoding="utf-8"))

    missing = [kind for kind, (_, _, message) in REFUSED.items() if f"{kind}: {message}" not in page]

    assert missing == []


def test_without_deck_toml_there_is_no_price_list(tmp_path):
    (tmp_path / "rates.csv").write_text(GOOD)

    assert refusal(tmp_path)[1] == "  deck.toml: this file cannot be read (No such file or directory)"


def test_a_file_full_of_faults_tells_the_first_twenty_and_counts_the_rest(tmp_path):
    rates = "prefix,price\n" + "".join(f"{n}x,0.1\n" for n in range(30_000))

    told = refusal(write_deck(tmp_path / "deck", rates))

    assert told[0] == "the price list deck is refused, it has 30000 faults:"
    assert told[1] == "  rates.csv, line 2, prefix, '0x': write digits only, at most 15; empty = any number"
    assert told[20].startswith("  rates.csv, line 21, ")
    assert told[21:] == ["  … and 29980 more"]


@pytest.mark.parametrize("share", [0.05, 0.3, 0.7])
def test_a_third_of_a_file_is_never_taken_for_the_whole(tmp_path, share):
    """Cut anywhere within a line it is refused; cut at the end of a line by the count of rows."""
    whole = "prefix,destination,price\n" + "".join(f"{n},Land {n},0.{n}\n" for n in range(100, 400))
    at = int(len(whole) * (1 - share))
    for end in range(at, at + 40):
        folder = write_deck(tmp_path / str(end), whole[:end], "rows = 300")
        with pytest.raises(DeckRefused, match=r"does not end|rows = 300"):
            read_deck(folder)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["Unix", "Windows", "old Mac"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["bare", "byte order mark"])
def test_a_byte_order_mark_and_any_ends_of_lines_are_harmless(tmp_path, end, mark):
    text = 'prefix,destination,price\n31,"Neder, land",0.1\n\n32,België,0.2\n'
    folder = write(tmp_path / "deck", "", mark + text.replace("\n", end).encode())

    rates = read_deck(folder).rates

    assert rates.select("line", "prefix", "destination", "price").rows() == [
        (2, "31", "Neder, land", 10_000_000),
        (4, "32", "België", 20_000_000),
    ]


def test_a_fault_names_the_line_as_an_editor_counts_them(tmp_path):
    """Blank lines and quoted fields of several lines count."""
    rates = 'prefix,destination,price\n\n31,Nederland,0.1\n"32","België",x\n'

    told = refusal(write(tmp_path / "deck", "", rates))

    assert told[1] == f"  rates.csv, line 4, price, 'x': {AMOUNT}"
