"""A draft is an invoice without a number, and what stands in its way; a person approves the hash of all drafts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from belnota import wording
from invoicing import canonical
from invoicing.model import Invoice

Fate = Literal["invoice", "parked", "nothing"]


@dataclass(frozen=True)
class Draft:
    """One customer's invoice to be; `problems` says why it may not go out."""

    invoice: Invoice
    problems: tuple[str, ...] = ()

    @property
    def customer_id(self) -> str:
        return self.invoice.buyer.customer_id

    @property
    def fate(self) -> Fate:
        """What a commit does with it: an invoice, parked, or nothing to bill (0.00: no invoice, no problem; B22)."""
        if self.problems:
            return "parked"
        return "invoice" if self.invoice.totals.gross_cents else "nothing"


def hash_of(drafts: Iterable[Draft]) -> str:
    """Return the SHA-256 over all that the drafts say, problems included; their order does not matter."""
    digest = hashlib.sha256()
    for draft in sorted(drafts, key=lambda each: each.customer_id):
        digest.update(canonical.dumps(draft).encode() + b"\n")
    return digest.hexdigest()


def differences(approved: Sequence[Draft], fresh: Sequence[Draft]) -> list[str]:
    """Return what changed between two sets of drafts: one sentence per customer, by customer."""
    before = {draft.customer_id: draft for draft in approved}
    after = {draft.customer_id: draft for draft in fresh}
    return [
        f"customer {who} {_change(before.get(who), after.get(who))}"
        for who in sorted(before.keys() | after.keys())
        if before.get(who) != after.get(who)
    ]


def _change(old: Draft | None, new: Draft | None) -> str:
    if old is None or new is None:
        return "is new" if old is None else "is gone"
    if old.fate != new.fate:
        return f"went from {old.fate} to {new.fate}"
    was, now = old.invoice.totals.gross_cents, new.invoice.totals.gross_cents
    if was != now:
        return f"went from {wording.amount(was, 'en')} to {wording.amount(now, 'en')}"
    return "has the same total but other contents"
