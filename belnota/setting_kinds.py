"""Kinds of settings: what a value must be beyond a text or a number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any


@dataclass(frozen=True)
class Right:
    """What a value must be beyond its kind: a test, and the words after "must be"."""

    holds: Callable[[Any], bool]
    said: str


AtLeastOne = Annotated[int, Right(lambda number: number >= 1, "a whole number of at least 1")]
NotNegative = Annotated[int, Right(lambda number: number >= 0, "a whole number of at least 0")]
PerMille = Annotated[int, Right(lambda number: 0 <= number <= 1000, "a whole number from 0 to 1000")]
