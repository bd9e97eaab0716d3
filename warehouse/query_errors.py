"""What is wrong with a query, in plain words: the nearest names, where DuckDB has only its own sentences."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Final

import duckdb

_NO_COLUMN = re.compile(r'[Cc]olumn "([^"]+)" not found|does not have a column named "([^"]+)"')
_NO_TABLE = re.compile(r"Table with name (\S+) does not exist")
_NO_FUNCTION = re.compile(
    r"(?:Table|Scalar|Aggregate)? ?(?:Function|Macro) with name (\S+) does not exist", re.IGNORECASE
)
_WRONG_CALL = re.compile(r"Macro (\w+)\(\) does not support")
_FORBIDDEN = re.compile(r'Cannot access (?:file|directory) "([^"]*)"')
_EXTENSION = re.compile(r'"(\w+)" is not in the catalog, but it exists in the \w+ extension')
_NO_MATCH = re.compile(r"No function matches the given name and argument types '([^']+)'")
_KIND = re.compile(r"^[A-Z][A-Za-z ]+ Error: ")
_BROKEN = re.compile(r"(syntax error at or near .*)", re.DOTALL)
_SIDES = re.compile(r'(?<!["\w.])(?:left|right)(?!["\w]|\s*\(|\s+(?:\w+\s+)?join)', re.IGNORECASE)
_MOST: Final = 4


def plain_words(error: duckdb.Error, connection: duckdb.DuckDBPyConnection, sql: str) -> str:
    """Return what is wrong and what would be right; the connection has the published file as its database."""
    said = _KIND.sub("", str(error)).strip()
    for pattern, told in _KNOWN:
        found = pattern.search(said)
        if found:
            name = next(group for group in found.groups() if group is not None)
            return told(name, connection, sql)
    return f"this query cannot be answered: {said}"


def _column(name: str, connection: duckdb.DuckDBPyConnection, sql: str) -> str:
    asked = {word.lower() for word in re.findall(r"\w+\.\w+", sql)}
    rows = connection.sql("select view, column_name, description from meta.columns").fetchall()
    of_views = [row for row in rows if row[0] in asked] or rows
    meant = {column: description for _, column, description in of_views}
    near = [f"{column} ({meant[column]})" for column in _near(name, meant)]
    views = sorted({view for view, _, _ in rows} & asked)
    listed = f"from columns_of('{views[0]}')" if views else "from find_column('word')"
    return f"there is no column {name}; {_nearest(near, listed)}"


def _table(name: str, connection: duckdb.DuckDBPyConnection, _sql: str) -> str:
    views = [view for (view,) in connection.sql("select view from meta.views").fetchall()]
    bare = name.rpartition(".")[2].strip('"').lower()
    same = [view for view in views if view.rpartition(".")[2] == bare]
    if same:
        return f"write the schema with the name: {' or '.join(same)}"
    by_name = {view.rpartition(".")[2]: view for view in reversed(views)}
    near = [view for close in _near(bare, by_name) for view in views if view.rpartition(".")[2] == close]
    return f"there is no table or view {name}; {_nearest(near, 'from meta.views')}"


def _function(name: str, connection: duckdb.DuckDBPyConnection, _sql: str) -> str:
    known = "select distinct function_name from duckdb_functions() where function_name ~ '^[a-z_0-9]+$'"
    ours = dict(connection.sql("select name, parameters from meta.macros").fetchall())
    near = [ours.get(close, close) for close in _near(name, [row[0] for row in connection.sql(known).fetchall()])]
    return f"there is no function {name}; {_nearest(near, 'from meta.macros')}"


def _call(name: str, connection: duckdb.DuckDBPyConnection, _sql: str) -> str:
    ours = dict(connection.sql("select name, parameters from meta.macros").fetchall())
    return f"{name} is called as {ours.get(name, f'{name}(…), with other arguments')}"


def _file(name: str, _connection: duckdb.DuckDBPyConnection, _sql: str) -> str:
    return f"{name} is not part of what is published, and nothing else can be read here; from meta.views lists what is"


def _extension(name: str, _connection: duckdb.DuckDBPyConnection, _sql: str) -> str:
    return f"{name} needs an extension of DuckDB that is not here, and none can be loaded"


def _no_match(call: str, _connection: duckdb.DuckDBPyConnection, _sql: str) -> str:
    return f"{call} does not exist: this function takes other types; cast the value first, as in value::bigint"


def _syntax(told: str, _connection: duckdb.DuckDBPyConnection, sql: str) -> str:
    sides = '\nleft and right are words of SQL: as columns write "left" and "right"' if _SIDES.search(sql) else ""
    return f"this query cannot be answered: {told}{sides}"


_KNOWN: Final[tuple[tuple[re.Pattern[str], Callable[[str, duckdb.DuckDBPyConnection, str], str]], ...]] = (
    (_NO_COLUMN, _column),
    (_NO_TABLE, _table),
    (_NO_FUNCTION, _function),
    (_WRONG_CALL, _call),
    (_FORBIDDEN, _file),
    (_EXTENSION, _extension),
    (_NO_MATCH, _no_match),
    (_BROKEN, _syntax),
)


def _near(name: str, known: Iterable[str]) -> list[str]:
    return get_close_matches(name.lower(), sorted(known), n=_MOST, cutoff=0.6)


def _nearest(near: list[str], listed: str) -> str:
    return f"nearest: {', '.join(near)}; all of them: {listed}" if near else f"{listed} lists what there is"
