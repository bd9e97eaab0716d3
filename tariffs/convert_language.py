"""Read a mapping: every key is checked, every fault is kept with its line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any, Final

from belnota.errors import Refused
from belnota.money import ROUNDING_MODES
from tariffs.convert_mapping import (
    FIRST_INCREMENT,
    TARGETS,
    DeckMapping,
    Join,
    Money,
    Names,
    Skip,
    columns_of,
    template_of,
)
from tariffs.csv_lines import CsvStyle
from tariffs.deck import DeckRefused
from tariffs.toml_file import TomlFile

_FILE_KEYS: Final = (
    *("separator", "quote", "space_after_separator", "encoding", "decimal", "skip_lines"),
    *("columns", "ignored", "unusable"),
)
_TOP_KEYS: Final = (
    *("file", "columns", "constants", "values", "expect", "skip", "prefix", "money", "join", "table", "deck"),
)
_SKIP_KEYS: Final = ("column", "is", "is_not", "because")
_RATE: Final = re.compile(r"[0-9]{1,6}(\.[0-9]{1,10})?")
_NOT_ZERO: Final = re.compile(r"[1-9]")


def shipped() -> list[str]:
    """Return the names of the mappings that come with Belnota."""
    folder = resources.files("tariffs").joinpath("data", "mappings")
    return sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml"))


def load_mapping(wanted: str) -> DeckMapping:
    """Read a mapping: a file by its path, or one of `shipped` by its name; one with faults raises DeckRefused."""
    if wanted in shipped():
        content = resources.files("tariffs").joinpath("data", "mappings", f"{wanted}.toml").read_bytes()
        return read_mapping(content, f"{wanted}.toml", wanted)
    path = Path(wanted)
    if not path.is_file():
        raise Refused(f"there is no mapping {wanted}; give a TOML file, or one of {', '.join(shipped())}")
    return read_mapping(path.read_bytes(), wanted, path.stem)


def read_mapping(content: bytes, file: str, name: str) -> DeckMapping:
    """Read a mapping; one with faults raises DeckRefused with all of them."""
    toml = TomlFile.of(content, file)
    if not toml.faults:
        mapping = _mapping(toml, name)
    if toml.faults:
        raise DeckRefused(name, tuple(toml.faults), what="mapping")
    return mapping


def with_rate(mapping: DeckMapping, rate: str | None) -> DeckMapping:
    """Return the mapping with another exchange rate; Refused when it is no rate."""
    if rate is None:
        return mapping
    if not _is_rate(rate):
        raise Refused(f"exchange rate {rate}: write how many euros one {mapping.money.currency} is, such as 0.8612")
    return replace(mapping, money=replace(mapping.money, rate=rate))


def _mapping(toml: TomlFile, name: str) -> DeckMapping:
    values = toml.values
    toml.unknown_keys("", values, _TOP_KEYS)
    file, prefix = toml.table(values, "file"), toml.table(values, "prefix")
    toml.unknown_keys("file", file, _FILE_KEYS)
    toml.unknown_keys("prefix", prefix, ("drop", "add", "split"))
    expected = toml.table(values, "expect")
    translated = toml.table(values, "values")
    mapping = DeckMapping(
        name=name,
        file=toml.file,
        style=_style(toml, file),
        decimal=toml.choice("file", file, "decimal", (".", ",")),
        header=_texts(toml, "file", file, "columns"),
        ignored=_texts(toml, "file", file, "ignored"),
        unusable=toml.choice("file", file, "unusable", ("refuse", "skip")),
        columns={target: template_of(text) for target, text in _pairs(toml, "columns", values).items()},
        constants=_pairs(toml, "constants", values),
        values={column: _pairs(toml, column, translated, at=f"values.{column}") for column in translated},
        expect={column: _texts(toml, "expect", expected, column) for column in expected},
        skip=_skips(toml, values),
        drop_before_prefix=_texts(toml, "prefix", prefix, "drop"),
        add_before_prefix=_text(toml, "prefix", prefix, "add"),
        split_prefix=_text(toml, "prefix", prefix, "split"),
        money=_money(toml, toml.table(values, "money")),
        join=_join(toml, toml.table(values, "join")) if "join" in values else None,
        table=_names(toml, toml.table(values, "table")) if "table" in values else None,
        deck={"name": name} | toml.table(values, "deck"),
    )
    _target_faults(toml, mapping)
    _kind_faults(toml, mapping)
    return mapping


def _target_faults(toml: TomlFile, mapping: DeckMapping) -> None:
    """What each target says by itself, and beside the others."""
    for table, given in (("columns", mapping.columns), ("constants", mapping.constants)):
        toml.unknown_keys(table, dict(given), TARGETS)
    for target, template in mapping.columns.items():
        if not columns_of(template):
            toml.fault(
                "columns", target, template, 'write the name of a column, or a template such as "{country} {city}"'
            )
    for target in sorted(mapping.columns.keys() & mapping.constants.keys()):
        toml.fault("constants", target, mapping.constants[target], "this comes from a column already; drop one")
    if {FIRST_INCREMENT, "from_quantity"} <= mapping.columns.keys() | mapping.constants.keys():
        toml.fault("columns", FIRST_INCREMENT, None, "this makes rows with from_quantity itself; drop one of the two")
    for key in ("rows", "csv"):
        if key in mapping.deck:
            toml.fault("deck", key, mapping.deck[key], "the conversion writes this itself; drop it")


def _kind_faults(toml: TomlFile, mapping: DeckMapping) -> None:
    """A mapping reads prices with prefixes, or prices with names to join, or a table of prefixes."""
    if mapping.table:
        if mapping.columns or mapping.join:
            toml.fault("table", "", None, "a table of prefixes has no prices: drop [columns] and [join], or [table]")
        return
    wanted = {"price"} if mapping.join else {"price", "prefix"}
    for target in sorted(wanted - mapping.columns.keys() - mapping.constants.keys()):
        toml.fault("columns", target, None, f"say which column of the file is the {target}")
    if mapping.join and "prefix" in mapping.columns:
        toml.fault("columns", "prefix", mapping.columns["prefix"], "the prefix comes from [join]; drop one of the two")


def _style(toml: TomlFile, file: dict[str, Any]) -> CsvStyle:
    skipped = file.get("skip_lines", 0)
    if type(skipped) is not int or not 0 <= skipped <= 1000:
        toml.fault("file", "skip_lines", skipped, "write how many lines stand above the header, 0 to 1000")
        skipped = 0
    return CsvStyle(
        separator=toml.choice("file", file, "separator", (",", ";", "\t", "|")),
        quote=toml.choice("file", file, "quote", ('"', "'", "")),
        space_after_separator=toml.choice("file", file, "space_after_separator", (False, True)),
        encoding=toml.choice("file", file, "encoding", ("utf-8", "windows-1252", "iso-8859-15")),
        skip_lines=skipped,
    )


def _skips(toml: TomlFile, values: dict[str, Any]) -> tuple[Skip, ...]:
    listed = values.get("skip", [])
    if not isinstance(listed, list) or not all(isinstance(rule, dict) for rule in listed):
        toml.fault("", "skip", None, "write each rule as a table [[skip]]")
        return ()
    return tuple(_skip(toml, rule, number) for number, rule in enumerate(listed))


def _skip(toml: TomlFile, rule: dict[str, Any], number: int) -> Skip:
    toml.unknown_keys("skip", rule, _SKIP_KEYS, number)
    column, because = rule.get("column"), rule.get("because")
    if not isinstance(column, str) or not isinstance(because, str) or not because.strip():
        toml.fault("skip", "column", column, "write column = and because = (the reason, as a person says it)", number)
    if ("is" in rule) == ("is_not" in rule):
        toml.fault("skip", "is", None, "write is = [texts], or is_not = [texts]", number)
    key = "is" if "is" in rule else "is_not"
    return Skip(str(column), _texts(toml, "skip", rule, key), key == "is", str(because))


def _money(toml: TomlFile, money: dict[str, Any]) -> Money:
    toml.unknown_keys("money", money, ("currency", "rate", "rounding"))
    currency, rate = money.get("currency", "EUR"), money.get("rate")
    if not isinstance(currency, str) or not re.fullmatch(r"[A-Z]{3}", currency):
        toml.fault("money", "currency", currency, "write a currency of three letters, such as USD")
    if rate is not None and not _is_rate(rate):
        toml.fault("money", "rate", rate, f'write as text how many euros one {currency} is, such as rate = "0.8612"')
    return Money(str(currency), rate, toml.choice("money", money, "rounding", ROUNDING_MODES))


def _is_rate(rate: object) -> bool:
    return isinstance(rate, str) and bool(_RATE.fullmatch(rate) and _NOT_ZERO.search(rate))


def _join(toml: TomlFile, join: dict[str, Any]) -> Join:
    toml.unknown_keys("join", join, ("table", "name", "unmatched", "same"))
    for key in ("table", "name"):
        if not _text(toml, "join", join, key):
            toml.fault("join", key, None, "write table = the mapping of the file with prefixes, name = a column here")
    unmatched = toml.choice("join", join, "unmatched", ("refuse", "skip"))
    name = template_of(str(join.get("name", "?")))
    return Join(str(join.get("table")), name, unmatched, _pairs(toml, "same", join, at="join.same"))


def _names(toml: TomlFile, table: dict[str, Any]) -> Names:
    toml.unknown_keys("table", table, ("prefix", "names"))
    prefix, names = _text(toml, "table", table, "prefix"), _texts(toml, "table", table, "names")
    if not prefix or not names:
        toml.fault("table", "", None, 'write prefix = a column, and names = ["{a column}", …], the most exact first')
    return Names(template_of(prefix or "?"), tuple(template_of(name) for name in names))


def _pairs(toml: TomlFile, table: str, values: Mapping[str, Any], at: str = "") -> dict[str, str]:
    pairs = toml.table(dict(values), table)
    for key, value in pairs.items():
        if not isinstance(value, str):
            toml.fault(at or table, key, value, f'write it between quotes: "{value}"')
    return {key: str(value) for key, value in pairs.items()}


def _text(toml: TomlFile, table: str, values: Mapping[str, Any], key: str) -> str:
    value = values.get(key, "")
    if isinstance(value, str):
        return value
    toml.fault(table, key, value, "write text between quotes")
    return ""


def _texts(toml: TomlFile, table: str, values: Mapping[str, Any], key: str) -> tuple[str, ...]:
    listed = values.get(key, [])
    if isinstance(listed, list) and all(isinstance(text, str) for text in listed):
        return tuple(listed)
    toml.fault(table, key, listed, 'write a list of texts, such as ["a", "b"]')
    return ()
