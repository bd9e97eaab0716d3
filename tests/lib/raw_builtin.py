"""Small good raw files of the formats that came later, for tests that spoil them."""

from __future__ import annotations

from belnota.settings import Feed
from pipelines.feeds import Reader, ReadResult, reader_of
from pipelines.feeds.freepbx_table import COLUMNS as FREEPBX
from pipelines.feeds.threecx import COLUMNS as THREECX

EPOCH = 1791194400  # 2026-10-05 12:00:00 in Amsterdam
UK_HEADER = [
    *("Call Type", "Call Cause", "Customer Identifier", "Telephone Number Dialled", "Call Date", "Call Time"),
    *("Duration", "Bytes Transmitted", "Bytes Received", "Description", "Chargecode", "Time Band", "Salesprice"),
    *("Salesprice (pre-bundle)", "Extension", "DDI", "Grouping ID", "Call Class", "Carrier", "Recording", "VAT"),
    *("Country of Origin", "Network", "Retail tariff code", "Remote Network", "APN", "Diverted Number", "Ring time"),
    *("RecordID", "Currency", "Presentation Number", "Network Access Reference", "NGCS Access Charge"),
    *("NGCS Service Charge", "Total Bytes Transferred", "User ID", "Onward Billing Reference", "Contract Name"),
    *("Bundle Name", "Bundle Allowance", "Discount Reference", "Routing Code"),
]


def quoted(*values: str, mark: str = '"') -> str:
    return ",".join(mark + value + mark for value in values)


def custom_line(number: int, **changes: str) -> str:
    """One made and answered call of 60 s in 19 columns; changes by field name."""
    fields = {
        "clid": '""Piet, de Vries"" <0201234567>',
        "src": "0201234567",
        "dst": "0612345678",
        "dcontext": "from-internal",
        "channel": "PJSIP/a-00000001",
        "dstchannel": "PJSIP/provider-00000002",
        "lastapp": "Dial",
        "lastdata": "PJSIP/b,60",
        "start": "2026-10-05 12:00:00",
        "answer": "2026-10-05 12:00:05",
        "end": "2026-10-05 12:01:05",
        "duration": "65",
        "billsec": "60",
        "disposition": "ANSWERED",
        "amaflags": "DOCUMENTATION",
        "accountcode": "",
        "uniqueid": f"{EPOCH}.{number}",
        "userfield": "",
    }
    sequence = changes.pop("sequence", str(number))
    return quoted(*(fields | changes).values()) + "," + sequence


def freepbx_values(number: int, **changes: str) -> dict[str, str]:
    """One made and answered call of 60 s as a row of the table."""
    fields = dict.fromkeys(FREEPBX, "") | {
        "calldate": "2026-10-05 12:00:00",
        "clid": "Piet <201>",
        "src": "0201234567",
        "dst": "0612345678",
        "dcontext": "from-internal",
        "channel": "PJSIP/201-00000001",
        "dstchannel": "PJSIP/provider-00000002",
        "lastapp": "Dial",
        "lastdata": "PJSIP/b,60",
        "duration": "65",
        "billsec": "60",
        "disposition": "ANSWERED",
        "amaflags": "3",
        "uniqueid": f"{EPOCH}.{number}",
        "cnum": "201",
        "linkedid": f"{EPOCH}.{number}",
        "sequence": str(number),
    }
    return fields | changes


def freepbx_line(number: int, **changes: str) -> str:
    return quoted(*freepbx_values(number, **changes).values())


def sql_row(number: int, **changes: str) -> str:
    """One row in parentheses, texts as they stand in the dump."""
    numbers = ("duration", "billsec", "amaflags", "sequence")
    values = freepbx_values(number, **changes).items()
    return "(" + ", ".join(text if name in numbers else f"'{text}'" for name, text in values) + ")"


def sql_line(number: int, **changes: str) -> str:
    return f"INSERT INTO `cdr` VALUES {sql_row(number, **changes)};"


def sql_file(rows: list[str] | None = None) -> list[str]:
    rows = [sql_line(number) for number in range(1, 6)] if rows is None else rows
    return ["CREATE TABLE `cdr` (", *(f"  `{name}` text NOT NULL," for name in FREEPBX), ");", *rows]


def uuid_of(number: int, end: str = "0") -> str:
    return f"{number:08x}-e752-11e3-8bfb-65b6c3cdac7{end}"


def freeswitch_line(number: int, **changes: str) -> str:
    fields = {
        "caller_id_name": 'Piet "de" Vries',
        "caller_id_number": "0201234567",
        "destination_number": "0612345678",
        "context": "default",
        "start_stamp": "2026-10-05 12:00:00",
        "answer_stamp": "2026-10-05 12:00:05",
        "end_stamp": "2026-10-05 12:01:05",
        "duration": "65",
        "billsec": "60",
        "hangup_cause": "NORMAL_CLEARING",
        "uuid": uuid_of(number),
        "bleg_uuid": "",
        "accountcode": "",
        "read_codec": "PCMA",
        "write_codec": "PCMA",
    }
    return quoted(*(fields | changes).values())


