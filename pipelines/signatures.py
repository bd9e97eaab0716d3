"""Who decides and why, in words that an auditor can read years later."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa

from belnota.errors import Refused
from belnota.store.schema import events

_MOST_TEXT: Final = 200


def signed(option: str, text: str) -> str:
    """Return a name or reason as it is kept; Refused when it is empty, too long or not plain text on one line."""
    clean = text.strip()
    if not clean or len(clean) > _MOST_TEXT or not clean.isprintable():
        raise Refused(f"{option} {clean[:40]!r}: write 1 to {_MOST_TEXT} characters on one line")
    return clean


def note(tx: sa.Connection, action: str, subject: str, actor: str, detail: Mapping[str, Any], *, at: Any) -> None:
    """Leave what was done in the audit trail."""
    text = json.dumps(dict(detail), sort_keys=True)
    tx.execute(sa.insert(events).values(at=at, actor=actor, action=action, subject=subject, detail=text))
