"""The FreePBX table: as CSV with and without header, and as a dump of MySQL."""

from __future__ import annotations

import datetime as dt

import pytest

from pipelines.feeds import FileRefused
from pipelines.feeds.freepbx_table import COLUMNS
from tests.lib.raw_builtin import (
    EPOCH,
    fault,
    freepbx_line,
    freepbx_values,
    one,
    quoted,
    read,
    sql_file,
    sql_line,
    sql_row,
)


def _utc(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=dt.UTC)  # type: ignore[misc, arg-type]


# --- CSV -----------------------------------------------------------------------------------------------------------


def test_a_call_was_answered_when_its_billsec_began():
    call = one(read("freepbx_csv", [freepbx_line(1)]))
    assert (call["answered_at"], call["quantity"]) == (_utc(2026, 10, 5, 10, 0, 5), 60)
    assert (call["key"], call["own_number"], call["dialled"]) == (f"{EPOCH}.1:1", "+31201234567", "0612345678")


def test_an_unanswered_row_keeps_the_start_and_has_no_quantity():
    call = one(read("freepbx_csv", [freepbx_line(1, disposition="NO ANSWER")]))
    assert (call["answered_at"], call["is_answered"], call["quantity"]) == (_utc(2026, 10, 5, 10), False, 0)


def test_a_header_names_the_columns_in_any_order():
    values = [freepbx_values(number) for number in (1, 2)]
    names = [*reversed(COLUMNS), "recording_size"]
    lines = [quoted(*names), *(quoted(*(row.get(name, "9") for name in names)) for row in values)]
    result = read("freepbx_csv", [*lines, lines[0]])
    plain = read("freepbx_csv", [freepbx_line(1), freepbx_line(2)])
    assert result.records.drop("raw_line", "line_number").equals(plain.records.drop("raw_line", "line_number"))
    assert result.framing_lines == 2


def test_a_header_without_a_needed_column_is_refused_by_name():
    names = [name for name in COLUMNS if name not in ("billsec", "uniqueid")]
    with pytest.raises(FileRefused, match=r"the header lacks billsec, uniqueid of the FreePBX table cdr"):
        read("freepbx_csv", [quoted(*names)])


def test_an_older_table_without_header_has_no_sequence():
    values = list(freepbx_values(1).values())
    call = one(read("freepbx_csv", [quoted(*values[:23], "0", "")]))  # 25 columns: the last two are not trusted
    assert call["key"] == f"{EPOCH}.1:PJSIP/provider-00000002"


@pytest.mark.parametrize(
    ("text", "order"),
    [("5/10/2026 12:00:00", "d/m/y"), ("05/10/2026 12:00:00", "d/m/y"), ("10/5/2026 12:00:00", "m/d/y")],
)
def test_dates_with_slashes_are_read_as_the_feed_says(text, order):
    call = one(read("freepbx_csv", [freepbx_line(1, calldate=text)], options={"dates": order}))
    assert call["answered_at"] == _utc(2026, 10, 5, 10, 0, 5)


def test_a_spreadsheets_hour_without_a_leading_zero_is_a_time():
    line = freepbx_line(1, calldate="5/10/2026 9:00:00", uniqueid=f"{EPOCH - 3 * 3600}.1")
    assert one(read("freepbx_csv", [line]))["answered_at"] == _utc(2026, 10, 5, 7, 0, 5)


@pytest.mark.parametrize("text", ["5/10/2026 12:00", "31/2/2026 12:00:00", "5/13/2026 12:00:00", "5-10-2026 12:00:00"])
def test_a_date_that_is_none_is_rejected_with_its_value(text):
    good = [freepbx_line(number, calldate="5/10/2026 12:00:00") for number in (2, 3, 4)]
    result = read("freepbx_csv", [freepbx_line(1, calldate=text), *good])
    assert result.rejects.select("line_number", "reason").rows() == [(1, "time")]
    assert result.records.height == 3


def test_days_and_months_that_are_swapped_refuse_the_file():
    lines = [freepbx_line(number, calldate="10/5/2026 12:00:00") for number in (1, 2, 3)]
    with pytest.raises(FileRefused, match=r'Set dates = "m/d/y"') as refusal:
        read("freepbx_csv", lines)
    assert refusal.value.reason == "dates"


def test_empty_rows_are_no_calls():
    empty = quoted("0000-00-00 00:00:00", *[""] * 8, "0", "0", "", "0", *[""] * 13)
    bare = "," * 25
    result = read("freepbx_csv", [freepbx_line(1), empty, empty, bare])
    assert (result.records.height, result.filtered_lines, result.rejects.height) == (1, 3, 0)


def test_an_empty_row_with_seconds_is_rejected_and_not_filtered():
    row = quoted("0000-00-00 00:00:00", *[""] * 8, "30", "30", "ANSWERED", "3", *[""] * 13)
    assert fault(read("freepbx_csv", [row]))[0] in {"own_number", "time"}


