"""Every fault of a price list is found, with file, line, column, value, and what would be right."""

from __future__ import annotations

import pytest

from tariffs import DeckRefused, read_deck
from tests.lib.price_lists import PEAK, write_deck

GOOD = "prefix,price\n31,0.1\n"
BANDED = "prefix,band,price\n"


def faults_of(folder):
    with pytest.raises(DeckRefused) as refused:
        read_deck(folder)
    assert all(str(folder) in fault.file for fault in refused.value.faults)
    return refused.value.faults


@pytest.mark.parametrize(
    ("toml", "place", "value", "right"),
    [
        ("colour = 1", (2, "colour"), None, "not known"),
        ('currency = "USD"', (2, "currency"), "USD", "EUR"),
        ('timezone = "Europe/Utrecht"', (2, "timezone"), "Europe/Utrecht", "Europe/Amsterdam"),
        ('band_rule = "middle"', (2, "band_rule"), "middle", "'split', 'start'"),
        ("base = 3", (2, "base"), "3", "name of another"),
        ("rows = 0", (2, "rows"), "0", "how many rows"),
        ("rows = true", (2, "rows"), "True", "how many rows"),
        ('base = "../etc"', (2, "base"), "../etc", "name of another"),
        ('holidays = ["2026-02-30"]', (2, "holidays"), "2026-02-30", "2026-12-25"),
        ("[rounding]\ndecimals = 7", (3, "[rounding] decimals"), "7", "0 to 6"),
        ("[rounding]\ndecimals = true", (3, "[rounding] decimals"), "True", "0 to 6"),
        ('[rounding]\nmode = "bankers"', (3, "[rounding] mode"), "bankers", "half_even"),
        ("[rounding]\nplaces = 2", (3, "[rounding] places"), None, "not known"),
        ('[csv]\nseparator = "|"', (3, "[csv] separator"), "|", "';'"),
        (PEAK + PEAK, (11, "[band] name"), "peak", "already in use"),
        (PEAK.replace("08:00", "8:00"), (6, "[band] from"), "8:00", "08:00"),
        (PEAK.replace("18:00", "24:30"), (7, "[band] until"), "24:30", "24:00"),
        (PEAK.replace('"mon", ', '"maandag", '), (5, "[band] days"), None, "mon, tue"),
        (PEAK.replace('"mon"', '"holiday"'), (8, "[band] except_holidays"), None, "drop one"),
        (PEAK + 'color = "x"', (9, "[band] color"), None, "not known"),
    ],
)
def test_a_fault_in_deck_toml(tmp_path, toml, place, value, right):
    (fault,) = faults_of(write_deck(tmp_path, GOOD, toml))

    assert (fault.line, fault.column) == place
    assert value is None or fault.value == value
    assert right in fault.right


@pytest.mark.parametrize(
    ("column", "value", "right"),
    [
        ("service", "fax", "voice"),
        ("direction", "up", "out, in"),
        ("origin", "NL", "lower case"),
        ("prefix", "+31", "digits"),
        ("prefix", "3" * 16, "at most 15"),
        ("prefix", "٣١", "digits"),
        ("call_type", "0900", "service_0900"),
        ("band", "night", "no such band"),
        ("from_quantity", "-1", "whole number"),
        ("increment", "0", "from 1"),
        ("increment", "1.5", "from 1"),
        ("per", "10000000001", "10000000000"),
        ("minimum", "1e3", "whole number"),
        ("free_below", "x", "whole number"),
        ("price", "0.123456789", "8 decimals"),
        ("price", "-1", "euros"),
        ("price", "", "euros"),
        ("price", "0,1", "euros"),
        ("price", "10000.00000001", "10000"),
        ("price", "NaN", "euros"),
        ("connect_fee", ".5", "euros"),
        ("max_charge", "free", "euros"),
        ("valid_from", "01-01-2026", "2026-12-31"),
        ("valid_until", "2026-02-30", "2026-12-31"),
    ],
)
def test_a_bad_value_in_rates_csv(tmp_path, column, value, right):
    row = {"prefix": "31", "price": "0.1"} | {column: value}
    quoted = ",".join(f'"{text}"' for text in row.values())
    folder = write_deck(tmp_path, f"{','.join(row)}\n{quoted}\n")

    (fault,) = faults_of(folder)

    assert (fault.line, fault.column, fault.value) == (2, column, value)
    assert right in fault.right


