"""The demo's own exchange: Asterisk `cdr_csv`, 21 columns, local time (feeds.md 1.6)."""

from __future__ import annotations

import datetime as dt

from belnota.periods import ZONE
from pipelines.demo.calls import DemoCall, dialled


def file_name(day: dt.date) -> str:
    return f"asterisk-{day:%Y%m%d}.csv"


def line(serial: int, call: DemoCall) -> str:
    """Return one row. Local time has no offset, so in the night of 25 October a call may end before it starts."""
    ring = 2 + serial % 9 if call.answered else 0
    start = call.answered_at - dt.timedelta(seconds=ring)
    end = call.answered_at + dt.timedelta(seconds=call.quantity)
    ours, theirs = dialled(call.own), dialled(call.other, abroad="00" if serial % 4 else "+")
    desk = 101 + int(ours[-2:]) % 50
    source, target, context = (
        (theirs, ours, "from-trunk") if call.direction == "in" else (ours, theirs, "from-internal")
    )
    shown = f'"Toestel {desk}" <{source}>' if call.direction == "out" else f'"{source}" <{source}>'
    channel, other_channel = f"PJSIP/{desk}-{serial:08x}", f"PJSIP/trunk-{serial + 1:08x}"
    dial = f"PJSIP/{target}@trunk,60"
    unique = f"{int(start.timestamp())}.{serial}"
    fields: list[str | int | None] = [ours, source, target, context, shown, channel, other_channel, "Dial", dial]
    fields += [_wall(start), _wall(call.answered_at) if call.answered else None, _wall(end)]
    fields += [ring + call.quantity, call.quantity, "ANSWERED" if call.answered else "NO ANSWER", "DOCUMENTATION"]
    fields += [unique, "", "", unique, serial]
    return ",".join(_written(field) for field in fields)


def _wall(instant: dt.datetime) -> str:
    return f"{instant.astimezone(ZONE):%Y-%m-%d %H:%M:%S}"


def _written(field: str | int | None) -> str:
    """Texts are quoted, numbers bare, and no answer is bare nothing."""
    if field is None:
        return ""
    return str(field) if isinstance(field, int) else '"' + field.replace('"', '""') + '"'
