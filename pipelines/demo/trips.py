"""Who is abroad with a mobile phone, and when: roaming in the EU and in the rest of the world."""

from __future__ import annotations

import datetime as dt
from typing import Final

_TRIPS: Final = (
    # number, first day, last day, country of the serving network
    ("+31600000301", "2026-09-07", "2026-09-11", "PL"),
    ("+31600000301", "2026-10-05", "2026-10-17", "PL"),
    ("+31600000401", "2026-09-14", "2026-09-18", "GB"),
    ("+31600000401", "2026-10-19", "2026-10-23", "US"),
    ("+31600000402", "2026-10-05", "2026-10-09", "DE"),
    ("+31600000402", "2026-10-12", "2026-10-13", "CH"),
    ("+31600000403", "2026-09-21", "2026-09-25", "IE"),
    ("+31600000702", "2026-09-02", "2026-09-04", "BE"),
    ("+31600000703", "2026-10-14", "2026-10-16", "FR"),
    ("+31600000704", "2026-09-22", "2026-09-24", "DE"),
    ("+31600000704", "2026-10-20", "2026-10-22", "UA"),
)


def country_of(number: str, day: dt.date) -> str:
    """Return the upper-case ISO code of the country that a mobile number is in on a day."""
    for traveller, first, last, country in _TRIPS:
        if number == traveller and first <= day.isoformat() <= last:
            return country
    return "NL"
