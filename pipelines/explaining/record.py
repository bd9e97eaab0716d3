"""An explanation as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pipelines import arithmetic_text as amounts
from pipelines.explaining import words
from pipelines.explaining.explain import Explanation


def record_of(told: Explanation) -> dict[str, Any]:
    """Return everything that there is to say about a call; amounts are decimal text in euros, or exact fractions."""
    call, source = dict(told.call), told.source
    charge = call["charge_micro_eur"]
    return {
        "call": call,
        "charge_eur": None if charge is None else amounts.micro_euros(charge),
        "customer": told.customer,
        "price_lists": [
            {"name": version.name, "digest": version.digest, "imported_at": version.kept_at}
            for version in told.price_lists
        ],
        "reason": words.reason(told),
        "billed": words.billed(told) if told.is_rated else words.headline(told),
        "late": words.late(told),
        "is_closed": told.is_closed,
        "bundles": [
            {
                "pool_id": draw.pool_id,
                "name": draw.name,
                "month": draw.month,
                "is_group": draw.is_group,
                "left_before": draw.before,
                "paid": draw.taken,
                "left_after": draw.after,
            }
            for draw in told.draws
        ],
        "charges": [amounts.as_json(charge) for charge in told.charges],
        "adds_up": told.adds_up,
        "differs": {name: {"stored": stored, "now": now} for name, (stored, now) in told.differs.items()},
        "check": words.check(told),
        "source": {
            "file_name": source.file_name,
            "file_id": source.file_id,
            "line_number": source.line_number,
            "path": str(source.path),
            "raw_line": source.raw_line,
            "problem": source.problem,
            "parts": [asdict(part) for part in source.parts],
        },
    }
