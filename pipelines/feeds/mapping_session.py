"""Section `[session]` of a mapping: rows that are parts of sessions (feeds.md 1.9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from belnota.errors import Refused
from belnota.settings import Feed
from belnota.tables.contract import SERVICES
from pipelines.feeds import options
from pipelines.feeds.mapping_table import Table

KEYS: Final = ("column", "values", "part", "services")
SILENCE: Final = "complete_after_hours"
_ROLES: Final = {"part": "usage", "last": "last"}


@dataclass(frozen=True)
class Session:
    """What tells the last part from the others (`values`: words to roles), if a column does.

    `part` are columns that together name one part of its session; none: its time, role and quantity. Rows of other
    `services` are whole calls.
    """

    column: str
    values: Mapping[str, str]
    part: tuple[str, ...]
    services: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the file must have."""
        return (self.column, *self.part)


def session_of(section: Table) -> Session:
    """Read the section; anything of a wrong kind is Refused by place and key."""
    column = section.text("column", "")
    if bool(column) != ("values" in section.raw):
        raise Refused(f"{section.where}: write both column and values, or neither: then only {SILENCE} ends a session")
    values = section.words("values", tuple(_ROLES)) if column else {}
    services = section.texts("services", may_be_empty=True) or tuple(SERVICES)
    if not set(services) <= set(SERVICES):
        raise section.wrong("services", f"of {', '.join(SERVICES)}")
    roles = {word: _ROLES[role] for word, role in values.items()}
    return Session(column, roles, section.texts("part", may_be_empty=True), services)


def check_silence(feed: Feed, session: Session | None) -> None:
    """Refuse an option that the mapping has no use for, and sessions that nothing would ever end."""
    hours = options.hours(feed, SILENCE)
    if hours is not None and session is None:
        raise Refused(f"feed {feed.name!r}: option {SILENCE} needs a section [session] in its mapping")
    if session and hours is None and "last" not in session.values.values():
        raise Refused(
            f"feed {feed.name!r}: nothing ends its sessions; name the last part in [session] of its mapping, or write "
            f"[feed.options] {SILENCE} = 6"
        )