@pytest.mark.parametrize(
    ("rates", "line", "right"),
    [
        ("", 1, "empty"),
        ("prefix,price\n", 1, "no prices"),
        ("prefix\n31\n", 1, "missing"),
        ("price\n1\n", 1, "missing"),
        ("prefix,price,price\n31,1,1\n", 1, "twice"),
        ("prefix,price,colour\n31,1,red\n", 1, "not known"),
        ("prefix;price\n31;1\n", 1, 'separator = ";"'),
        ("prefix,price\n31,1\n32\n", 3, "1 field, the header has 2"),
        ("prefix,price\n31,1\n\n32,1,1\n", 4, "3 fields, the header has 2"),
        ('prefix,price\n31,"1\n', 2, "not CSV"),
        ("prefix,price\n31,1\n31,2\n", 3, "line 2 already prices this"),
        ("prefix,price,from_quantity\n31,1,30\n", 2, "starts at 0"),
        ("prefix,price,valid_from,valid_until\n31,1,2026-02-01,2026-02-01\n", 2, "after valid_from"),
        ("prefix,price,valid_until\n31,1,2026-02-01\n31,2,\n", 3, "overlaps line 2"),
        ("prefix,price,valid_from,valid_until\n31,1,,2026-01-31\n31,2,2026-02-01,\n", 3, "write 2026-01-31 here"),
        ("prefix,price,per,from_quantity\n31,1,999999937,0\n31,1,9999999967,1\n", 2, "too far apart"),
    ],
)
def test_a_fault_of_the_table(tmp_path, rates, line, right):
    faults = faults_of(write_deck(tmp_path, rates))

    assert faults[0].line == line
    assert any(right in fault.right for fault in faults)


OVERNIGHT = '[[band]]\nname = "peak"\ndays = [{}]\nfrom = "18:00"\nuntil = "08:00"\n{}'


@pytest.mark.parametrize(
    ("toml", "gap"),
    [
        (PEAK, "Thursday 00:00"),
        (OVERNIGHT.format('"mon"', ""), "Thursday 00:00"),
        (PEAK + '[[band]]\nname = "rest"\nfrom = "18:00"\nuntil = "08:00"\ndays = ["mon"]', "Thursday 00:00"),
        ('holidays = ["2026-12-25"]\n[[band]]\nname = "peak"\nexcept_holidays = true', "2026-12-25"),
    ],
)
def test_bands_that_leave_time_open_are_refused(tmp_path, toml, gap):
    (fault,) = faults_of(write_deck(tmp_path, BANDED + "31,peak,1\n", toml))

    assert gap in fault.right
    assert fault.value == "31"


def test_bands_that_cover_the_week_need_no_row_for_any_time(tmp_path):
    rest = (
        '[[band]]\nname = "rest"\ndays = ["mon","tue","wed","thu","fri","sat","sun"]\nfrom = "18:00"\nuntil = "18:00"'
    )

    deck = read_deck(write_deck(tmp_path, BANDED + "31,peak,1\n31,rest,1\n", PEAK + rest))

    assert deck.rates.height == 2


def test_all_faults_are_told_at_once(tmp_path):
    rates = "prefix,price\n" + "".join(f"x{n},free\n" for n in range(30))
    folder = write_deck(tmp_path, rates, 'colour = "red"')

    faults = faults_of(folder)

    assert len(faults) == 61
    with pytest.raises(DeckRefused, match=r"61 faults(.|\n)*and 41 more"):
        read_deck(folder)


def test_a_missing_or_unreadable_file_is_named(tmp_path):
    (fault,) = faults_of(write_deck(tmp_path, GOOD, "= nonsense"))
    assert (fault.line, "not TOML" in fault.right) == (2, True)
    (tmp_path / "deck.toml").write_bytes(b'name = "\xff"')
    assert "UTF-8" in faults_of(tmp_path)[0].right
    (tmp_path / "rates.csv").unlink()
    assert "No such file" in faults_of(tmp_path)[0].right


def test_semicolons_and_decimal_commas_when_the_deck_says_so(tmp_path):
    toml = '[csv]\nseparator = ";"\ndecimal = ","'

    deck = read_deck(write_deck(tmp_path, "prefix;price\n31;0,12345678\n", toml))
    assert deck.rates["price"].to_list() == [12_345_678]

    (fault,) = faults_of(write_deck(tmp_path, "prefix;price\n31;0.1\n", toml))
    assert fault.value == "0.1"


def test_units_and_defaults(tmp_path):
    rates = "service,prefix,price\n,31,0.1\nvoice,32,1\nsms,31,1\ndata,,10000\n"

    deck = read_deck(write_deck(tmp_path, "\ufeff" + rates.replace("\n", "\r\n")))

    assert deck.rates["per"].to_list() == [60, 60, 1, 1_000_000]
    assert deck.rates["destination"].to_list() == ["31", "32", "31", ""]
    assert deck.rates["line"].to_list() == [2, 3, 4, 5]
    assert deck.rates["price"].to_list() == [10**7, 10**8, 10**8, 10**12]
