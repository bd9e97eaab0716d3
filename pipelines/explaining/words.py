"""The sentences of an explanation."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final

from belnota import wording
from belnota.periods import local_day
from pipelines import suspense_list
from pipelines.arithmetic_text import euros, micro_euros, row_named, units
from pipelines.explaining.bundles import Draw
from pipelines.explaining.explain import Explanation
from pipelines.reasons import FREE

_NAMES: Final[Mapping[str, str]] = {
    "customer_id": "customer",
    "subscription_id": "subscription",
    "deck": "price list",
    "information_charge_micro_eur": "information charge",
    "charge_micro_eur": "charge",
}


def headline(told: Explanation) -> str:
    """Return the call and its charge: `pbx/1.2: rated, EUR 0.1488`."""
    call = told.call
    if not told.is_rated:
        return f"{call['call_id']}: not rated yet; the next night rates it: belnota nightly"
    amount = call["charge_micro_eur"]
    return f"{call['call_id']}: {call['status']}, {'no price' if amount is None else f'EUR {micro_euros(amount)}'}"


def billed(told: Explanation) -> str:
    """Return on which invoice a call is, or will be."""
    call = told.call
    month = call["billing_period"]
    if call["status"] == "unrated":
        return f"not while it has no price; it waits in {month}"
    if call["customer_id"] is None:
        return f"to nobody; it stands in {month}"
    return f"with {month}, which is {'closed' if told.is_closed else 'open: it is rated anew each night'}"


def late(told: Explanation) -> str:
    """Return why a call is not billed with its own month; empty when it is."""
    if not told.is_late:
        return ""
    month = told.call["period"]
    return (
        f"{month} is closed and did not bill it; it is priced by its own date, "
        f"and has what the calls that {month} billed left of its bundles"
    )


def row(told: Explanation) -> str:
    """Return which price row answered a call that has no arithmetic to show it; empty for others."""
    call = told.call
    if told.charges or call["deck"] is None:
        return ""
    for charge in told.again.instead:
        return f"{row_named(charge)} (line {charge.row['line']} of its rates.csv)"
    prefix = f"prefix {call['prefix']}" if call["prefix"] else "any number"
    return f"{call['deck']}, {prefix} {call['destination']}"


def reason(told: Explanation) -> str:
    """Return why a call is free or unrated, and what to do about it; empty for a rated one."""
    call = told.call
    if call["reason"] is None:
        return ""
    if call["status"] == "unrated":
        means, remedy = suspense_list.meaning(call["reason"])
        asked = told.problem or _asked(told)
        return f"{call['reason']}: {means}{asked and f' ({asked})'}; {remedy}"
    said = FREE.get(call["reason"], call["reason"].replace("_", " "))
    if told.write_off:
        row = told.write_off
        said += f"; by {row['actor']} on {local_day(row['at'])}: {row['because']}"
    return f"{call['reason']}: {said}"


def _asked(told: Explanation) -> str:
    names = " and its base ".join(version.name for version in told.price_lists)
    nearest = told.again.nearest
    if nearest and nearest["deck"]:
        return (
            f"in {nearest['deck']} the row of prefix {nearest['prefix'] or '(any number)'}, {nearest['destination']}, "
            f"is of type {nearest['call_type']}"
        )
    return f"asked: {names}" if names else ""


def bundle(draw: Draw) -> str:
    """Return the name of a bundle, whether it is a group's, and its pool; `#2026-09` is what that month left."""
    return f"{draw.name} ({'group, ' if draw.is_group else ''}{draw.pool_id})"


def rest(told: Explanation) -> str:
    """Return what bundles left of a call, and how that is priced."""
    call = told.call
    inside, used, service = call["in_bundle_quantity"], call["quantity"], call["service"]
    if not inside:
        return ""
    if inside == used:
        without = sum((charge.charge for charge in told.again.instead), Fraction(0))
        return f"nothing of the call is left to charge; without bundles it would cost EUR {euros(without)}"
    priced = "priced as a call that starts there, slots and increments from 0, no connect fee and no minimum"
    return f"{units(used - inside, service)} are left: {priced}"


def check(told: Explanation) -> list[str]:
    """Return whether the call, worked out again by what is in use now, is as it was stored."""
    if not told.is_rated:
        return []
    if not told.differs:
        return ["worked out again by the accounts and price lists in use: the same"]
    sentences = ["accounts or price lists changed since this was rated; by those in use now it is different:"]
    sentences += [f"  {difference(name, *pair)}" for name, pair in told.differs.items()]
    if told.priced_by:
        sentences.append(f"the arithmetic above is by {told.priced_by}: by that version it is as stored")
    elif not told.adds_up:
        sentences.append("the arithmetic above is by those in use now, so it does not make the stored charge")
    if told.is_closed:
        sentences.append(f"{told.call['billing_period']} is closed: what was billed stays")
    else:
        sentences.append("the next night rates it again: belnota nightly")
    return sentences


def difference(name: str, stored: Any, now: Any) -> str:
    """Return one difference: `charge: EUR 0.1488 stored, EUR 0.1500 now`."""
    both = [_value(name, value) for value in (stored, now)]
    return f"{_NAMES.get(name, name.replace('_', ' '))}: {both[0]} stored, {both[1]} now"


def _value(name: str, value: Any) -> str:
    if value is None:
        return "none"
    return f"EUR {micro_euros(value)}" if name.endswith("_micro_eur") else str(value) or "any number"


def numbers(told: Explanation) -> tuple[str, str]:
    """Return our number with its owner, and the other end as dialled and as read."""
    call = told.call
    own = f"{wording.phone_number(call['own_number'], 'nl')} ({call['own_number']})"
    if call["customer_id"] is None:
        owner = "nobody had it at that moment"
    else:
        owner = f"subscription {call['subscription_id']} of {call['customer_id']} {told.customer or ''}".rstrip()
    if call["service"] == "data" and not call["dialled"]:
        return f"{own}, {owner}", f"none; {wording.call_type_name(call['call_type'], 'en')} ({call['call_type']})"
    wrote = f"{'dialled' if call['direction'] == 'out' else 'shown as'} {call['dialled'] or 'nothing'}"
    other = f"{wording.phone_number(call['other_number'], 'en')} ({call['other_number']}), {wrote}"
    return f"{own}, {owner}", f"{other}; {wording.call_type_name(call['call_type'], 'en')} ({call['call_type']})"
