"""The options of a feed (`[feed.options]` in belnota.toml), checked before any file is opened."""

from __future__ import annotations

from collections.abc import Iterable

from belnota.errors import Refused
from belnota.money import ROUNDING_MODES, RoundingMode
from belnota.settings import Feed

_MOST_HOURS = 24 * 366


def only(feed: Feed, known: Iterable[str]) -> None:
    """Refuse options that the feed's format does not have, by name."""
    allowed = sorted(known)
    for key in feed.options:
        if key not in allowed:
            have = f"known are {', '.join(allowed)}" if allowed else "this format has none"
            raise Refused(f"feed {feed.name!r}: unknown option {key!r} for format {feed.format}; {have}")


def choice(feed: Feed, key: str, choices: tuple[str, ...]) -> str:
    """Return an option that is one of several words; the first one is the default."""
    value = feed.options.get(key, choices[0])
    if value not in choices:
        raise Refused(f"feed {feed.name!r}: option {key} = {value!r} must be one of {', '.join(choices)}")
    return str(value)


def words(feed: Feed, key: str) -> list[str]:
    """Return an option that is a list of texts; the default is none."""
    value = feed.options.get(key, [])
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise Refused(f"feed {feed.name!r}: option {key} = {value!r} must be a list of texts")
    return [str(word) for word in value]


def hours(feed: Feed, key: str) -> int | None:
    """Return an option that is a whole number of hours, from 1; none when it is not given."""
    value = feed.options.get(key)
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= _MOST_HOURS):
        raise Refused(
            f"feed {feed.name!r}: option {key} = {value!r} must be a whole number of hours from 1 to {_MOST_HOURS}"
        )
    return value


def rounding(feed: Feed) -> RoundingMode:
    """Return how parts of a second become whole seconds (option `seconds`, default `up`: a started second counts)."""
    value = feed.options.get("seconds", "up")
    for mode in ROUNDING_MODES:
        if value == mode:
            return mode
    raise Refused(f"feed {feed.name!r}: option seconds = {value!r} must be one of {', '.join(ROUNDING_MODES)}")