def threecx_values(number: int, **changes: str) -> dict[str, str]:
    fields = dict.fromkeys(THREECX, "") | {
        "historyid": f"Call {number}",
        "callid": f"4cc2c72490010000_{number}",
        "duration": "00:01:00",
        "time_start": "2026/10/05 12:00:00",
        "time_answered": "2026/10/05 12:00:05",
        "time_end": "2026/10/05 12:01:05",
        "reason_terminated": "TerminatedBySrc",
        "from_no": "Ext.201",
        "to_no": "0612345678",
        "from_dn": "201",
        "to_dn": "10000",
        "dial_no": "0612345678",
        "final_number": "0612345678",
        "final_dn": "10000",
        "from_type": "Extension",
        "to_type": "Line",
        "final_type": "Line",
        "from_dispname": '"Vries, Piet de"',
    }
    return fields | changes


def threecx_line(number: int, **changes: str) -> str:
    return ",".join(threecx_values(number, **changes).values())


def uk_line(number: int, **changes: str) -> str:
    """One voice call of 60 s; changes by the name of the column."""
    fields = dict.fromkeys(UK_HEADER, "") | {
        "Call Type": "V",
        "Customer Identifier": "0201234567",
        "Telephone Number Dialled": "0612345678",
        "Call Date": "05/10/2026",
        "Call Time": "12:00:05",
        "Duration": "60",
        "Description": "Mobile, national",
        "Time Band": "1",
        "Salesprice": "0.0120",
        "Salesprice (pre-bundle)": "0.0150",
        "RecordID": f"R{number}",
        "Currency": "EUR",
        "Bundle Name": "Mobile 500",
        "Bundle Allowance": "500",
    }
    return quoted(*(fields | changes).values())


def uk_file(lines: list[str] | None = None) -> list[str]:
    return [quoted(*UK_HEADER), *([uk_line(number) for number in range(1, 6)] if lines is None else lines)]


def cdr_data(number: int, **changes: str) -> str:
    """One BroadWorks element: a made call of 60.1 s, as `broadworks_line` of raw_files."""
    basic = {
        "userNumber": "+31201234567",
        "direction": "Originating",
        "callingNumber": "+31201234567",
        "callingPresentationIndicator": "Public",
        "calledNumber": "+31612345678",
        "startTime": "20261005100000.000",
        "answerIndicator": "Yes",
        "answerTime": "20261005100005.250",
        "releaseTime": "20261005100105.350",
        "dialedDigits": "0612345678",
    }
    kind = changes.pop("type", "Normal")
    inside = "".join(f"<{name}>{text}</{name}>" for name, text in (basic | changes).items() if text)
    record = (
        f"<eventCounter>{number:010d}</eventCounter><systemId>001A4B</systemId>"
        "<date>20261005100000.000</date><systemTimeZone>1+020000</systemTimeZone>"
    )
    body = f"<basicModule>{inside}</basicModule>" if kind not in ("Start", "End") else ""
    return f"<cdrData><headerModule><recordId>{record}</recordId><type>{kind}</type></headerModule>{body}</cdrData>"


def broadworks_xml_file(elements: list[str] | None = None, doctype: str = "<!DOCTYPE broadWorksCDR>") -> str:
    elements = [cdr_data(number) for number in range(1, 6)] if elements is None else elements
    lines = [
        '<?xml version="1.0" encoding="ISO-8859-1"?>',
        doctype,
        '<broadWorksCDR version="19.0">',
        cdr_data(0, type="Start"),
        *elements,
        cdr_data(99, type="End"),
        "</broadWorksCDR>",
    ]
    return "\n".join(lines)


def _five(line: object) -> list[str]:
    return [line(number) for number in range(1, 6)]  # type: ignore[operator]


GOOD = {
    "asterisk_cdr_custom": lambda: _five(custom_line),
    "freepbx_csv": lambda: _five(freepbx_line),
    "freepbx_sql": sql_file,
    "freeswitch_cdr_csv": lambda: _five(freeswitch_line),
    "threecx_cdr": lambda: _five(threecx_line),
    "uk_standard_cdr_v3": uk_file,
}
"""Per format, the lines of a file with five calls of 60 s."""
KINDS = tuple(GOOD)


def reader(kind: str, **changes: object) -> Reader:
    return reader_of(Feed(**({"name": "feed", "format": kind, "files": "*"} | changes)))  # type: ignore[arg-type]


def content(lines: list[str], end: str = "\n") -> bytes:
    return "".join(line + end for line in lines).encode()


def read(kind: str, lines: list[str], **changes: object) -> ReadResult:
    return reader(kind, **changes)(content(lines))


def one(result: ReadResult) -> dict[str, object]:
    """Return the only record of a file without rejects."""
    assert result.rejects.is_empty(), result.rejects
    return result.records.row(0, named=True)


def fault(result: ReadResult) -> tuple[str, str]:
    """Return reason and detail of the only reject of a file without records."""
    assert result.records.is_empty()
    return result.rejects.select("reason", "detail").row(0)
