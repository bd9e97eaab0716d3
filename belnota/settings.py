"""Settings: one `belnota.toml` per workspace becomes one frozen object; doors read it and pass it on.

Environment variables win over the file: BELNOTA_STORE_URL, BELNOTA_SMTP_HOST, BELNOTA_SMTP_PORT,
BELNOTA_SMTP_USERNAME, BELNOTA_SMTP_PASSWORD. Secrets belong in the environment.
"""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from string import Formatter
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from belnota.control_settings import Controls
from belnota.errors import Refused
from belnota.periods import ZONE_NAME, AmbiguousTime
from belnota.retention_settings import Retention
from belnota.setting_kinds import AtLeastOne, NotNegative, Right
from belnota.zones import is_zone

SETTINGS_FILE = "belnota.toml"
ENVIRONMENT = {
    "BELNOTA_STORE_URL": ("store", "url"),
    "BELNOTA_SMTP_HOST": ("smtp", "host"),
    "BELNOTA_SMTP_PORT": ("smtp", "port"),
    "BELNOTA_SMTP_USERNAME": ("smtp", "username"),
    "BELNOTA_SMTP_PASSWORD": ("smtp", "password"),
}


def _makes_invoice_numbers(number_format: str) -> bool:
    """Whether a format has the year and the sequence, nothing else, and gives a text fit for a file name."""
    try:
        names = {name for _, name, _, _ in Formatter().parse(number_format) if name is not None}
        text = number_format.format(year="2026", sequence=1) if names == {"year", "sequence"} else ""
    except (ValueError, KeyError, IndexError):
        return False
    return re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}", text) is not None


def _is_period_or_empty(text: str) -> bool:
    return not text or re.fullmatch(r"\d{4}-(?:0[1-9]|1[0-2])", text) is not None


def _is_feed_name(name: str) -> bool:
    """Whether `name/key` of two feeds can never be the same text."""
    return name.isprintable() and name.strip() == name != "" and "/" not in name


FeedName = Annotated[str, Right(_is_feed_name, "a name without a slash, such as pbx-north")]
Port = Annotated[int, Right(lambda port: 1 <= port <= 65535, "a whole number from 1 to 65535")]
Zone = Annotated[str, Right(is_zone, f"a time zone such as {ZONE_NAME} or UTC")]
PaymentDays = Annotated[int, Right(lambda days: 0 <= days <= 365, "a whole number from 0 to 365")]
FirstPeriod = Annotated[str, Right(_is_period_or_empty, "a month such as 2026-10, or empty")]
NumberFormat = Annotated[
    str,
    Right(
        _makes_invoice_numbers,
        "{year} and {sequence} and no other fields, with letters, digits, . _ or -, as in {year}-{sequence:06d}",
    ),
]
ReaderMemory = Annotated[int, Right(lambda mebibytes: mebibytes >= 512, "a whole number of at least 512")]


@dataclass(frozen=True)
class Company:
    """The reseller that sends the invoices; all of it stands on each invoice by law."""

    name: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""
    country: str = "NL"
    kvk: str = ""
    vat_id: str = ""
    iban: str = ""
    bic: str = ""
    email: str = ""
    phone: str = ""
    website: str = ""
    creditor_id: str = ""


@dataclass(frozen=True)
class StoreSettings:
    url: str = ""
    """SQLAlchemy URL; empty = `store.sqlite` in the workspace."""


@dataclass(frozen=True)
class Smtp:
    host: str = ""
    """Empty = mails are written to `outbox/*.eml`."""
    port: Port = 587
    username: str = ""
    password: str = field(default="", repr=False)
    tls: Literal["starttls", "implicit", "none"] = "starttls"
    """`none` only for a server on this machine."""
    sender: str = ""
    timeout_seconds: AtLeastOne = 30


@dataclass(frozen=True)
class Feed:
    """One source of raw files."""

    name: FeedName
    format: str
    files: str
    """Shell pattern of file names in `inbox/`."""
    timezone: Zone = ZONE_NAME
    ambiguous: AmbiguousTime = "earliest"
    mapping: str = ""
    """TOML mapping, relative to the workspace; for format `mapping`."""
    options: Mapping[str, Any] = field(default_factory=dict)
    lag_days: NotNegative = 0
    """The calls of a day may come so many nights after the first one; the volume alarm waits for them."""


@dataclass(frozen=True)
class Invoicing:
    payment_days: PaymentDays = 14
    number_format: NumberFormat = "{year}-{sequence:06d}"
    first_period: FirstPeriod = ""
    """The first month that is billed here; calls of earlier ones are late usage of it. Empty = as far as calls go."""


@dataclass(frozen=True)
class Night:
    max_file_mebibytes: AtLeastOne = 2048
    """A larger raw file is refused; of a packed one the content counts."""
    max_ratio: AtLeastOne = 200
    """A packed raw file that unpacks to more than so many times its size is refused."""
    reader_mebibytes: ReaderMemory = 4096
    """Memory of the process that reads raw files; a file that needs more is refused."""
    reader_seconds: AtLeastOne = 900
    """A file that takes longer to read is refused."""
    settle_seconds: NotNegative = 60
    """A file changed less than this long ago may still be uploaded and waits for the next run. An upload writes every
    few seconds, so a minute of silence is its end; where files appear whole, by rename, it can be 0."""


