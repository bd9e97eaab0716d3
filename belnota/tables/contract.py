"""How a table is declared: columns with type, limits and meaning, and rules that are business sentences.

A declaration knows its Polars schema by itself. Rows are checked by dataframely, which is imported when rows are
first checked: it brings numpy and SQLAlchemy, and `belnota rate` only asks for schemas.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from types import new_class
from typing import Any, ClassVar, TypeVar

import polars as pl

SERVICES = ["voice", "sms", "data"]
DIRECTIONS = ["out", "in"]
ROW_GROUP = 400_000
"""Rows of a row group of a Parquet file, and of a batch that is rated, so that a batch is read by decoding just one."""
Rows = TypeVar("Rows", pl.DataFrame, pl.LazyFrame)


class Column:
    """One column of a table; each kind takes the limits of dataframely's column of the same name."""

    dtype: pl.DataType

    def __init__(
        self,
        *,
        nullable: bool = False,
        primary_key: bool = False,
        metadata: dict[str, Any] | None = None,
        **limits: Any,
    ) -> None:
        self.nullable = nullable
        self.primary_key = primary_key
        self.metadata = metadata or {}
        self._limits = limits

    def checker(self) -> Any:
        """Return dataframely's column with the same limits."""
        import dataframely as dy  # noqa: PLC0415  # see above

        flags = {"nullable": self.nullable, "primary_key": self.primary_key, "metadata": self.metadata}
        return getattr(dy, type(self).__name__)(**self._shape(), **flags, **self._limits)

    def _shape(self) -> dict[str, Any]:
        return {}


class String(Column):
    dtype = pl.String()


class Int64(Column):
    dtype = pl.Int64()


class Bool(Column):
    dtype = pl.Boolean()


class Date(Column):
    dtype = pl.Date()


class Datetime(Column):
    """An instant: everything in tables is microseconds in UTC."""

    dtype = pl.Datetime("us", "UTC")

    def _shape(self) -> dict[str, Any]:
        return {"time_unit": "us", "time_zone": "UTC"}


class Enum(Column):
    def __init__(self, categories: Sequence[str], **options: Any) -> None:
        super().__init__(**options)
        self.categories = list(categories)
        self.dtype = pl.Enum(self.categories)

    def _shape(self) -> dict[str, Any]:
        return {"categories": self.categories}


class List(Column):
    def __init__(self, inner: Column, **options: Any) -> None:
        super().__init__(**options)
        self._inner = inner
        self.dtype = pl.List(inner.dtype)

    def _shape(self) -> dict[str, Any]:
        return {"inner": self._inner.checker()}


class Rule:
    """A sentence that holds for every row; null counts as true."""

    def __init__(self, holds: Callable[[Any], pl.Expr]) -> None:
        self.holds = holds


def rule(holds: Callable[[Any], pl.Expr]) -> Rule:
    """Mark a method of a table, which takes the table and returns a Boolean expression, as a rule; its name says it."""
    return Rule(holds)


class Table:
    """A table: the attributes of a subclass that are columns, in order, after those of its base."""

    _members: ClassVar[dict[str, Any]] = {}

    def __init_subclass__(cls) -> None:
        own = {name: value for name, value in vars(cls).items() if isinstance(value, Column | Rule)}
        cls._members = cls._members | own

    @classmethod
    def columns(cls) -> dict[str, Column]:
        return {name: member for name, member in cls._members.items() if isinstance(member, Column)}

    @classmethod
    def rules(cls) -> dict[str, Rule]:
        return {name: member for name, member in cls._members.items() if isinstance(member, Rule)}

    @classmethod
    def primary_key(cls) -> list[str]:
        return [name for name, column in cls.columns().items() if column.primary_key]

    @classmethod
    def validate(cls, rows: Rows, *, cast: bool = False) -> Rows:
        """Return exactly the columns of the table, checked: dataframely.exc.ValidationError or SchemaError otherwise.

        A lazy frame is checked when it is collected, and then fails with polars.exceptions.ComputeError.
        """
        checked: Rows = _checker(cls).validate(rows, cast=cast)  # type: ignore[arg-type]  # classes are hashable
        return checked


@cache
def _checker(table: Any) -> Any:
    """Return the dataframely schema of a table."""
    import dataframely as dy  # noqa: PLC0415  # see above

    columns = {name: column.checker() for name, column in table.columns().items()}
    rules = {name: dy.rule()(rule.holds) for name, rule in table.rules().items()}
    return new_class(table.__name__, (dy.Schema,), exec_body=lambda body: body.update(columns | rules))


def described(text: str) -> dict[str, Any]:
    """Return column metadata with the description that docs and DuckDB comments show."""
    return {"description": text}


def description_of(table: type[Table], column: str) -> str:
    """Return what a column means; every column of every contract has one (a test holds this)."""
    return str(table.columns()[column].metadata["description"])


def schema_of(table: type[Table]) -> pl.Schema:
    """Return the Polars schema of a contract."""
    return pl.Schema({name: column.dtype for name, column in table.columns().items()})


def empty(table: type[Table]) -> pl.DataFrame:
    """Return a table without rows."""
    return pl.DataFrame(schema=schema_of(table))
