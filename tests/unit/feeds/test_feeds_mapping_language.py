"""What a mapping can say about times, durations, numbers, rows and trailers, each by a file of a few lines."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from belnota.errors import Refused
from belnota.settings import Feed
from pipelines.feeds import FileRefused, ReadResult, reader_of

BASE = """
[file]
columns = ["key", "time", "used", "own", "other", "word"]
[key]
columns = ["key"]
[time]
column = "time"
format = "%Y-%m-%d %H:%M:%S"
[direction]
value = "out"
[service]
value = "voice"
[quantity]
voice = { column = "used" }
[own]
column = "own"
[other]
column = "other"
"""
TIME = 'column = "time"\nformat = "%Y-%m-%d %H:%M:%S"'
USED = '{ column = "used" }'


def _read(toml: str, *lines: str, timezone: str = "Europe/Amsterdam", ambiguous: str = "earliest") -> ReadResult:
    feed = Feed("x", "mapping", "*", timezone=timezone, ambiguous=ambiguous)  # type: ignore[arg-type]
    return reader_of(feed, toml)("".join(f"{line}\n" for line in lines).encode())


def _line(**changes: str) -> str:
    fields = {"key": "1", "time": "2026-10-05 12:00:00", "used": "60", "own": "0201234567", "other": "0612345678"}
    return ",".join([*(fields | changes).values(), *([] if "word" in changes else ["w"])])


def _base(old: str = "", new: str = "", more: str = "") -> str:
    assert old in BASE
    return BASE.replace(old, new, 1) + more


# -- times ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "text", "at"),
    [
        ("%-d/%-m/%Y %-H:%M:%S", "5/1/2026 9:00:01", "2026-01-05 08:00:01"),
        ("%-d/%-m/%Y %-H:%M:%S", "05/01/2026 09:00:01", "2026-01-05 08:00:01"),
        ("%d%m%y %H%M%S", "050126 090001", "2026-01-05 08:00:01"),
        ("%m/%d/%Y %-I:%M:%S %p", "01/05/2026 9:00:01 PM", "2026-01-05 20:00:01"),
        ("%m/%d/%Y %I:%M:%S %p", "01/05/2026 12:00:01 am", "2026-01-04 23:00:01"),
        ("%Y-%m-%dT%H:%M:%S%z", "2026-01-05T09:00:01Z", "2026-01-05 09:00:01"),
        ("%Y-%m-%dT%H:%M:%S%.f%z", "2026-01-05T09:00:01.5-05:00", "2026-01-05 14:00:01.5"),
        ("%Y-%m-%d %H:%M:%S %z", "2026-10-25 02:30:00 +0100", "2026-10-25 01:30:00"),
        ("%Y-%m-%d %H:%M:%S %z", "2026-10-25 02:30:00 +0200", "2026-10-25 00:30:00"),
        ("epoch", "1767603601", "2026-01-05 09:00:01"),
        ("epoch", "1767603601.25", "2026-01-05 09:00:01.25"),
        ("epoch_milliseconds", "1767603601250", "2026-01-05 09:00:01.25"),
    ],
)
def test_a_time_is_read_in_its_format(form, text, at):
    result = _read(_base("%Y-%m-%d %H:%M:%S", form), _line(time=text))
    expected = pl.Series([at]).str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us").dt.replace_time_zone("UTC")
    assert result.records["answered_at"].to_list() == expected.to_list()


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("%-d/%-m/%Y %-H:%M:%S", "5/13/2026 9:00:01"),
        ("%-d/%-m/%Y %-H:%M:%S", "5/1/2026 9:00"),
        ("%-d/%-m/%Y %-H:%M:%S", "005/1/2026 9:00:00"),
        ("%m/%d/%Y %I:%M:%S %p", "01/05/2026 13:00:01 PM"),
        ("%Y-%m-%dT%H:%M:%S%z", "2026-01-05T09:00:01"),
        ("%Y-%m-%dT%H:%M:%S%z", "2026-01-05T09:00:01+15:00"),
        ("%d%m%y %H%M%S", "310226 090001"),
        ("epoch", "-1"),
        ("epoch", "0"),
        ("epoch", "99999999999"),
        ("epoch_milliseconds", "1767603601"),
    ],
)
def test_a_time_that_is_not_in_its_format_is_a_bad_line(form, text):
    result = _read(_base("%Y-%m-%d %H:%M:%S", form), _line(time=text))
    assert result.rejects.select("reason").rows() == [("time",)]
    assert text in result.rejects["detail"][0]


def test_date_and_time_stand_in_two_columns():
    toml = _base(TIME, 'columns = ["time", "word"]\nformat = "%d-%m-%Y %H:%M:%S"')
    result = _read(toml, _line(time="05-10-2026", word="12:00:00"))
    assert result.records["answered_at"][0] == dt.datetime(2026, 10, 5, 10, tzinfo=dt.UTC)


def test_the_zone_of_a_row_stands_in_a_column():
    zones = ["Europe/London", "UTC", "-05:00", "+0200", "Europe/Nowhere", "", "CEST", "localtime", "Factory", "../UTC"]
    lines = [_line(key=str(place), word=zone) for place, zone in enumerate(zones)]
    result = _read(_base(TIME, TIME + '\ntimezone_column = "word"'), *lines)
    assert result.records["answered_at"].dt.hour().to_list() == [11, 12, 17, 10]
    assert result.rejects.select("line_number", "reason").rows() == [(line, "time") for line in range(5, 11)]


def test_the_zone_of_a_row_keeps_the_feeds_policy_for_the_hour_that_occurs_twice():
    toml = _base(TIME, TIME + '\ntimezone_column = "word"')
    line = _line(time="2026-10-25 02:30:00", word="Europe/Amsterdam")
    hours = [
        _read(toml, line, ambiguous=how).records["answered_at"].dt.hour().to_list() for how in ("latest", "refuse")
    ]
    assert hours == [[1], []]


@pytest.mark.parametrize("nothing", ["", "0", "0000-00-00 00:00:00", "NULL", r"\N"])
def test_a_time_that_holds_nothing_is_taken_from_elsewhere_and_means_unanswered(nothing):
    toml = _base(TIME, TIME + '\nif_empty = "word"', '[answered]\nfilled = "time"').replace(
        "[key]", "empty = ['NULL', '\\N']\n[key]", 1
    )
    result = _read(toml, _line(time=nothing, word="2026-10-05 12:00:00"), _line(key="2", word=""))
    assert result.records.select("is_answered", "quantity").rows() == [(False, 0), (True, 60)]
    assert result.records["answered_at"].dt.hour().to_list() == [10, 10]


# -- durations --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "text", "seconds"),
    [
        ('form = "HH:MM:SS"', "1:02:03", 3723),
        ('form = "HH:MM:SS"', "00:00:25", 25),
        ('form = "MM:SS"', "62:03", 3723),
        ('form = "HHMMSS"', "010203", 3723),
        ('form = "HHMMSScc", rounding = "up"', "01020301", 3724),
        ('form = "HHMMSScc", rounding = "down"', "01020399", 3723),
        ('form = "decimal", rounding = "half_up"', "61.5", 62),
        ('form = "decimal", rounding = "half_even"', "62.5", 62),
        ('form = "decimal", rounding = "up"', "61.000001", 62),
        ('form = "decimal", rounding = "up"', "61", 61),
        ('form = "decimal_comma", rounding = "down"', "61,99", 61),
        ('form = "milliseconds", rounding = "up"', "61001", 62),
        ("times = 60", "2", 120),
        ('form = "decimal", times = 60, rounding = "up"', "1.1", 66),
    ],
)
def test_a_duration_is_read_in_its_form_and_rounded_as_named(how, text, seconds):
    used = USED.replace(" }", f", {how} }}")
    written = f'"{text}"' if "," in text else text
    assert _read(_base(USED, used), _line(used=written)).records["quantity"].to_list() == [seconds]


@pytest.mark.parametrize(
    ("how", "text"),
    [
        ('form = "HH:MM:SS"', "00:60:00"),
        ('form = "HH:MM:SS"', "25"),
        ('form = "HH:MM:SS"', "-0:00:25"),
        ('form = "HHMMSS"', "25"),
        ('form = "decimal", rounding = "up"', "1e3"),
        ('form = "decimal", rounding = "up"', ".5"),
        ('form = "decimal", rounding = "up"', "NaN"),
        ('form = "decimal", rounding = "up"', "1.0000001"),
        ('form = "milliseconds", rounding = "up"', "1.5"),
        ("times = 1099511627776", "999999999999999999"),
    ],
)
def test_a_duration_that_is_not_in_its_form_is_a_bad_line(how, text):
    result = _read(_base(USED, USED.replace(" }", f", {how} }}")), _line(used=text))
    assert result.rejects["reason"].to_list() == ["range"]
    assert text in result.rejects["detail"][0]


def test_a_duration_is_the_time_between_two_columns():
    toml = _base(USED, '{ from = "time", to = "word" }')
    times = ["2026-10-05 12:01:01", "2026-10-05 11:59:59", "2026-10-06 12:00:00", ""]
    result = _read(toml, *(_line(key=str(place), word=time) for place, time in enumerate(times)))
    assert result.records["quantity"].to_list() == [61, 86_400]
    assert result.rejects.select("line_number", "reason").rows() == [(2, "range"), (4, "range")]
    assert "not before the first" in result.rejects["detail"][0]


def test_over_the_hour_that_occurs_twice_a_duration_is_the_shortest_that_can_be():
    toml = _base(USED, '{ from = "time", to = "word" }')
    pairs = [("01:59:00", "02:01:00"), ("02:59:00", "02:01:00"), ("02:59:00", "03:01:00"), ("02:10:00", "02:11:00")]
    lines = [
        _line(key=str(place), time=f"2026-10-25 {start}", word=f"2026-10-25 {end}")
        for place, (start, end) in enumerate(pairs)
    ]
    assert _read(toml, *lines).records["quantity"].to_list() == [120, 120, 120, 60]


def test_a_duration_between_times_with_a_fraction_is_rounded_once():
    toml = _base(USED, '{ from = "time", to = "word", rounding = "up" }').replace('%S"', '%S%.f"')
    line = _line(time="2026-10-05 12:00:00.900", word="2026-10-05 12:00:02.100")
    assert _read(toml, line).records["quantity"].to_list() == [2]


# -- numbers, words and rows ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "dialled", "number"),
    [
        ('until = "@"', "0612345678@192.0.2.1", "+31612345678"),
        ('after = "sip:"\nuntil = "@"', "sip:+31612345678@host", "+31612345678"),
        ('after = "sip:"', "0612345678", "+31612345678"),
        ('rewrite = [{ begins = "011", becomes = "+" }]', "01133199000001", "+33199000001"),
        ('rewrite = [{ begins = "9", length = 11 }]', "90612345678", "+31612345678"),
        ('rewrite = [{ begins = "9", length = 11 }]', "911", "911"),
        ('rewrite = [{ length = 7, becomes = "020" }]', "1234567", "+31201234567"),
        ('rewrite = [{ begins = "06", becomes = "1" }, { begins = "0", becomes = "2" }]', "0033", "2033"),
    ],
)
def test_a_number_is_cut_out_and_rewritten_before_it_is_placed(rules, dialled, number):
    result = _read(_base('column = "other"', f'column = "other"\n{rules}'), _line(other=dialled))
    assert result.records.select("other_number", "dialled").rows() == [(number, dialled)]


def test_our_number_is_a_constant_or_depends_on_the_direction():
    assert _read(_base('column = "own"', 'value = "+31880000001"'), _line()).records["own_number"][0] == "+31880000001"
    words = '[direction]\ncolumn = "word"\nvalues = { i = "in" }\notherwise = "out"'
    toml = _base('[direction]\nvalue = "out"', words)
    toml = toml.replace('column = "own"', 'out = "own"\nin = "other"')
    toml = toml.replace('[other]\ncolumn = "other"', '[other]\nout = "other"\nin = "own"')
    result = _read(toml, _line(word="i"), _line(key="2", word="anything"))
    assert result.records.select("direction", "own_number", "other_number").rows() == [
        ("in", "+31612345678", "+31201234567"),
        ("out", "+31201234567", "+31612345678"),
    ]


def test_the_country_is_a_constant_or_a_word_that_is_translated():
    assert _read(_base(more='[country]\nvalue = "DE"'), _line()).records["country"].to_list() == ["de"]
    toml = _base(more='[country]\ncolumn = "word"\nvalues = { "204" = "NL", "home" = "" }')
    result = _read(toml, *(_line(key=f"k{word}", word=word) for word in ("204", "home", "BE", "208", "")))
    assert result.records["country"].to_list() == ["nl", None, "be", None]
    assert result.rejects.select("line_number", "reason").rows() == [(4, "value")]


def test_rows_are_kept_and_left_out_by_word_and_by_beginning():
    toml = _base(more='[keep]\nword = { words = ["a"], begins = ["k"] }\n[leave_out]\nother = { begins = ["*"] }')
    words = ["a", "k1", "ab", "b", ""]
    result = _read(toml, *(_line(key=word, word=word) for word in words), _line(key="star", word="a", other="*21"))
    assert result.records["key"].to_list() == ["a", "k1"]
    assert result.filtered_lines == 4


def test_a_value_that_does_not_match_what_is_expected_is_a_bad_line():
    result = _read(_base(more="[expect]\nword = '^w+$'"), _line(), _line(key="2", word="shifted"))
    assert result.rejects.select("line_number", "reason").rows() == [(2, "value")]
    assert "word = 'shifted': must match ^w+$" in result.rejects["detail"][0]


# -- lines ------------------------------------------------------------------------------------------------------------


def test_a_preamble_a_second_header_row_and_framing_lines_are_framing_also_when_they_come_again():
    toml = _base(
        'columns = ["key", "time", "used", "own", "other", "word"]',
        'skip_lines = 2\nrows_after_header = 1\nframing = ["#"]',
        "",
    )
    header, kinds = "word,other,own,used,time,key", "TEXT,TEXT,TEXT,INT,TIME,INT"
    row = "w,0612345678,0201234567,60,2026-10-05 12:00:00,1"
    result = _read(toml, "made by hand", "", "# note", header, kinds, row, "# note", header, kinds)
    assert (result.lines, result.framing_lines, result.records.height) == (9, 8, 1)
    assert result.records["line_number"].to_list() == [6]


def test_fixed_columns_are_cut_and_a_line_of_another_width_is_bad():
    fixed = (
        "[columns]\nkey = [0, 3]\ntime = [3, 22]\nused = [22, 28]\nown = [28, 40]\nother = [40, 52]\nword = [52, 53]"
    )
    toml = _base('columns = ["key", "time", "used", "own", "other", "word"]', "width = 53\n" + fixed, "")
    good = "  1" + "2026-10-05 12:00:00" + "    60" + "0201234567  " + "0612345678  " + "w"
    result = _read(toml, good, good[:-1], good + "x", good.replace("1", "é", 1))
    assert result.records.select("key", "own_number", "quantity").rows() == [
        ("1", "+31201234567", 60),
        ("é", "+31201234567", 60),
    ]
    assert result.rejects.select("line_number", "reason").rows() == [(2, "columns"), (3, "columns")]
    assert "52 characters; this format has exactly 53" in result.rejects["detail"][0]


def test_spaces_around_values_do_not_count_when_the_mapping_says_so():
    line = _line(used=" 60 ", time="2026-10-05 12:00:00 ", key=" 1")
    assert _read(_base("[file]", "[file]\ntrim = true"), line).records.select("key", "quantity").rows() == [("1", 60)]
    assert _read(BASE, line).rejects["reason"].to_list() == ["time"]


def test_a_file_without_a_header_and_without_lines_is_accepted():
    assert _read(BASE, "").lines == 1
    assert _read(BASE, "").records.is_empty()


TRAILED = BASE + '[trailer]\nline = "END;{count};{sum};{skip}"\nsum = "used"\n'


def test_a_trailer_that_adds_up_is_framing_and_counts_bad_and_filtered_lines():
    toml = TRAILED + '[leave_out]\nword = ["x"]\n'
    result = _read(
        toml, _line(), _line(key="2", word="x"), _line(key="3", other="0612\x01"), _line(key="4", time=""), "END;4;180;"
    )
    assert (result.framing_lines, result.filtered_lines, result.rejects.height, result.records.height) == (1, 1, 2, 1)


@pytest.mark.parametrize(
    ("last", "reason", "sentence"),
    [
        ("END;3;120;", "trailer", "says 3 records, the file holds 2"),
        ("END;2;121;", "trailer", "used adds up to 121, the lines hold 120"),
        ("END;2;1:0;", "trailer", "not written as whole"),
        ("END;;120;", "truncated", "must read 'END;{count};{sum};{skip}'"),
        (_line(key="3"), "truncated", "the file is not complete"),
    ],
)
def test_a_trailer_that_does_not_add_up_or_is_not_there_refuses_the_file(last, reason, sentence):
    with pytest.raises(FileRefused) as refusal:
        _read(TRAILED, _line(), _line(key="2"), last)
    assert (refusal.value.reason, sentence in refusal.value.sentence) == (reason, True)


def test_a_line_that_is_lost_is_missed_by_the_trailer():
    whole = [_line(), _line(key="2"), "END;2;120;"]
    assert _read(TRAILED, *whole).records.height == 2
    for lost in (0, 1):
        with pytest.raises(FileRefused):
            _read(TRAILED, *whole[:lost], *whole[lost + 1 :])


def test_a_sum_in_hours_and_the_files_own_number_stand_in_a_fixed_trailer():
    toml = BASE.replace(USED, '{ column = "used", form = "HH:MM:SS" }')
    toml += '[trailer]\nline = "T{sequence:5}{count:6}{sum:12}"\nsum = "used"\nform = "HH:MM:SS"\n'
    lines = [_line(key=str(key), used="12:00:30") for key in range(3)]
    result = _read(toml, *lines, "T00042     3    36:01:30")
    assert (result.sequence, result.records["quantity"].sum()) == (42, 3 * 43_230)
    with pytest.raises(FileRefused, match="129690"):
        _read(toml, *lines, "T00042     3    36:01:31")


# -- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("[file]", "[file]\nskip_lines = -1", r"\[file\]: skip_lines = -1 must be a whole number from 0"),
        ("[file]", "[file]\nquoting = 'loose'", r"\[file\]: quoting = 'loose' must be one of strict, tolerant"),
        ("[file]", "[file]\nquoting = 'tolerant'\nquote = ''", r'quoting = "tolerant" needs a quote'),
        ("[file]", "[file]\nquote = ','", r"\[file\]: delimiter and quote must differ"),
        ("[file]", "[file]\nrows_after_header = 1", r"\[file\]: columns says that there is no header"),
        ("[file]", "[file]\nwidth = 5", r"\[file\]: width is for fixed columns"),
        ("[file]", "[file]\nframing = ['']", r"\[file\]: framing = .* none of them empty"),
        ('"key", "time",', '"time", "time",', r"\[file\]: columns has time more than once"),
        ('"word"]', "]", None),
        (
            '"other", "word"]',
            '"word"]',
            r"column 'other' is used but not listed; listed are key, time, used, own, word",
        ),
        ("[key]", "[columns]\nkey = [0, 3]\n[key]", r"\[file\]: columns is for delimited files"),
        (
            "[key]",
            "[trailer]\nline = 'T{count}{sum}'\n[key]",
            r"\[trailer\]: \{sum\} in line and sum = column go together",
        ),
        ("[key]", "[trailer]\nline = 'T'\n[key]", r"\[trailer\]: line = 'T': a trailer names \{count\} or \{sum\}"),
        ("[key]", "[trailer]\nline = '{counts}'\n[key]", r"\{counts\} is unknown or there twice; known are \{count\}"),
        ("[key]", "[trailer]\nline = '{count'\n[key]", r"\[trailer\]: line = .* write places as \{count\}"),
        (TIME, TIME + "\ncolumns = ['time']", r"\[time\]: write exactly one of column or columns"),
        (TIME, TIME + "\ntimezone = 'UTC'\ntimezone_column = 'word'", r"\[time\]: write timezone or timezone_column"),
        ("%Y-%m-%d %H:%M:%S", "epochs", r"\[time\]: time format 'epochs'.*or write epoch or epoch_milliseconds"),
        (TIME, 'column = "time"\nformat = "epoch"\ntimezone = "UTC"', r"\[time\]: times written epoch say their zone"),
        ("%H:%M:%S", "%I:%M:%S", r"\[time\]: time format .*AM and PM"),
        (USED, "{ column = 'used', form = 'minutes' }", r"\[voice\]: form = 'minutes' must be one of whole, decimal"),
        (USED, "{ column = 'used', form = 'decimal' }", r"\[voice\]: rounding = None must be one of .* can have parts"),
        (USED, "{ column = 'used', times = 0 }", r"\[voice\]: times = 0 must be a whole number from 1"),
        (USED, "{ from = 'time' }", r"\[voice\]: to = None must be a text"),
        (USED, "{ from = 'time', to = 'word', form = 'MM:SS' }", r"\[voice\]: unknown key 'form'"),
        ('[own]\ncolumn = "own"', "[own]\nout = 'own'", r"\[own\]: in = None must be a text"),
        (
            'column = "other"',
            "column = 'other'\nrewrite = [{ becomes = '1' }]",
            r"rewrite 1: begins = None must be a text",
        ),
        ('column = "other"', "column = 'other'\nrewrite = [{ from = '1' }]", r"rewrite 1: unknown key 'from'"),
        ("[own]", "[keep]\nword = { ends = ['x'] }\n[own]", r"\[keep\] \[word\]: unknown key 'ends'"),
        ("[own]", "[keep]\nword = { begins = [''] }\n[own]", r"\[keep\] \[word\]: write words = "),
        ("[own]", "[expect]\nword = '('\n[own]", r"\[expect\]: word = '\(' must be a regular expression"),
        ("[own]", "[answered]\nfilled = 'word'\ncolumn = 'word'\n[own]", r"\[answered\]: unknown key 'column'"),
        ("[own]", "[country]\nvalue = 'NLD'\n[own]", r"\[country\]: value = 'NLD' must be an ISO code"),
        ("[own]", "[direct]\n[own]", r"unknown key 'direct'"),
    ],
)
def test_what_a_mapping_cannot_mean_is_refused_by_file_section_and_key(old, new, sentence):
    toml = _base(old, new)
    if sentence is None:  # the control: a column that is not used need not be listed
        assert reader_of(Feed("x", "mapping", "*"), toml)
        return
    with pytest.raises(Refused, match=sentence) as refusal:
        reader_of(Feed("x", "mapping", "*", mapping="mappings/m.toml"), toml)
    assert str(refusal.value).startswith("mappings/m.toml")
