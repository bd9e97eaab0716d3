"""Commands that price calls without a workspace: rate, quote."""

from __future__ import annotations

import re
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from belnota.errors import Refused
from belnota.phone import ANONYMOUS
from pipelines import arithmetic_text as words
from pipelines.cli.lines import show_charges, show_facts
from pipelines.cli.shell import JsonOption, console, show_json
from pipelines.given_decks import given_decks
from pipelines.quote import Asked, Quote, moment
from pipelines.quote import quote as made_quote
from pipelines.rate_file import rate_file
from pipelines.rate_inputs import ORIGIN

Service = StrEnum("Service", ["voice", "sms", "data"])
Direction = StrEnum("Direction", {"out": "out", "in": "in"})


def register(app: typer.Typer) -> None:
    app.command()(rate)
    app.command()(quote)


def rate(
    calls: Annotated[Path, typer.Argument(help="CSV or Parquet with call_id, service, called, answered_at, quantity.")],
    deck: Annotated[Path, typer.Option(help="Folder of the price list.")],
    out: Annotated[Path, typer.Option(help="CSV or Parquet to write, by its extension.")],
    base: Annotated[list[Path] | None, typer.Option(help="Folder of a base deck; may be repeated.")] = None,
    bundles: Annotated[
        Path | None, typer.Option(help="TOML with [[bundle]] tables; the calls then have `subscription`.")
    ] = None,
) -> None:
    """Price the calls of a file with a price list; no workspace is needed.

    The column `called` is compared with the prefixes of the price list as it stands, so write international digits,
    with or without +: 020-1234567 is 31201234567. Dutch short codes and service numbers stand behind 31 too:
    112 is 31112, 0900-1234 is 319001234. Nothing else is normalised. A price list that has a base needs --base.
    answered_at is a moment with its offset. Further columns may be direction, origin and subscription;
    docs/price-lists.md describes them, the result and the file of bundles.

    Example: belnota rate calls.csv --deck decks/zakelijk-2026 --base decks/az-2026 --out rated.csv
    """
    done = rate_file(calls, deck, base or [], out, bundles)
    console.print(
        f"{done.calls:,} calls: {done.rated:,} rated, {done.free:,} free, {done.unrated:,} unrated -> {out}",
        markup=False,
    )
    if done.unused:
        console.print(f"columns that were not used: {', '.join(done.unused)}", markup=False)


def quote(
    number: Annotated[
        str | None, typer.Argument(help="The number called, in digits: 31201234567 or +31201234567; none for data.")
    ] = None,
    *,
    deck: Annotated[Path, typer.Option(help="Folder of the price list.")],
    at: Annotated[str, typer.Option(metavar="TIME", help="The answer, as 2026-10-07T12:00; by the clock of the deck.")],
    duration: Annotated[
        int, typer.Option("--duration", "--quantity", min=0, max=2**53, help="Seconds; or messages, or bytes.")
    ],
    base: Annotated[list[Path] | None, typer.Option(help="Folder of a base deck; may be repeated.")] = None,
    service: Annotated[Service, typer.Option(help="What was used.")] = Service.voice,
    direction: Annotated[Direction, typer.Option(help="Made by the customer, or received.")] = Direction.out,
    origin: Annotated[
        str | None, typer.Option(help="Where it is called from: nl, eu, world or a country code.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Price one call with its arithmetic; no workspace is needed, and bundles are left out.

    The number is compared as `belnota rate` does: 020-1234567 is 31201234567, 0900-1234 is 319001234.

    Example: belnota quote 31201234567 --deck decks/mobiel --base decks/az-2026 --at 2026-10-07T17:59 --duration 125
    """
    if number is None and service != "data":
        raise Refused("name the number called, as in: belnota quote 31201234567 …; only data has none")
    decks, entry = given_decks(deck, base or [])
    instant = moment(at, decks[entry].settings.rules.timezone)
    if origin is not None and not re.fullmatch(ORIGIN, origin.lower()):
        raise Refused(f"--origin {origin!r}: write nl, eu, world or a country code of two letters")
    where = origin and origin.lower()
    asked = Asked(number or ANONYMOUS, instant, duration, service.value, direction.value, where)
    made = made_quote(decks, entry, asked)
    if as_json:
        show_json(_quote_json(made))
    else:
        _show_quote(made)


def _show_quote(made: Quote) -> None:
    asked = made.asked
    amount = made.charge_micro_eur
    price = "no price" if amount is None else f"EUR {words.micro_euros(amount)}"
    number = asked.service if asked.service == "data" else asked.number
    console.print(f"{number}: {made.rated['status']}, {price}", markup=False)
    did = "made" if asked.direction == "out" else "received"
    where = f" in {asked.origin}" if asked.origin else ""
    used = words.units(asked.quantity, asked.service)
    show_facts(
        [
            ("what", f"{asked.service}, {did} {words.clock(asked.at, made.timezone)}{where}, {used}"),
            ("price list", made.price_list),
        ]
    )
    if made.means:
        console.print(f"{made.rated['reason']}: {made.means}", markup=False)
    if made.hint:
        console.print(made.hint, markup=False)
    show_charges(made.charges, amount)


def _quote_json(made: Quote) -> dict[str, object]:
    amount = made.charge_micro_eur
    rated = {name: made.rated[name] for name in ("status", "reason", "call_type", "destination", "prefix", "band")}
    return {
        "asked": asdict(made.asked) | {"price_list": made.price_list},
        **rated,
        "means": made.means,
        "hint": made.hint,
        "charges": [words.as_json(charge) for charge in made.charges],
        "billed_quantity": made.rated["billed_quantity"],
        "charge_eur": None if amount is None else words.micro_euros(amount),
    }