def test_the_words_of_a_database_for_nothing_are_nothing():
    call = one(read("freepbx_csv", [freepbx_line(1, did="NULL", linkedid="\\N")]))
    assert call["direction"] == "out"


def test_a_call_with_a_did_is_received_on_it():
    line = freepbx_line(1, did="0201234567", src="0301112223", dst="600", dcontext="ext-group")
    call = one(read("freepbx_csv", [line]))
    assert (call["direction"], call["own_number"], call["other_number"]) == ("in", "+31201234567", "+31301112223")


@pytest.mark.parametrize(("own", "number"), [("cnum", "201"), ("outbound_cnum", "+31207654321"), ("src", "?x")])
def test_our_number_stands_where_the_feed_says(own, number):
    line = freepbx_line(1, src="x", outbound_cnum="0207654321")
    assert one(read("freepbx_csv", [line], options={"own": own}))["own_number"] == number


def test_billsec_longer_than_the_call_is_rejected():
    reason, detail = fault(read("freepbx_csv", [freepbx_line(1, duration="59")]))
    assert (reason, "59" in detail) == ("range", True)


def test_a_caller_name_with_quotes_and_commas_shifts_nothing():
    line = freepbx_line(1, clid='""Vries, ""Piet"" de"" <201>')
    assert one(read("freepbx_csv", [line]))["dialled"] == "0612345678"


# --- SQL -----------------------------------------------------------------------------------------------------------


def test_one_row_per_statement_keeps_the_lines_of_the_file():
    result = read("freepbx_sql", sql_file())
    assert result.records["line_number"].to_list() == [29, 30, 31, 32, 33]
    assert (result.lines, result.framing_lines) == (33, 28)
    csv = read("freepbx_csv", [freepbx_line(number) for number in range(1, 6)])
    assert result.records.drop("raw_line", "line_number").equals(csv.records.drop("raw_line", "line_number"))


@pytest.mark.parametrize(
    "rows",
    [
        ["INSERT INTO `cdr` VALUES " + ",".join(sql_row(number) for number in range(1, 6)) + ";"],
        ["INSERT INTO cdr VALUES", *(f"{sql_row(number)}," for number in range(1, 5)), sql_row(5) + ";"],
        [f"INSERT IGNORE INTO `asteriskcdrdb`.`cdr` VALUES {sql_row(1)},{sql_row(2)};"]
        + [sql_line(number) for number in (3, 4, 5)],
        [f"REPLACE INTO `cdr` (`{'`,`'.join(COLUMNS)}`) VALUES {sql_row(number)};" for number in range(1, 6)],
    ],
    ids=["mysqldump", "phpMyAdmin", "with the database", "with columns"],
)
def test_every_way_of_dumping_gives_the_same_calls(rows):
    result = read("freepbx_sql", sql_file(rows))
    good = read("freepbx_sql", sql_file())
    assert result.records.drop("raw_line", "line_number").equals(good.records.drop("raw_line", "line_number"))
    assert result.records["line_number"].is_unique().all()


def test_a_statement_of_many_rows_on_one_line_is_read():
    line = "INSERT INTO `cdr` VALUES " + ",".join(sql_row(number) for number in range(2000)) + ";"
    assert len(line) > 1 << 18
    assert read("freepbx_sql", [line]).records.height == 2000


def test_rows_after_a_long_statement_move_down():
    two = "INSERT INTO `cdr` VALUES " + sql_row(1) + "," + sql_row(2) + ";"
    result = read("freepbx_sql", [two, "INSERT INTO `cdr` VALUES (1,", sql_line(3)])
    assert result.records["line_number"].to_list() == [1, 2, 4]
    assert result.rejects.select("line_number", "reason").rows() == [(3, "quoting")]
    assert result.lines == 4


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r"O\'Neil", "O'Neil"),
        ("O''Neil", "O'Neil"),
        (r"a\"b", 'a"b'),
        (r"C:\\new", "C:\\new"),
        (r"\\\\\'", "\\\\'"),
        ("(1,2),(3", "(1,2),(3"),
        (r"50\%", "50%"),
    ],
)
def test_escapes_of_mysql_are_undone(written, meant):
    call = one(read("freepbx_sql", [sql_line(1, dst=written)]))
    assert call["dialled"] == meant


def test_an_escaped_line_end_in_a_used_value_is_rejected():
    assert fault(read("freepbx_sql", [sql_line(1, dst=r"06\n12")]))[0] == "control_characters"
    assert read("freepbx_sql", [sql_line(1, clid=r"Piet\n")]).records.height == 1


