"""The mobile partner's file: voice, SMS and data in one `;` CSV with a header and CRLF, local time."""

from __future__ import annotations

import datetime as dt

from pipelines.demo.calls import DemoCall, dialled

HEADER = "recordid;soort;msisdn;bestemming;start;duur_sec;bytes_op;bytes_neer;land"
_KINDS = {"voice": "GESPREK", "sms": "SMS", "data": "DATA"}
_SHORTEST_WORLD_NUMBER = len("+31") + 9


def file_name(day: dt.date) -> str:
    return f"mobiel-{day:%Y%m%d}.csv"


def line(serial: int, call: DemoCall) -> str:
    """Return one record; a data session has bytes up and down, and no number at the other end."""
    up = call.quantity * (5 + serial % 20) // 100
    seconds, sent, received = {
        "voice": (call.quantity, 0, 0),
        "sms": (0, 0, 0),
        "data": (60 + serial % 3000, up, call.quantity - up),
    }[call.service]
    numbers = (_msisdn(call.own), _msisdn(call.other))
    amounts = (str(amount) for amount in (seconds, sent, received))
    start = f"{call.local:%d-%m-%Y %H:%M:%S}"
    return ";".join((f"M{serial:07d}", _KINDS[call.service], *numbers, start, *amounts, call.country))


def _msisdn(number: str) -> str:
    return number.removeprefix("+") if len(number) >= _SHORTEST_WORLD_NUMBER else dialled(number)
