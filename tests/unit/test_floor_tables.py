"""Tables as declared: their schema, and what dataframely refuses in their name."""

from __future__ import annotations

import subprocess
import sys

import polars as pl
import pytest
from dataframely.exc import SchemaError, ValidationError

from belnota import tables
from belnota.tables.contract import (
    Bool,
    Date,
    Datetime,
    Enum,
    Int64,
    List,
    String,
    Table,
    description_of,
    empty,
    rule,
    schema_of,
)

ALL = [
    table for name in tables.__all__ if isinstance(table := getattr(tables, name), type) and issubclass(table, Table)
]


class Animal(Table):
    name = String(primary_key=True, min_length=2)
    legs = Int64(min=0, max=8)


class Dog(Animal):
    size = Enum(["small", "large"])
    born_on = Date(nullable=True)
    seen_at = Datetime(nullable=True)
    is_good = Bool()
    tricks = List(String())

    @rule
    def a_dog_has_at_most_four_legs(cls) -> pl.Expr:
        return pl.col("legs") <= 4


def dogs(**changed):
    row = {"name": "Rex", "legs": 4, "size": "small", "born_on": None, "seen_at": None, "is_good": True, "tricks": []}
    columns = {name: changed.get(name, [value]) for name, value in row.items()}
    height = max(len(values) for values in columns.values())
    columns = {name: values * height if len(values) < height else values for name, values in columns.items()}
    return pl.DataFrame(columns, schema=schema_of(Dog))


def test_a_table_has_its_columns_after_those_of_its_base():
    assert schema_of(Dog) == {
        "name": pl.String(),
        "legs": pl.Int64(),
        "size": pl.Enum(["small", "large"]),
        "born_on": pl.Date(),
        "seen_at": pl.Datetime("us", "UTC"),
        "is_good": pl.Boolean(),
        "tricks": pl.List(pl.String()),
    }
    assert list(Animal.columns()) == ["name", "legs"]
    assert Dog.primary_key() == ["name"]
    assert empty(Dog).schema == schema_of(Dog)


def test_right_rows_pass_without_what_the_table_does_not_name():
    checked = Dog.validate(dogs().with_columns(colour=pl.lit("brown")))
    assert checked.equals(dogs())
    assert Dog.validate(dogs().lazy()).collect().equals(dogs())


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"legs": [6]}, "a_dog_has_at_most_four_legs"),
        ({"legs": [-1]}, "min"),
        ({"legs": [None]}, "nullability"),
        ({"name": ["R"]}, "min_length"),
        ({"name": ["Rex", "Rex"]}, "primary_key"),
    ],
)
def test_a_row_that_breaks_a_limit_or_a_rule_is_refused_by_its_name(changed, told):
    with pytest.raises(ValidationError, match=told):
        Dog.validate(dogs(**changed))
    with pytest.raises(pl.exceptions.ComputeError, match=told):
        Dog.validate(dogs(**changed).lazy()).collect()


def test_a_column_of_another_type_or_none_at_all_is_refused():
    with pytest.raises(SchemaError, match="legs"):
        Dog.validate(dogs().with_columns(pl.col("legs").cast(pl.Int32)))
    with pytest.raises(SchemaError, match="tricks"):
        Dog.validate(dogs().drop("tricks"))
    assert Dog.validate(dogs().with_columns(pl.col("legs").cast(pl.Int32)), cast=True).equals(dogs())


@pytest.mark.parametrize("table", ALL, ids=lambda table: table.__name__)
def test_every_table_takes_no_rows_and_says_what_each_column_means(table):
    assert table.validate(empty(table)).schema == schema_of(table)
    assert all(description_of(table, column) for column in table.columns())


def test_a_schema_is_known_without_the_library_that_checks_rows():
    code = "import sys; from belnota.tables import RatedCall, schema_of; schema_of(RatedCall)"
    code += "; print(sorted({'dataframely', 'numpy', 'sqlalchemy'} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"
