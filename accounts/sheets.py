"""The CSV files of the folder: which columns they have, and how each cell is read."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, get_args

from accounts import cells, identity
from accounts.faults import Fault
from belnota.people import Delivery, Registration, VatRegime
from belnota.wording import Language

ROLES: Final = (
    "user_management",
    "view_invoices",
    "change_settings",
    "mobile_access",
    "mobile_limits",
    "mobile_view_blocks",
    "mobile_block_sim",
)
"""What a user may do: R9.6 to R9.12."""

_STRETCH: Final[Mapping[str, cells.Reader]] = {"valid_from": cells.day, "valid_until": cells.optional(cells.day)}

SHEETS: Final[Mapping[str, Mapping[str, cells.Reader]]] = {
    "customers.csv": {
        "customer_id": cells.code,
        "name": cells.required,
        "attention": cells.text,
        "street": cells.required,
        "postcode": identity.postcode,
        "city": cells.required,
        "country": identity.country,
        "kvk": cells.blank(identity.kvk),
        "vat_id": cells.blank(identity.vat_id),
        "vat_regime": cells.one_of(get_args(VatRegime)),
        "iban": cells.blank(identity.iban),
        "mandate_id": cells.text,
        "mandate_signed_on": cells.optional(cells.day),
        "language": cells.one_of(get_args(Language)),
        "delivery": cells.one_of(get_args(Delivery)),
        "reference": cells.text,
        "voip_limit_eur": cells.limit,
    },
    "subscriptions.csv": {
        "subscription_id": cells.code,
        "customer_id": cells.code,
        "plan": cells.code,
        "label": cells.text,
        **_STRETCH,
    },
    "numbers.csv": {"number": cells.required, "subscription_id": cells.code, **_STRETCH},
    "modules.csv": {"subscription_id": cells.code, "module": cells.code, **_STRETCH},
    "users.csv": {
        "username": cells.username,
        "customer_id": cells.code,
        "email": identity.email,
        "first_name": cells.text,
        "last_name": cells.text,
        "language": cells.one_of(get_args(Language)),
        "roles": cells.some_of(ROLES),
        "registrations": cells.some_of(get_args(Registration)),
        "blocked": cells.yes_or_no,
    },
}
_STORED_AS = {"voip_limit_eur": "voip_limit_micro_eur", "blocked": "is_blocked"}


@dataclass(frozen=True)
class Record:
    """One row of a file: where it stands, and the values that could be read (a faulty cell is left out)."""

    file: str
    line: int
    values: dict[str, Any]

    def fault(self, column: str, remedy: str, *, value: object = None) -> Fault:
        shown = self.values.get(column, "") if value is None else value
        return Fault(self.file, self.line, column, "" if shown is None else str(shown), remedy)


def content_of(folder: Path, file: str, faults: list[Fault]) -> str | None:
    """Return the text of a file of the folder, without its byte order mark; None and a fault where there is none."""
    try:
        return (folder / file).read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        faults.append(Fault(file, 0, "", "", f"it is not UTF-8 at byte {error.start}; save it as UTF-8"))
    except OSError as error:
        problem = f"it cannot be read ({error.strerror}); all files of the folder must be there, if only as a header"
        faults.append(Fault(file, 0, "", "", problem))
    return None


def read_sheet(folder: Path, file: str, faults: list[Fault]) -> list[Record] | None:
    """Return the rows of one CSV file, or None when it is not such a file at all; faults are added to `faults`."""
    content = content_of(folder, file, faults)
    rows = _rows(file, content, faults) if content is not None else None
    if rows is None:
        return None
    readers = dict(SHEETS[file])
    if "number" in readers:
        readers["number"] = identity.phone_numbers(row["number"] for _line, row in rows)
    return [Record(file, line, _values(file, line, row, readers, faults)) for line, row in rows]


def _rows(file: str, content: str, faults: list[Fault]) -> list[tuple[int, dict[str, str]]] | None:
    reader = csv.reader(io.StringIO(content, newline=""), strict=True)
    rows = []
    line = 1
    try:
        header = [name.strip() for name in next(reader, [])]
        if fault := _header_fault(file, header):
            faults.append(fault)
            return None
        line = reader.line_num + 1
        for row in reader:
            if len(row) == len(header):
                rows.append((line, dict(zip(header, row, strict=True))))
            elif row:
                faults.append(Fault(file, line, "", "", f"it has {len(row)} columns; it needs {len(header)}"))
            line = reader.line_num + 1
    except csv.Error as error:
        faults.append(Fault(file, line, "", "", f"it is not proper CSV ({error}); mend its quotes"))
        return None
    return rows


def _header_fault(file: str, header: list[str]) -> Fault | None:
    expected = list(SHEETS[file])
    if sorted(header) == sorted(expected):
        return None
    missing = [name for name in expected if name not in header]
    unknown = [name for name in header if name not in expected]
    parts = [f"missing {', '.join(missing)}" if missing else "", f"unknown {', '.join(unknown)}" if unknown else ""]
    problem = "; ".join(part for part in parts if part) or "a column stands twice"
    return Fault(file, 1, "header", ",".join(header)[:120], f"{problem}; the header must be: {','.join(expected)}")


def _values(
    file: str, line: int, row: dict[str, str], readers: Mapping[str, cells.Reader], faults: list[Fault]
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for column, cell in row.items():
        try:
            values[_STORED_AS.get(column, column)] = readers[column](cell)
        except ValueError as error:
            faults.append(Fault(file, line, column, cell[:120], str(error)))
    return values