@dataclass(frozen=True)
class Portal:
    url: str = "https://portaal.example.nl"


@dataclass(frozen=True)
class Settings:
    """All settings of one workspace; paths are absolute."""

    workspace: Path
    company: Company = field(default_factory=Company)
    store: StoreSettings = field(default_factory=StoreSettings)
    smtp: Smtp = field(default_factory=Smtp)
    invoicing: Invoicing = field(default_factory=Invoicing)
    night: Night = field(default_factory=Night)
    portal: Portal = field(default_factory=Portal)
    controls: Controls = field(default_factory=Controls)
    retention: Retention = field(default_factory=Retention)
    feeds: tuple[Feed, ...] = ()

    @property
    def store_url(self) -> str:
        return self.store.url or f"sqlite:///{self.workspace / 'store.sqlite'}"

    @property
    def inbox(self) -> Path:
        return self.workspace / "inbox"

    @property
    def archive(self) -> Path:
        return self.workspace / "archive"

    @property
    def lake(self) -> Path:
        return self.workspace / "lake"

    @property
    def published(self) -> Path:
        return self.workspace / "analytics.duckdb"

    @property
    def outbox(self) -> Path:
        return self.workspace / "outbox"

    @property
    def invoices(self) -> Path:
        return self.workspace / "invoices"


Section = TypeVar("Section")


def _section(kind: type[Section], values: Mapping[str, Any], where: str) -> Section:
    hints = get_type_hints(kind, include_extras=True)
    known = {f.name for f in dataclasses.fields(kind)}  # type: ignore[arg-type]
    for key, value in values.items():
        if key not in known:
            raise Refused(f"{where}: unknown setting {key!r}; known are {', '.join(sorted(known))}")
        _check(value, hints[key], f"{where}: {key}")
    try:
        return kind(**values)
    except TypeError as error:
        missing = ", ".join(repr(name) for name in known - set(values))
        raise Refused(f"{where}: a setting is missing; not given are {missing}") from error


def _check(value: object, hint: Any, where: str) -> None:
    kind, *rights = get_args(hint) if get_origin(hint) is Annotated else (hint,)
    choices = get_args(kind) if get_origin(kind) is Literal else ()
    if kind in (str, int) and (not isinstance(value, kind) or isinstance(value, bool)):
        raise Refused(f"{where} = {value!r} must be {'a text' if kind is str else 'a whole number'}")
    if choices and value not in choices:
        raise Refused(f"{where} = {value!r} must be one of {', '.join(choices)}")
    for right in rights:
        if not right.holds(value):
            raise Refused(f"{where} = {value!r} must be {right.said}")


def load(workspace: Path, environment: Mapping[str, str]) -> Settings:
    """Read a workspace's `belnota.toml` and the environment; anything unknown or of a wrong kind is refused by name."""
    path = workspace / SETTINGS_FILE
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Refused(f"{path} does not exist; make a workspace with: belnota init {workspace}") from None
    except UnicodeDecodeError as error:
        raise Refused(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from None
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Refused(f"{path}: {error}") from None
    for variable, (section, key) in ENVIRONMENT.items():
        if variable in environment:
            value: str | int = environment[variable]
            raw.setdefault(section, {})[key] = _port(variable, str(value)) if key == "port" else value
    return _build(workspace.resolve(), raw, str(path))


def _port(name: str, text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise Refused(f"environment variable {name}={text!r} must be a whole number")
    _check(int(text), Port, f"environment variable {name}")
    return int(text)


def _build(workspace: Path, raw: dict[str, Any], where: str) -> Settings:
    sections: dict[str, type[Any]] = {
        "company": Company,
        "store": StoreSettings,
        "smtp": Smtp,
        "invoicing": Invoicing,
        "night": Night,
        "portal": Portal,
        "controls": Controls,
        "retention": Retention,
    }
    feeds = raw.pop("feed", [])
    if not isinstance(feeds, list) or not all(isinstance(feed, dict) for feed in feeds):
        raise Refused(f"{where}: write each feed as [[feed]], with two brackets")
    for name, value in raw.items():
        if name not in sections or not isinstance(value, dict):
            known = ", ".join([*sections, "feed"])
            raise Refused(f"{where}: unknown section [{name}]; known are {known}")
    parts = {name: _section(sections[name], value, f"{where} [{name}]") for name, value in raw.items()}
    made = tuple(_section(Feed, feed, f"{where} [[feed]] number {n}") for n, feed in enumerate(feeds, 1))
    names = [feed.name for feed in made]
    if len(set(names)) < len(names):
        raise Refused(f"{where}: two feeds have the same name; names are {', '.join(sorted(names))}")
    return Settings(workspace=workspace, feeds=made, **parts)


def find_workspace(start: Path) -> Path:
    """Return the nearest folder upwards that holds a `belnota.toml`."""
    for folder in (start, *start.parents):
        if (folder / SETTINGS_FILE).is_file():
            return folder
    message = f"no {SETTINGS_FILE} in {start} or above it; go to a workspace, or name one with --workspace"
    raise Refused(message)
