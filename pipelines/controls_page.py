"""The controls for people: a page and a CSV in the workspace, written each night, also when nothing is published.

The page is a single file without scripts or anything from elsewhere; what comes from files is escaped.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import jinja2
import polars as pl

from belnota.files import publish_bytes
from warehouse import MEANING

PAGE: Final = "controls.html"
TABLE: Final = "controls.csv"
_COLUMNS: Final = (
    "control",
    "name",
    "kind",
    "state",
    "scope",
    "unit",
    "left",
    "right",
    "difference",
    "detail",
    "remedy",
)
SHOWN: Final = 8
"""Rows of one control that are told at once; the others one asks for."""
_FIRST: Final = {"bad": 0, "look": 1}
"""What somebody must do something about stands above what is as it should be."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\x00")
_PAGES: Final = jinja2.Environment(
    loader=jinja2.PackageLoader("pipelines"), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
)
_PAGES.filters["sentence"] = lambda text: text[:1].upper() + text[1:]


@dataclass(frozen=True)
class Row:
    """One control in words; colour: good, look (an alarm), bad (it does not tie out) or none (nothing to compare)."""

    control: str
    colour: str
    word: str
    results: tuple[dict[str, Any], ...]

    @property
    def name(self) -> str:
        return MEANING[self.control].name

    @property
    def says(self) -> str:
        return MEANING[self.control].says

    @property
    def remedy(self) -> str:
        return MEANING[self.control].remedy

    @property
    def failing(self) -> tuple[dict[str, Any], ...]:
        """What is not as it should be, in order."""
        return tuple(result for result in self.results if not result["is_balanced"])

    @property
    def fine(self) -> tuple[dict[str, Any], ...]:
        return tuple(result for result in self.results if result["is_balanced"])

    @property
    def left(self) -> str:
        """Heading of the left sums."""
        return "found" if _is_alarm(self.results) else "in"

    @property
    def right(self) -> str:
        """Heading of the right sums."""
        return "expected" if _is_alarm(self.results) else "out"


def rows(controls: pl.DataFrame) -> list[Row]:
    """Return one row per control C1 to C12, from contract ControlResult."""
    made = []
    for control in MEANING:
        results = tuple(controls.filter(pl.col("control") == control).to_dicts())
        failing = sum(not result["is_balanced"] for result in results)
        if not results:
            made.append(Row(control, "none", "nothing yet", results))
        elif not failing:
            made.append(Row(control, "good", "nothing alarming" if _is_alarm(results) else "ties out", results))
        elif _is_alarm(results):
            made.append(Row(control, "look", "1 alarm" if failing == 1 else f"{failing} alarms", results))
        else:
            made.append(Row(control, "bad", "does not tie out", results))
    return made


def write(folder: Path, controls: pl.DataFrame, *, on: dt.date, release_id: int | None, is_published: bool) -> None:
    """Write PAGE and TABLE into a folder, each in one step; what stands there already is not written again.

    on: the local date on which alarms were judged.
    """
    told = rows(controls)
    first = sorted(told, key=lambda row: _FIRST.get(row.colour, len(_FIRST)))
    page = _PAGES.get_template("controls.html.j2").render(
        on=on,
        night=f"{on:%A} {on.day} {on:%B %Y}",
        rows=first,
        shown=SHOWN,
        verdict=_verdict(told),
        release=_release(release_id, is_published),
    )
    for name, text in ((PAGE, page + "\n"), (TABLE, _csv(told))):
        content = text.encode()
        if not (folder / name).is_file() or (folder / name).read_bytes() != content:
            publish_bytes(folder / name, content)


def _release(release_id: int | None, is_published: bool) -> str:
    if release_id is None:
        return "Nothing was published yet."
    return f"Readers see release {release_id}{'' if is_published else ', of an earlier state'}."


def _verdict(told: list[Row]) -> dict[str, Any]:
    bad = [row for row in told if row.colour == "bad"]
    look = [row for row in told if row.colour == "look"]
    if bad:
        says = "Nothing was published; readers see what they saw before. Below is what to do."
        return {"colour": "bad", "title": "This does not tie out", "named": bad, "says": says}
    if look:
        says = "Everything ties out and is published. An alarm holds up nothing; below is what to do."
        return {"colour": "look", "title": "Alarm", "named": look, "says": says}
    says = "To the record, the second, the byte and the micro-euro; and nothing is alarming."
    return {"colour": "good", "title": "Everything ties out and is published", "named": [], "says": says}


def _is_alarm(results: tuple[dict[str, Any], ...]) -> bool:
    return any(result["kind"] == "alarm" for result in results)


def _csv(told: list[Row]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    writer.writerows(_csv_rows(told))
    return text.getvalue()


def _csv_rows(told: list[Row]) -> Iterator[list[str | int]]:
    for row in told:
        for result in row.results:
            failing = "alarm" if result["kind"] == "alarm" else "does not tie out"
            state = "good" if result["is_balanced"] else failing
            words = [row.control, row.name, result["kind"], state, result["scope"], result["unit"]]
            sums = [result["left"], result["right"], result["left"] - result["right"]]
            remedy = "" if result["is_balanced"] else row.remedy
            yield [*map(_plain, words), *sums, _plain(result["detail"]), _plain(remedy)]


def _plain(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
