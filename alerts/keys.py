"""The identity of a warning or a mail, as one text: what is equal here is never sent twice."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import quote

_UNSAFE_IN_FILE_NAMES = re.compile(r"[^A-Za-z0-9@.+-]+")
_UNSAFE_IN_MESSAGE_IDS = re.compile(r"[^A-Za-z0-9-]+")


def key_of(*parts: str | int) -> str:
    """Join the parts of an identity; a `|` inside a part is escaped, so different parts never make the same key.

    >>> key_of("bundle", "data@S1", "2026-10", 80), key_of("a|b"), key_of("a", "b")
    ('bundle|data@S1|2026-10|80', 'a%7Cb', 'a|b')
    """
    return "|".join(quote(str(part), safe="@+:, ") for part in parts)


def belongs_to(key: str, cause: str) -> bool:
    """Tell whether a mail's key is a cause's key with a recipient added."""
    return key.startswith(cause + "|")


def digest_of(key: str) -> str:
    """Return sixteen hex digits that stand for a key where its own letters are not allowed."""
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def message_id_of(key: str, domain: str) -> str:
    """Return the Message-ID of a mail: the same key always has the same one, so that servers can see a repeat."""
    kind = _UNSAFE_IN_MESSAGE_IDS.sub("-", key.split("|", maxsplit=1)[0])[:20]
    return f"<{kind}.{digest_of(key)}@{domain}>"


def file_name_of(key: str) -> str:
    """Return the name of a mail's `.eml` file: readable, safe in any folder, and different for different keys."""
    readable = _UNSAFE_IN_FILE_NAMES.sub("_", key).lstrip(".")[:100]
    return f"{readable}-{digest_of(key)[:8]}.eml"
