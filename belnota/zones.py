"""Names of time zones that mean a place, and that mean the same to Python and to Polars.

Python also takes `localtime` and `Factory`, and on many machines `posix/…` and `right/…`, which Polars does not: one
such name in a row of a raw file would break the reading of all its rows.
"""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_OF_PYTHON_ONLY: Final = ("Factory", "localtime")
_VARIANTS: Final = ("posix/", "right/")


def is_zone(name: str) -> bool:
    """Tell whether there is a time zone of this name.

    >>> [is_zone(name) for name in ("Europe/Amsterdam", "UTC", "Europe/Nowhere", "localtime", "../UTC")]
    [True, True, False, False, False]
    """
    if name in _OF_PYTHON_ONLY or name.startswith(_VARIANTS):
        return False
    try:
        return bool(ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
