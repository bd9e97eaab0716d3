"""Price files of others become price lists: each line is used, left out with a reason, or refused by its line."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from belnota.errors import Refused
from belnota.money import ROUNDING_MODES, round_ratio
from tariffs import DeckRefused, read_deck
from tariffs.convert import Conversion, convert, shipped
from tariffs.convert_folder import settings_text
from tariffs.convert_language import load_mapping, read_mapping
from tariffs.convert_texts import _exchanged
from tariffs.csv_lines import LINE
from tariffs.settings import read_settings
from tests.lib.price_lists import PEAK

PLAIN = '[columns]\nprefix = "code"\nprice = "rate"\n'
MORE = '[columns]\nprefix = "code"\nprice = "rate"\ndestination = "name"\n'


def made(folder: Path, source: str | bytes, mapping: str, table: str = "", **options: str) -> Conversion:
    """Convert a source by a mapping, both given as text; `table` is the file of prefixes."""
    folder.mkdir(exist_ok=True)
    content = source.encode() if isinstance(source, str) else source
    (folder / "source.csv").write_bytes(content)
    (folder / "mapping.toml").write_text(mapping, encoding="utf-8")
    prefixes = None
    if table:
        prefixes = folder / "table.csv"
        prefixes.write_text(table, encoding="utf-8")
    return convert(folder / "source.csv", str(folder / "mapping.toml"), prefixes, **options)


def rows(done: Conversion, *columns: str) -> list[tuple]:
    return done.rates.select(columns or pl.exclude(LINE)).rows()


def left_out(done: Conversion) -> list[tuple]:
    return done.skipped.rows()


def refusal(folder: Path, source: str | bytes, mapping: str, table: str = "", **options: str) -> list[str]:
    """The faults for which it is refused, without the folder."""
    with pytest.raises(DeckRefused) as refused:
        made(folder, source, mapping, table, **options)
    return [str(fault).replace(f"{folder}/", "") for fault in refused.value.faults]


# The language


def test_columns_constants_and_templates(tmp_path):
    mapping = (
        '[columns]\nprefix = "{country}{area}"\ndestination = "{name} ({country})"\nprice = "rate"\n'
        '[constants]\ncall_type = "international"\nincrement = "6"\n'
    )

    done = made(tmp_path, "country,area,name,rate\n49,30,Berlijn,0.1\n49,,Duitsland,0.2\n", mapping)

    assert rows(done, "prefix", "destination", "price", "call_type", "increment") == [
        ("4930", "Berlijn (49)", "0.1", "international", "6"),
        ("49", "Duitsland (49)", "0.2", "international", "6"),
    ]


def test_a_file_without_header_with_other_marks_and_letters(tmp_path):
    mapping = (
        '[file]\nseparator = ";"\ndecimal = ","\nquote = "\'"\nencoding = "windows-1252"\nskip_lines = 2\n'
        'columns = ["code", "name", "rate"]\n' + MORE
    )
    source = "Prijslijst\nvan iemand;anders\n32;'België; vast';0,05\n".encode("windows-1252")

    done = made(tmp_path, source, mapping)

    assert rows(done, "prefix", "destination", "price") == [("32", "België; vast", "0.05")]
    assert done.rates[LINE].to_list() == [3]


def test_quotes_that_mean_nothing(tmp_path):
    done = made(tmp_path, 'code,name,rate\n1,12" pijp,1\n', '[file]\nquote = ""\n' + MORE)

    assert rows(done, "destination") == [('12" pijp',)]


def test_what_stands_before_a_prefix_and_several_prefixes_in_a_field(tmp_path):
    mapping = '[prefix]\ndrop = ["+", "00"]\nsplit = ";"\n' + PLAIN

    done = made(tmp_path, "code,rate\n+31;0032; 33,0.1\n49,0.2\n", mapping)

    assert rows(done, "prefix", "price") == [("31", "0.1"), ("32", "0.1"), ("33", "0.1"), ("49", "0.2")]
    assert (done.used, done.rates.height) == (2, 4)


def test_the_country_is_put_before_the_numbers_of_a_national_list(tmp_path):
    mapping = '[prefix]\ndrop = ["0"]\nadd = "31"\n' + PLAIN

    done = made(tmp_path, "code,rate\n020,0.1\n0900,0.2\n", mapping)

    assert rows(done, "prefix") == [("3120",), ("31900",)]


def test_words_are_translated_and_bands_come_from_the_mapping(tmp_path):
    band = PEAK.replace("[[band]]", "[[deck.band]]")
    mapping = PLAIN + 'band = "slot"\n[values.slot]\npiek = "peak"\ndal = "*"\n' + band

    done = made(tmp_path, "code,rate,slot\n39,0.2,piek\n39,0.1,dal\n", mapping)

    deck = done.write(tmp_path / "deck")
    assert rows(done, "prefix", "band", "price") == [("39", "peak", "0.2"), ("39", "*", "0.1")]
    assert [band.name for band in deck.settings.rules.bands] == ["peak"]


def test_a_first_increment_that_differs_becomes_two_rows(tmp_path):
    mapping = PLAIN + 'first_increment = "first"\nincrement = "next"\n'

    done = made(tmp_path, "code,rate,first,next\n1,0.1,30,60\n44,0.2,60,60\n49,0.3,30,6\n7,0.4,,1\n", mapping)

    assert rows(done, "prefix", "from_quantity", "increment", "price") == [
        ("1", "0", "30", "0.1"),
        ("1", "30", "60", "0.1"),
        ("44", "0", "60", "0.2"),
        ("49", "0", "30", "0.3"),
        ("49", "30", "6", "0.3"),
        ("7", "0", "1", "0.4"),
    ]
    assert done.write(tmp_path / "deck").rates.height == 6


# Money


def test_dollars_become_euros_rounded_once_to_eight_decimals(tmp_path):
    mapping = PLAIN + 'connect_fee = "fee"\n[money]\ncurrency = "USD"\nrounding = "down"\n'

    done = made(tmp_path, "code,rate,fee\n1,0.20930,0\n44,0.00000001,1\n", mapping, rate="0.8612345678")

    assert rows(done, "price", "connect_fee") == [("0.18025639", "0.00000000"), ("0.00000000", "0.86123456")]


@given(
    amount=st.decimals(0, 99999, places=9).map(lambda amount: format(amount, "f")),
    rate=st.decimals("0.0000000001", 9999, places=10).map(lambda rate: format(rate, "f")),
    rounding=st.sampled_from(ROUNDING_MODES),
)
def test_an_exchange_is_the_exact_product_rounded_once(amount, rate, rounding):
    exact = Fraction(amount) * Fraction(rate) * 10**8

    assert Fraction(_exchanged(amount, rate, rounding)) * 10**8 == round_ratio(
        exact.numerator, exact.denominator, rounding
    )


def test_prices_of_another_currency_need_a_rate(tmp_path):
    with pytest.raises(Refused, match=r"prices of mapping mapping are in USD; say .* --exchange-rate 0\.8612"):
        made(tmp_path, "code,rate\n1,1\n", PLAIN + '[money]\ncurrency = "USD"\n')
    with pytest.raises(Refused, match="exchange rate 0,86: write how many euros one USD is"):
        made(tmp_path, "code,rate\n1,1\n", PLAIN + '[money]\ncurrency = "USD"\n', rate="0,86")


# Lines that are not used


def test_lines_are_left_out_by_rule_each_with_its_reason(tmp_path):
    mapping = (
        '[[skip]]\ncolumn = "status"\nis_not = ["0"]\nbecause = "not active"\n'
        '[[skip]]\ncolumn = "code"\nis = [""]\nbecause = "no prefix"\n' + PLAIN
    )

    done = made(tmp_path, "code,rate,status\n1,1,0\n2,1,1\n,1,1\n,1,0\n3,1,\n", mapping)

    assert rows(done, "prefix") == [("1",)]
    assert left_out(done) == [(3, "not active"), (4, "not active"), (5, "no prefix"), (6, "not active")]
    assert done.reasons == [("not active", 3), ("no prefix", 1)]


def test_a_line_that_says_the_same_as_an_earlier_one_is_left_out(tmp_path):
    done = made(tmp_path, "code,rate\n1,1\n2,1\n1,1\n1,1\n", PLAIN)

    assert rows(done, "prefix") == [("1",), ("2",)]
    assert left_out(done) == [(4, "says the same as line 2"), (5, "says the same as line 2")]


def test_two_prices_for_one_prefix_are_refused_by_the_lines_of_the_source(tmp_path):
    assert refusal(tmp_path, "code,rate\n1,1\n2,1\n1,2\n", PLAIN) == [
        "source.csv, line 4, prefix, '1': line 2 already prices this; drop one of the two"
    ]


def test_what_cannot_be_read_is_refused_by_line_and_by_both_names_of_the_column(tmp_path):
    source = "code,rate\n1,n/a\n2x,1\n,1\n"

    assert refusal(tmp_path, source, PLAIN) == [
        (
            "source.csv, line 4, code, '': the prefix is empty; "
            "to leave such lines out write [[skip]] column = 'code', is = [\"\"]"
        )
    ]
    assert refusal(tmp_path, source.replace("\n,1", ""), PLAIN) == [
        "source.csv, line 2, rate (price), 'n/a': write euros as 0.0525: from 0 to 10000, with at most 8 decimals",
        "source.csv, line 3, code (prefix), '2x': write digits only, at most 15; empty = any number",
    ]


def test_what_cannot_be_read_is_left_out_when_the_mapping_says_so(tmp_path):
    done = made(tmp_path, "code,rate\n1,n/a\n2,1\n,1\n3x,1\n", '[file]\nunusable = "skip"\n' + PLAIN)

    assert rows(done, "prefix", "price") == [("2", "1")]
    assert [line for line, _ in left_out(done)] == [2, 4, 5]


def test_a_file_without_any_line_to_use_is_refused(tmp_path):
    mapping = '[[skip]]\ncolumn = "code"\nis_not = []\nbecause = "all of them"\n' + PLAIN

    with pytest.raises(Refused, match=r"no line of .*source\.csv can be used: all of them"):
        made(tmp_path, "code,rate\n1,1\n", mapping)


def test_a_text_of_which_the_mapping_does_not_say_what_it_means_is_refused(tmp_path):
    mapping = PLAIN + 'band = "slot"\n[values.slot]\nflat = "*"\n[expect]\ngrace = ["0", ""]\n'

    assert refusal(tmp_path, "code,rate,slot,grace\n1,1,flat,0\n2,1,peak,30\n3,1,,\n", mapping) == [
        (
            "source.csv, line 3, grace, '30': the mapping expects '0', '' here, "
            "and does not say what else would mean; see [expect]"
        ),
        "source.csv, line 3, slot, 'peak': [values.slot] knows 'flat'; add this one",
    ]


def test_a_column_that_is_missing_or_of_which_the_mapping_is_silent_is_refused(tmp_path):
    assert refusal(tmp_path, "code,price,surcharge\n1,1,1\n", PLAIN) == [
        "source.csv, line 1, rate: mapping mapping uses this column, the file has code, price, surcharge",
        "source.csv, line 1, price: mapping mapping is silent on this column; use it or name it under ignored",
        "source.csv, line 1, surcharge: mapping mapping is silent on this column; use it or name it under ignored",
    ]
    assert made(tmp_path, "code,rate,x\n1,1,1\n", '[file]\nignored = ["x"]\n' + PLAIN).used == 1


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("", "line 1: the file is empty"),
        ("code,rate\n", "line 1: the file has a header and nothing below it"),
        ("code,rate\n1\n", "line 2: this line has 1 field, the header has 2"),
        ("code,rate\n1,0.", "line 2: the last line does not end: the file may be cut off; take the whole file, or end"),
        ("code,rate,rate\n1,1,1\n", "line 1, rate: this column is there twice; name one otherwise"),
    ],
)
def test_a_broken_source_is_refused(tmp_path, source, fault):
    (told,) = refusal(tmp_path, source, PLAIN)

    assert told.startswith(f"source.csv, {fault}")


def test_a_file_that_is_not_there_is_refused(tmp_path):
    (tmp_path / "mapping.toml").write_text(PLAIN)

    with pytest.raises(Refused, match=r"prices\.csv cannot be read \(No such file or directory\)"):
        convert(tmp_path / "prices.csv", str(tmp_path / "mapping.toml"))


def test_a_file_that_is_no_delimited_text_is_refused_by_its_kind(tmp_path):
    (tmp_path / "prices.xlsx").write_bytes(b"PK")
    (tmp_path / "mapping.toml").write_text(PLAIN)

    with pytest.raises(Refused, match=r"prices\.xlsx is a spreadsheet; .* export the prices as CSV in UTF-8"):
        convert(tmp_path / "prices.xlsx", str(tmp_path / "mapping.toml"))


@given(
    lines=st.lists(
        st.tuples(
            st.sampled_from(["1", "2", "31;32", "x", ""]), st.sampled_from(["1", "-", "2"]), st.sampled_from("01")
        ),
        min_size=1,
        max_size=12,
    )
)
def test_every_line_is_used_or_left_out_with_a_reason(tmp_path_factory, lines):
    mapping = (
        '[file]\nunusable = "skip"\n[prefix]\nsplit = ";"\n'
        '[[skip]]\ncolumn = "status"\nis = ["1"]\nbecause = "not active"\n' + PLAIN
    )
    source = "code,rate,status\n" + "".join(f"{','.join(line)}\n" for line in lines)
    try:
        done = made(tmp_path_factory.mktemp("c"), source, mapping)
    except Refused:  # two prices for one prefix, or nothing left
        return

    assert sorted([*done.rates[LINE].unique(), *done.skipped[LINE]]) == list(range(2, len(lines) + 2))


# Names instead of prefixes

NAMES = '[table]\nprefix = "prefix"\nnames = ["{country}, {line} {operator}", "{country}, {line}"]\n'
WORLD = (
    "prefix,country,line,operator\n31,Netherlands,,\n316,Netherlands,mobile,\n31610,Netherlands,mobile,KPN\n"
    "3120,Netherlands,,Amsterdam\n44,United Kingdom,,\n447,United Kingdom,mobile,\n850,Korea North,,\n"
)


def by_name(folder: Path, source: str, more: str = "", table: str = WORLD) -> Conversion:
    (folder / "names.toml").write_text(NAMES)
    mapping = (
        '[columns]\ndestination = "name"\nprice = "rate"\n'
        f'[join]\ntable = "{folder / "names.toml"}"\nname = "name"\n{more}'
    )
    return made(folder, source, mapping, table)


def test_each_prefix_has_the_price_of_its_most_exact_name(tmp_path):
    done = by_name(tmp_path, 'name,rate\nNetherlands,0.1\n"Netherlands, KPN mobile",0.3\n"NETHERLANDS, Mobile",0.2\n')

    assert rows(done, "prefix", "destination", "price") == [
        ("31", "Netherlands", "0.1"),
        ("3120", "Netherlands", "0.1"),
        ("31610", "Netherlands, KPN mobile", "0.3"),
        ("316", "NETHERLANDS, Mobile", "0.2"),
    ]
    assert done.prefixes.rows() == [
        ("3120", "Netherlands, Amsterdam", "Netherlands"),
        ("44", "United Kingdom", None),
        ("447", "United Kingdom, mobile", None),
        ("850", "Korea North", None),
    ]


def test_names_that_differ_are_told_in_the_mapping_whole_or_before_the_comma(tmp_path):
    same = '[join.same]\n"U.K." = "United Kingdom"\n"GSM in Holland" = "Netherlands, mobile"\n'

    done = by_name(tmp_path, 'name,rate\nU.K.,0.1\n"U.K., mobile",0.2\nGSM in Holland,0.3\nNorth Korea,0.4\n', same)

    assert rows(done, "prefix", "destination") == [
        ("44", "U.K."),
        ("447", "U.K., mobile"),
        ("316", "GSM in Holland"),
        ("31610", "GSM in Holland"),
        ("850", "North Korea"),
    ]


def test_a_name_without_prefix_is_refused_or_left_out_as_the_mapping_says(tmp_path):
    source = "name,rate\nNetherlands,0.1\nAtlantis,0.1\n"

    with pytest.raises(DeckRefused) as refused:
        by_name(tmp_path, source)
    (fault,) = refused.value.faults
    assert (fault.line, fault.column, fault.value) == (3, "name", "Atlantis")
    assert fault.right == (
        'no prefix of the table has this name; tell its name there under [join.same], or unmatched = "skip"'
    )
    done = by_name(tmp_path, source, 'unmatched = "skip"\n')
    assert left_out(done) == [(3, "no prefix of the table has this name")]


def test_a_name_of_which_every_prefix_has_a_more_exact_name_is_left_out(tmp_path):
    table = "prefix,country,line,operator\n44,United Kingdom,,BT\n"

    done = by_name(tmp_path, 'name,rate\nUnited Kingdom,0.1\n"United Kingdom, BT",0.2\n', table=table)

    assert rows(done, "prefix", "price") == [("44", "0.2")]
    assert left_out(done) == [(2, "each prefix of this name has a more exact name with a price")]


def test_a_line_without_a_name_is_never_lost(tmp_path):
    table = WORLD + "999,,,\n"

    done = by_name(tmp_path, 'name,rate\nNetherlands,0.1\n,0.2\n",",0.3\n', 'unmatched = "skip"\n', table)

    assert [line for line, _ in left_out(done)] == [3, 4]
    assert "999" not in done.rates["prefix"]


def test_two_names_that_are_the_same_with_two_prices_are_refused(tmp_path):
    with pytest.raises(DeckRefused, match="line 3, prefix, '44': line 2 already prices this"):
        by_name(tmp_path, "name,rate\nUnited Kingdom,0.1\nunited  KINGDOM,0.2\n")


def test_a_table_with_a_prefix_under_two_names_or_of_letters_is_refused(tmp_path):
    table = "prefix,country,line,operator\n44,United Kingdom,,\n44,England,,\n4x,Wales,,\n"

    with pytest.raises(DeckRefused) as refused:
        by_name(tmp_path, "name,rate\nUnited Kingdom,0.1\n", table=table)

    assert [str(fault).replace(f"{tmp_path}/", "") for fault in refused.value.faults] == [
        "table.csv, line 4, prefix, '4x': write 1 to 15 digits",
        "table.csv, line 3, prefix, '44': line 2 has this prefix under another name; drop one of the two",
    ]


def test_a_join_needs_a_table_and_only_a_join_takes_one(tmp_path):
    join = '[columns]\nprice = "rate"\n[join]\ntable = "asterisell-prefixes"\nname = "name"\n'

    with pytest.raises(Refused, match=r"mapping mapping has names .* asterisell-prefixes: --prefixes FILE"):
        made(tmp_path, "name,rate\na,1\n", join)
    with pytest.raises(Refused, match="takes the prefixes from the file itself; leave --prefixes out"):
        made(tmp_path, "code,rate\n1,1\n", PLAIN, WORLD)
    with pytest.raises(Refused, match="does not read a table of prefixes"):
        made(tmp_path, "name,rate\na,1\n", join.replace("asterisell-prefixes", "astpp-outbound"), WORLD)
    with pytest.raises(Refused, match=r"mapping mapping reads a table of prefixes, which has no prices"):
        made(tmp_path, WORLD, NAMES)


# The folder


def test_the_folder_is_a_price_list_that_says_where_it_comes_from(tmp_path):
    mapping = MORE + '[[skip]]\ncolumn = "code"\nis = ["9"]\nbecause = "not sold"\n[money]\ncurrency = "USD"\n'
    mapping += '[deck]\nname = "az"\nbase = "world"\n[deck.rounding]\ndecimals = 2\n'
    done = made(tmp_path, 'code,name,rate\n1,"USA, all",1\n9,"skipped, this",1\n', mapping, rate="0.5", name="az-2027")

    deck = done.write(tmp_path / "out")

    assert (tmp_path / "out" / "rates.csv").read_text() == 'prefix,price,destination\n1,0.50000000,"USA, all"\n'
    assert (tmp_path / "out" / "skipped.csv").read_text() == (
        'skipped_line,skipped_because,code,name,rate\n3,not sold,9,"skipped, this",1\n'
    )
    told, rate, *settings = (tmp_path / "out" / "deck.toml").read_text().splitlines()
    assert told.startswith("# Made by belnota decks convert from source.csv (SHA-256 ")
    assert rate == "# 1 USD = 0.5 EUR, prices rounded half_up."
    assert settings == ['name = "az-2027"', 'base = "world"', "rows = 1", "", "[rounding]", "decimals = 2"]
    assert read_deck(tmp_path / "out").digest == deck.digest
    assert (deck.name, deck.settings.base, deck.settings.rules.decimals) == ("az-2027", "world", 2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mapping.toml", "out", "source.csv"]


def test_a_folder_in_which_somebody_may_have_worked_is_left_alone(tmp_path):
    done = made(tmp_path, "code,rate\n1,1\n", PLAIN)
    done.write(tmp_path / "out")

    with pytest.raises(Refused, match="is there already and not empty"):
        done.write(tmp_path / "out")


def test_the_same_conversion_makes_the_same_price_list(tmp_path):
    source = "code,rate\n1,1\n2,1\n"

    first, second = (made(tmp_path, source, PLAIN).write(tmp_path / name) for name in ("a", "b"))

    assert first.digest == second.digest


def test_settings_are_written_so_that_they_are_read_as_they_were():
    settings = {
        "name": "az",
        "holidays": ["2026-12-25"],
        "band": [{"name": 'say "peak" \\ €', "from": "08:00", "until": "18:00", "except_holidays": True}],
        "rounding": {"mode": "up", "decimals": 2},
    }

    read, faults = read_settings(settings_text(settings, 3, ["two\nlines"]).encode(), "deck.toml")

    assert faults == []
    assert (read.rows, read.rules.decimals, read.rules.bands[0].name) == (3, 2, 'say "peak" \\ €')
    assert read.rules.bands[0].except_holidays


# Mappings


@pytest.mark.parametrize("name", shipped())
def test_each_shipped_mapping_can_be_read(name):
    assert load_mapping(name).name == name


def test_a_mapping_that_does_not_exist_is_refused_with_those_that_do():
    with pytest.raises(
        Refused, match=r"there is no mapping astp; give a TOML file, or one of asterisell-prefixes, astpp-"
    ):
        load_mapping("astp")


@pytest.mark.parametrize(
    ("mapping", "faults"),
    [
        ("= 1", ["line 1: this is not TOML: Invalid statement (at line 1, column 1)"]),
        (
            "",
            [
                "[columns] prefix: say which column of the file is the prefix",
                "[columns] price: say which column of the file is the price",
            ],
        ),
        (PLAIN + "[colums]\n", ["line 4, colums: this key is not known; known are file, columns, constants, values, "]),
        (PLAIN + 'prize = "x"\n', ["line 4, [columns] prize, '{x}': this key is not known; known are service, "]),
        (
            PLAIN.replace('"rate"', '"{}"'),
            ["line 3, [columns] price, '{{}}': write the name of a column, or a template such as "],
        ),
        (PLAIN + "[constants]\nper = 60\n", ["line 5, [constants] per, '60': write it between quotes: \"60\""]),
        (
            PLAIN + '[constants]\nprice = "1"\n',
            ["line 5, [constants] price, '1': this comes from a column already; drop one"],
        ),
        ('[file]\nseparator = ":"\n' + PLAIN, ["line 2, [file] separator, ':': write one of ',', ';', '\\t', '|'"]),
        ("[file]\nskip_lines = -1\n" + PLAIN, ["line 2, [file] skip_lines, '-1': write how many lines stand above "]),
        (PLAIN + "[money]\nrate = 0.86\n", ["line 5, [money] rate, '0.86': write as text how many euros one EUR is, "]),
        (PLAIN + '[money]\nrate = "0"\n', ["line 5, [money] rate, '0': write as text how many euros one EUR is, "]),
        (PLAIN + '[money]\ncurrency = "$"\n', ["line 5, [money] currency, '$': write a currency of three letters, "]),
        (
            PLAIN + '[[skip]]\ncolumn = "a"\nbecause = "b"\n',
            ["line 4, [skip] is: write is = [texts], or is_not = [texts]"],
        ),
        (PLAIN + '[[skip]]\nis = ["a"]\n', ["line 4, [skip] column: write column = and because = (the reason, as a "]),
        (
            PLAIN + 'from_quantity = "a"\nfirst_increment = "b"\n',
            ["line 5, [columns] first_increment: this makes rows with from_quantity itself; drop one of the two"],
        ),
        (
            PLAIN + '[join]\ntable = "t"\nname = "n"\n',
            ["line 2, [columns] prefix, '{code}': the prefix comes from [join]; drop one of the two"],
        ),
        (PLAIN + NAMES, ["line 4, [table]: a table of prefixes has no prices: drop [columns] and [join], or [table]"]),
        (PLAIN + "[deck]\nrows = 3\n", ["line 5, [deck] rows, '3': the conversion writes this itself; drop it"]),
    ],
)
def test_a_fault_of_a_mapping(mapping, faults):
    with pytest.raises(DeckRefused, match="the mapping m is refused, it has") as refused:
        read_mapping(mapping.encode(), "m.toml", "m")

    told = [str(fault).removeprefix("m.toml, ") for fault in refused.value.faults]
    assert [one[: len(fault)] for one, fault in zip(told, faults, strict=True)] == faults


def test_a_fault_under_deck_is_told_as_one_of_the_mapping(tmp_path):
    assert refusal(tmp_path, "code,rate\n1,1\n", PLAIN + '[deck]\ntimezone = "Mars"\n') == [
        "mapping.toml, [deck] timezone, 'Mars': write a name of the time zone database, such as Europe/Amsterdam"
    ]
