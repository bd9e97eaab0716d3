"""Names and addresses from outside, made fit for a mail header and the SMTP conversation."""

from __future__ import annotations

import re
import unicodedata
from email.headerregistry import Address

_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(\.(?!-)[A-Za-z0-9-]{1,63})+")
_NAME_SPECIALS = re.compile(r'[<>()\[\]:;@\\,"]')
_LONGEST_ADDRESS = 254
_LONGEST_NAME = 60


def one_line(text: str) -> str:
    """Return text without line breaks, control characters and marks that reverse its direction; one space at most.

    A no-break space stays: it keeps a number and its unit together.
    """
    shown = (" " if unicodedata.category(c) in {"Cc", "Cf", "Zl", "Zp"} else c for c in text)
    return " ".join(word for word in "".join(shown).split(" ") if word)


def display_name(name: str) -> str:
    """Return a name that cannot look like an address: characters with a meaning in headers become spaces."""
    return " ".join(_NAME_SPECIALS.sub(" ", one_line(name)).split())[:_LONGEST_NAME].strip()


def postal_address(text: str) -> str:
    """Return an e-mail address as every server accepts it; a domain with other letters becomes its `xn--` form.

    Raises ValueError with a sentence for what cannot be delivered to: spaces, brackets, line breaks, quoted or
    non-ASCII local parts.
    """
    local, _, domain = text.partition("@")
    try:
        domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        domain = ""
    if not _LOCAL_PART.fullmatch(local) or not _DOMAIN.fullmatch(domain) or len(text) > _LONGEST_ADDRESS:
        raise ValueError(f"{text!r} is not an e-mail address that mail can be sent to; correct it with the user")
    return f"{local}@{domain}"


def mailbox(name: str, address: str) -> Address:
    """Return a header address of a name and an address that `postal_address` accepted."""
    return Address(display_name=display_name(name), addr_spec=address)
