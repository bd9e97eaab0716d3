"""What is wrong with a folder of accounts, said so that it can be mended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from belnota.errors import Refused

_SHOWN = 25


@dataclass(frozen=True, order=True)
class Fault:
    """One thing to mend: where it stands, what stands there, and what would be right."""

    file: str
    line: int
    """Line in the file, from 1; 0 = the file as a whole."""
    column: str
    value: str
    remedy: str

    def __str__(self) -> str:
        where = f"{self.file} line {self.line}" if self.line else self.file
        what = f", {self.column} {self.value!r}" if self.column else ""
        return f"{where}{what}: {self.remedy}"


class AccountsRefused(Refused):
    """A folder of accounts has faults; nothing of it was stored."""

    def __init__(self, folder: object, faults: Sequence[Fault]) -> None:
        self.faults = tuple(sorted(faults))
        count = "1 fault" if len(self.faults) == 1 else f"{len(self.faults)} faults"
        lines = [f"{folder} was not imported, it has {count}:", *map(str, self.faults[:_SHOWN])]
        if len(self.faults) > _SHOWN:
            lines.append(f"... and {len(self.faults) - _SHOWN} more")
        super().__init__("\n".join(lines))
