"""One made-up call, message or data session, before it is written in some switch's layout."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from typing import Final

from belnota.periods import ZONE

SEED: Final = "belnota demo 2026"
FIRST_DAY: Final = dt.date(2026, 9, 1)
END_DAY: Final = dt.date(2026, 11, 1)
_LONGEST_SHORT_CODE = 6  # 116 000


@dataclass(frozen=True, slots=True, order=True)
class DemoCall:
    """A call as it happened; a layout decides how much of it a file can say.

    `answered_at` is the instant (UTC) of answer, or of the attempt when `answered` is false. `quantity` is seconds,
    messages or bytes; for an unanswered attempt it is what a careless exchange still counts as billed.
    `other` is a canonical number, an extension, `anonymous`, or empty for data.
    """

    answered_at: dt.datetime
    feed: str
    own: str
    other: str
    quantity: int
    service: str = "voice"
    direction: str = "out"
    answered: bool = True
    country: str = "NL"

    @property
    def local(self) -> dt.datetime:
        return self.answered_at.astimezone(ZONE)


def instant(local: str, *, second_time: bool = False) -> dt.datetime:
    """Return the instant (UTC) of a local wall time; `second_time` picks the later one in the night of 25 October."""
    wall = dt.datetime.fromisoformat(local).replace(tzinfo=ZONE, fold=int(second_time))
    return wall.astimezone(dt.UTC)


def dice(*subject: object) -> random.Random:
    """Return chance that depends on its subject only, so that changing one line's traffic leaves all others alone."""
    return random.Random(":".join([SEED, *map(str, subject)]))  # noqa: S311 - made-up traffic needs no secrecy


def dialled(number: str, *, abroad: str = "00") -> str:
    """Return a canonical number as a Dutch caller dials it: +31201234567 as 0201234567, +31112 as 112."""
    if number.startswith("+31"):
        rest = number.removeprefix("+31")
        return rest if len(rest) <= _LONGEST_SHORT_CODE else "0" + rest
    return abroad + number[1:] if number.startswith("+") else number
