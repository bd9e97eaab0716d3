"""What each control means in plain words, and what to do when it fails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True)
class Meaning:
    """A control in words: its short name, the sentence that must be true, and what to do when it is not."""

    name: str
    says: str
    remedy: str


_FAULT: Final = "this is a fault of the program or a store changed by hand: keep the workspace as it is and report it"

MEANING: Final[Mapping[str, Meaning]] = MappingProxyType(
    {
        "C1": Meaning(
            "files received",
            "every file that came was accepted, refused, or known already",
            f"look at: belnota files list; {_FAULT}",
        ),
        "C2": Meaning(
            "file numbers",
            "no feed had one file number accepted twice; missing numbers are told",
            "ask the source which of both files is right; ask for the missing ones",
        ),
        "C3": Meaning(
            "lines of files",
            "every line of an accepted file is framing, left out, in quarantine, a repeat or a call",
            f"run the night again; when it stays, {_FAULT}",
        ),
        "C4": Meaning(
            "calls rated",
            "every call is rated, free or waits for a price, exactly once",
            "run: belnota nightly; when it stays, " + _FAULT,
        ),
        "C5": Meaning(
            "money",
            "what was rated is invoiced or not yet invoiced, and each line of an invoice is its calls, rounded once",
            f"run: belnota nightly; when it stays, {_FAULT}",
        ),
        "C6": Meaning(
            "quantity",
            "seconds, messages and bytes are in bundles, charged, free or wait; bundles count what calls took",
            f"run: belnota nightly; when it stays, {_FAULT}",
        ),
        "C7": Meaning(
            "sums of invoices",
            "lines make the net amount, VAT is that of its category, net and VAT make the total",
            _FAULT,
        ),
        "C8": Meaning(
            "invoice numbers",
            "numbers run without a gap, and the PDF of each stands in the archive as it was made",
            "put the PDF back from a backup; see: belnota verify",
        ),
        "C9": Meaning(
            "mails",
            "every mail that was due is sent, refused, unknown or waits",
            f"see: belnota mail status; when a mail is missing, {_FAULT}",
        ),
        "C10": Meaning(
            "volume of calls",
            "each feed brought about as many calls as on the same weekday in the weeks before",
            "ask the source whether a file is missing; when the day was really like that, there is nothing to do",
        ),
        "C11": Meaning(
            "what waits too long",
            "nothing waits in suspense, in quarantine, refused or for a part for longer than the settings say",
            "see: belnota suspense list, belnota quarantine list, belnota files list, belnota parts list",
        ),
        "C12": Meaning(
            "second opinion on prices",
            "a sample of the calls, rated again in another way, costs what is stored",
            "after an import of price lists or accounts, run: belnota nightly; when it stays, see: belnota explain",
        ),
    }
)
"""By control; docs/controls.md says more."""
