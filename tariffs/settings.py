"""Read deck.toml: every key is checked, every fault is kept with its line (rating.md section 1)."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, Final
from zoneinfo import available_timezones

from belnota.money import ROUNDING_MODES
from belnota.tables.prices import MAX_BANDS, Band, DeckRules
from tariffs.deck import DeckSettings, Fault
from tariffs.toml_file import TomlFile

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOLIDAY: Final = "holiday"
SEPARATORS: Final = (",", ";", "\t")
_TOP_KEYS = ("name", "currency", "timezone", "base", "band_rule", "holidays", "rows", "rounding", "band", "csv")
_BAND_KEYS = ("name", "days", "from", "until", "except_holidays")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|(24):(00)")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def read_settings(content: bytes, file: str) -> tuple[DeckSettings, list[Fault]]:
    """Return what deck.toml says, with defaults where it is silent or wrong, and all its faults."""
    toml = TomlFile.of(content, file)
    if toml.faults:
        return DeckSettings(DeckRules("?")), toml.faults
    values = toml.values
    toml.unknown_keys("", values, _TOP_KEYS)
    toml.choice("", values, "currency", ("EUR",))
    csv = toml.table(values, "csv")
    toml.unknown_keys("csv", csv, ("separator", "decimal"))
    separator = toml.choice("csv", csv, "separator", SEPARATORS)
    decimal = toml.choice("csv", csv, "decimal", (".", ","))
    settings = DeckSettings(_rules(toml, values), _base(toml, values), separator, decimal, _rows(toml, values))
    return settings, toml.faults


def _rules(toml: TomlFile, values: dict[str, Any]) -> DeckRules:
    rounding = toml.table(values, "rounding")
    toml.unknown_keys("rounding", rounding, ("mode", "decimals"))
    return DeckRules(
        name=_name(toml, values),
        timezone=_timezone(toml, values),
        band_rule=toml.choice("", values, "band_rule", ("split", "start")),
        bands=_bands(toml, values),
        holidays=_holidays(toml, values),
        rounding=toml.choice("rounding", rounding, "mode", ROUNDING_MODES),
        decimals=_decimals(toml, rounding),
    )


def _name(toml: TomlFile, values: dict[str, Any]) -> str:
    name = values.get("name")
    if isinstance(name, str) and _NAME.fullmatch(name):
        return name
    toml.fault("", "name", name, "write a name of letters, digits, points and dashes, such as zakelijk-2026")
    return "?"


def _base(toml: TomlFile, values: dict[str, Any]) -> str | None:
    base = values.get("base")
    if base is None or (isinstance(base, str) and _NAME.fullmatch(base) and base != values.get("name")):
        return base
    toml.fault("", "base", base, "write the name of another price list")
    return None


def _rows(toml: TomlFile, values: dict[str, Any]) -> int | None:
    rows = values.get("rows")
    if rows is None or (type(rows) is int and rows > 0):
        return rows
    toml.fault("", "rows", rows, "write how many rows rates.csv has, without its header")
    return None


def _timezone(toml: TomlFile, values: dict[str, Any]) -> str:
    zone = values.get("timezone", "Europe/Amsterdam")
    if isinstance(zone, str) and zone in available_timezones():
        return zone
    toml.fault("", "timezone", zone, "write a name of the time zone database, such as Europe/Amsterdam")
    return "UTC"


def _decimals(toml: TomlFile, rounding: dict[str, Any]) -> int:
    decimals = rounding.get("decimals", 4)
    if type(decimals) is int and 0 <= decimals <= 6:
        return decimals
    toml.fault("rounding", "decimals", decimals, "write a whole number from 0 to 6")
    return 4


def _holidays(toml: TomlFile, values: dict[str, Any]) -> tuple[dt.date, ...]:
    listed = values.get("holidays", [])
    if not isinstance(listed, list):
        toml.fault("", "holidays", listed, 'write a list of dates, such as ["2026-12-25"]')
        return ()
    days = set()
    for value in listed:
        day = value if type(value) is dt.date else _day(value)
        if day is None:
            toml.fault("", "holidays", value, "write a date as 2026-12-25")
        else:
            days.add(day)
    return tuple(sorted(days))


def _day(value: object) -> dt.date | None:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        return None
    try:
        return dt.date.fromisoformat(value)
    except ValueError:
        return None


def _bands(toml: TomlFile, values: dict[str, Any]) -> tuple[Band, ...]:
    listed = values.get("band", [])
    if not isinstance(listed, list) or not all(isinstance(band, dict) for band in listed):
        toml.fault("", "band", None, "write each band as a table [[band]]")
        return ()
    if len(listed) > MAX_BANDS:
        toml.fault("", "band", len(listed), f"write at most {MAX_BANDS} bands")
        return ()
    bands = [_band(toml, band, number) for number, band in enumerate(listed)]
    for number, band in enumerate(bands):
        if band.name in {earlier.name for earlier in bands[:number]}:
            toml.fault("band", "name", band.name, "this name is already in use; give each band its own", number)
    return tuple(bands)


def _band(toml: TomlFile, band: dict[str, Any], number: int) -> Band:
    toml.unknown_keys("band", band, _BAND_KEYS, number)
    name = band.get("name")
    if not isinstance(name, str) or not name.strip() or name.strip() == "*":
        toml.fault("band", "name", name, "write a name; it may not be empty or *", number)
        name = "?"
    days = band.get("days", list(WEEKDAYS))
    if not isinstance(days, list) or not days or any(day not in (*WEEKDAYS, HOLIDAY) for day in days):
        toml.fault("band", "days", days, f"write a list out of {', '.join((*WEEKDAYS, HOLIDAY))}", number)
        days = list(WEEKDAYS)
    except_holidays = band.get("except_holidays", False)
    if not isinstance(except_holidays, bool):
        toml.fault("band", "except_holidays", except_holidays, "write true or false", number)
        except_holidays = False
    if except_holidays and HOLIDAY in days:
        toml.fault("band", "except_holidays", None, "the band names the day holiday and excepts it: drop one", number)
    return Band(
        name=name.strip(),
        weekdays=tuple(n for n, day in enumerate(WEEKDAYS, start=1) if day in days),
        on_holidays=HOLIDAY in days,
        except_holidays=except_holidays,
        from_minute=_minute(toml, band, "from", "00:00", number),
        until_minute=_minute(toml, band, "until", "24:00", number),
    )


def _minute(toml: TomlFile, band: dict[str, Any], key: str, default: str, number: int) -> int:
    value = band.get(key, default)
    match = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if match is None or (key == "from" and value == "24:00"):
        toml.fault("band", key, value, "write a time as 08:00 (until may be 24:00)", number)
        return 0
    return int(match[1] or match[3]) * 60 + int(match[2] or match[4])
