"""`belnota explain`: one stored call, from its charge down to the line of a raw file."""

from __future__ import annotations

from typing import Annotated

import typer

from belnota.periods import ZONE_NAME
from pipelines import arithmetic_text as amounts
from pipelines.cli.lines import show_charges, show_facts, show_lines
from pipelines.cli.shell import JsonOption, WorkspaceOption, console, show_json, workspace_of
from pipelines.explaining import Explanation, words
from pipelines.explaining import explain as explained
from pipelines.explaining.record import record_of


def register(app: typer.Typer) -> None:
    app.command()(explain)


def explain(
    call_id: Annotated[str, typer.Argument(metavar="CALL_ID", help="A call, or a part of its identity.")],
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Explain what a stored call cost: numbers, owner, price list and row, bundles, bands, rounding, raw line.

    The call is priced once more by the accounts and price lists in use, and what differs from what is stored is said.
    It prints phone numbers.

    Example: belnota explain pbx/1792482661.15516:15516
    """
    with workspace_of(workspace) as opened:
        told = explained(opened, call_id)
        root = opened.settings.workspace
    if as_json:
        show_json(record_of(told))
        return
    console.print(words.headline(told), markup=False)
    show_facts(_facts(told, str(told.source.path.relative_to(root))))
    console.print(f"  {told.source.raw_line or told.source.problem}", markup=False, soft_wrap=True)
    _show_parts(told)
    if why := words.reason(told):
        console.print(f"\n{why}", markup=False, soft_wrap=True)
    _show_bundles(told)
    show_charges(told.charges, told.call["charge_micro_eur"])
    console.print()
    for sentence in words.check(told):
        console.print(sentence, markup=False, soft_wrap=True)


def _facts(told: Explanation, path: str) -> list[tuple[str, str]]:
    call, source = told.call, told.source
    own, other = words.numbers(told)
    place = f", in {call['country'].upper()} (zone {call['zone']})" if call["country"] else ""
    made = "made" if call["direction"] == "out" else "received"
    used = amounts.units(call["quantity"], call["service"])
    rows = [
        ("what", f"{call['service']}, {made} {amounts.clock(call['answered_at'], ZONE_NAME)}, {used}{place}"),
        ("our number", own),
        ("other end", other),
    ]
    rows += [("billed", words.billed(told))] if told.is_rated else []
    rows += [("late", words.late(told)), ("price lists", ", base ".join(map(str, told.price_lists)))]
    rows += [("price row", words.row(told)), ("raw line", f"{source.file_name}, line {source.line_number:,} ({path})")]
    return [(name, said) for name, said in rows if said]


def _show_parts(told: Explanation) -> None:
    """Print the lines that a call was made of, when it came in several."""
    if not told.source.parts:
        return
    service = told.call["service"]
    rows = [
        (
            part.role,
            amounts.clock(part.happened_at, ZONE_NAME),
            "" if part.quantity is None else amounts.units(part.quantity, service),
            part.file_name,
            f"{part.line_number:,}",
            part.raw_line,
        )
        for part in told.source.parts
    ]
    console.print()
    show_lines(rows, ["made of", "at", "use", "file", "line", "raw line"])


def _show_bundles(told: Explanation) -> None:
    if not told.draws:
        return
    service = told.call["service"]
    rows = [
        (
            words.bundle(draw),
            draw.month,
            "" if draw.before is None else amounts.units(draw.before, service),
            amounts.units(draw.taken, service),
            "" if draw.after is None else amounts.units(draw.after, service),
        )
        for draw in told.draws
    ]
    console.print()
    show_lines(rows, ["bundle", "month", "left before", "paid", "left after"])
    if rest := words.rest(told):
        console.print(rest, markup=False, soft_wrap=True)
