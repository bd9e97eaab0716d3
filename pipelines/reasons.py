"""Why a call costs nothing, in words; why one has no price stands in suspense_list.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

FREE: Final[Mapping[str, str]] = {
    "not_answered": "nobody answered, or nothing was used: that costs nothing, no fee either, and uses no bundle",
    "internal": "a call to an extension of the same exchange costs nothing and uses no bundle",
    "too_short": "it is shorter than the free_below of its price row: that costs nothing and uses no bundle",
    "written_off": "it had no price and was written off: it costs nothing, uses no bundle and is on no invoice",
}
"""Reason of a free call -> what it means."""