@pytest.mark.parametrize(
    "row",
    [
        sql_row(1).replace("'0612345678'", "'06'12345678'"),
        sql_row(1).replace("'0612345678'", "'0612345678"),
        sql_row(1).replace("'0612345678'", "NOW()"),
        sql_row(1).replace("'0612345678'", "0x3036"),
        sql_row(1).replace("'0612345678'", r"'0612345678\'"),
        sql_row(1) + "; DROP TABLE cdr",
    ],
    ids=["quote inside", "open quote", "function", "hexadecimal", "escaped end", "second statement"],
)
def test_what_mysql_would_not_dump_is_rejected_whole(row):
    result = read("freepbx_sql", [f"INSERT INTO `cdr` VALUES {row};", sql_line(2)])
    assert result.rejects.select("line_number", "reason").rows() == [(1, "quoting")]
    assert result.records["line_number"].to_list() == [2]


def test_a_row_with_another_number_of_values_is_rejected_alone():
    rows = [sql_row(1), sql_row(2).replace(", '0612345678'", ""), sql_row(3)]
    result = read("freepbx_sql", ["INSERT INTO `cdr` VALUES " + ",".join(rows) + ";"])
    assert result.rejects.select("line_number", "reason").rows() == [(2, "columns")]
    assert result.records["line_number"].to_list() == [1, 3]


def test_rows_of_other_tables_are_filtered():
    result = read(
        "freepbx_sql", ["INSERT INTO `cel` VALUES (1,'x'),(2,'y');", sql_line(1), "INSERT INTO `cel` VALUES (3);"]
    )
    assert (result.records.height, result.filtered_lines) == (1, 2)


def test_a_dump_without_the_table_is_refused_and_says_what_it_has():
    with pytest.raises(FileRefused, match=r"no INSERT INTO cdr here; tables that have one: cel, users"):
        read("freepbx_sql", ["INSERT INTO `cel` VALUES (1);", "INSERT INTO users VALUES (1);"])


def test_columns_come_from_the_create_table_of_the_file():
    names = list(reversed(COLUMNS))
    values = freepbx_values(1)
    row = ", ".join(f"'{values[name]}'" for name in names)
    lines = ["CREATE TABLE IF NOT EXISTS `cdr` (", *(f"  `{name}` text," for name in names), ");"]
    call = one(read("freepbx_sql", [*lines, f"INSERT INTO `cdr` VALUES ({row});"]))
    assert (call["dialled"], call["quantity"]) == ("0612345678", 60)


def test_a_line_end_inside_a_text_loses_no_line():
    first, second = sql_line(1).split("Piet")
    result = read("freepbx_sql", [first + "Piet", second.strip(), sql_line(2)])
    assert result.rejects.select("line_number", "reason").rows() == [(1, "quoting"), (2, "quoting")]
    assert result.records["line_number"].to_list() == [3]


@pytest.mark.parametrize("spoil", ["xINSERT", "INSRT", "\x07INSERT", "INSERT\x07"])
@pytest.mark.parametrize("before", ["UNLOCK TABLES;", "INSERT INTO `cel` VALUES (1);", "-- a comment", "SET a = 1;"])
def test_rows_behind_a_spoilt_word_do_not_vanish(spoil, before):
    first = f"{spoil} INTO `cdr` VALUES"
    result = read("freepbx_sql", [sql_line(1), before, first, sql_row(2) + ",", sql_row(3) + ";", sql_line(4)])
    assert result.records["line_number"].to_list() == [1, 6]
    assert result.rejects["line_number"].to_list() == [3, 4, 5]
    alone = read("freepbx_sql", [sql_line(1), before, f"{first} {sql_row(2)};"])
    assert alone.rejects["line_number"].to_list() == [3]


def test_a_spoilt_row_of_a_statement_leaves_the_others():
    rows = ["INSERT INTO `cdr` VALUES", sql_row(1) + ",", sql_row(2, clid="\x07") + ",", sql_row(3) + ";"]
    result = read("freepbx_sql", rows)
    assert result.records["line_number"].to_list() == [2, 4]
    assert result.rejects.select("line_number", "reason").rows() == [(3, "control_characters")]


def test_comments_and_tables_around_the_rows_are_framing():
    around = [
        "-- phpMyAdmin SQL Dump",
        "/*!40101 SET NAMES utf8 */;",
        'SET SQL_MODE = "NO_AUTO_VALUE_ON_ZERO";',
        "CREATE TABLE `other` (",
        "  `id` int NOT NULL",
        ")",
        "PARTITION BY RANGE (id)",
        "(PARTITION p0 VALUES LESS THAN (10));",
        sql_line(1),
        "ALTER TABLE `cdr`",
        "  ADD KEY `calldate` (`calldate`);",
        "COMMIT;",
    ]
    result = read("freepbx_sql", around)
    assert (result.records.height, result.framing_lines, result.rejects.height) == (1, 11, 0)
