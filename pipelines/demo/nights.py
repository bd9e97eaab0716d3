"""The nights that the demo runs."""

from __future__ import annotations

import datetime as dt

_NIGHTS = (
    (9, 14),
    (9, 21),
    (9, 28),
    (10, 1),  # all of September is in, but one wholesale file does not add up …
    (10, 2),  # … its correct re-send is; September is closed after this night
    (10, 6),  # a September file has come late
    (10, 12),
    (10, 19),
    (10, 26),  # the night after the clock went back
    (11, 1),  # all of October is in; it is closed after this night
)


def nights() -> list[dt.date]:
    """Return the dates of the nightly runs, in order: weekly, and around each close and each surprise.

    Arrivals with `arrives_on <= night` are put in the inbox before that night runs.
    """
    return [dt.date(2026, month, day) for month, day in _NIGHTS]
