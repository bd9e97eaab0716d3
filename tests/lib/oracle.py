"""The judge of rating: rating.md told in loops and whole numbers, one call and one increment at a time.

It shares nothing with the engine: it reads the same texts that go into deck.toml and rates.csv.
`facts` counts what the calls met (a tie on half, a call over the end of a bundle, ...), so that a test can show
that it tried what it says it tried.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from tests.lib.oracle_deck import OracleDeck, Row
from tests.lib.oracle_price import Answer, answer, in_micros, walk

SPECIAL = {
    "emergency", "freephone", "m2m", "corporate", "service_0900", "service_0906", "service_0909", "information_18xx",
    "voicemail",
}  # fmt: skip
FREE = ("not_answered", "internal", "too_short")
AMOUNTS = ("billed_quantity", "connect_fee_micro_eur", "charge_micro_eur", "information_charge_micro_eur")


class Judgement(NamedTuple):
    """rated: by call id. draws: (call, pool, subscription, period, taken). usage: by share (covered, used)."""

    rated: dict[str, dict]
    draws: set[tuple]
    usage: dict[tuple, tuple[int, int]]
    facts: Counter[str]


def rate_slowly(
    calls: list[dict], decks: dict[str, OracleDeck], shares: list[dict], used_before: dict[str, int]
) -> Judgement:
    """Rate calls in the order of answer, each from the bundles as those before it left them."""
    facts: Counter[str] = Counter()
    bundles = Bundles(shares, used_before, facts)
    rated = {}
    for call in sorted(calls, key=lambda one: (one["answered_at"], one["call_id"])):
        found = answer(call, "call", decks) if call["deck"] else None
        asked = asks(call, decks, facts) if found else None
        verdict = judged(call, found, asked)
        facts.update([verdict["reason"]] if verdict["reason"] else found.how)
        inside = 0
        if verdict["status"] == "rated":
            inside = bundles.draw(call, verdict)
            verdict |= charged(call, found, asked, inside, facts)
        rated[call["call_id"]] = verdict | {"in_bundle_quantity": inside}
    return Judgement(rated, bundles.draws, bundles.usage, facts)


def asks(call: dict, decks: dict[str, OracleDeck], facts: Counter[str]) -> Answer | None:
    """What the number's holder asks: by its own rows, unless the call is too short for them."""
    found = answer(call, "information", decks)
    if found and call["quantity"] < found.first_row(call).free_below:
        facts["information too short"] += 1
        return None
    return found


def judged(call: dict, found: Answer | None, asked: Answer | None) -> dict:
    """What answers a call, and whether it is rated, free or unrated; nothing is charged yet."""
    first = found.first_row(call) if found else None
    reason = unanswerable(call, first)
    result = {"call_type": call["call_type"]} | dict.fromkeys(("deck", "prefix", "destination", "band"))
    if reason is None:
        result = {
            "call_type": call["call_type"] or first.call_type, "deck": found.deck.name, "prefix": first.prefix,
            "destination": first.destination, "band": first.band,
        }  # fmt: skip
        if call["quantity"] < first.free_below:
            reason = "too_short"
        elif found.is_too_long(call):
            reason = "too_long"
        elif found.is_out_of_range(call) or (asked and (asked.is_too_long(call) or asked.is_out_of_range(call))):
            reason = "charge_out_of_range"
    if call["quantity"] == 0:
        reason = "not_answered"
    status = "rated" if reason is None else "free" if reason in FREE else "unrated"
    money = dict.fromkeys(AMOUNTS, None if status == "unrated" else 0)
    return {"call_id": call["call_id"], **result, "status": status, "reason": reason, **money}


def unanswerable(call: dict, first: Row | None) -> str | None:
    """Why no price may answer a call."""
    if call["call_type"] == "internal":
        return "internal"
    if not call["deck"]:
        return "unknown_number"
    if not first:
        return "no_price"
    if call["call_type"] in SPECIAL and first.call_type != call["call_type"]:
        return "no_price_for_call_type"
    return None


def charged(call: dict, found: Answer, asked: Answer | None, inside: int, facts: Counter[str]) -> dict:
    """The amounts of a rated call: what bundles left of it, and what the number's holder asks for all of it."""
    result = {"charge_micro_eur": 0, "information_charge_micro_eur": 0}
    if inside < call["quantity"]:
        walked = walk(call, found, inside, facts)
        result["band"] = walked.first.band
        result["billed_quantity"] = walked.billed
        result["connect_fee_micro_eur"] = in_micros(walked.fee, found.deck, facts)
        result["charge_micro_eur"] = in_micros(walked.charge, found.deck, facts)
    if asked:
        facts.update(asked.how)
        information = in_micros(walk(call, asked, 0, facts).charge, asked.deck, facts)
        result["information_charge_micro_eur"] = information
        result["charge_micro_eur"] += information
    return result


class Bundles:
    """The bundles of one period as calls leave them: each call takes what it needs, in order of rank."""

    def __init__(self, shares: list[dict], used_before: dict[str, int], facts: Counter[str]) -> None:
        self.facts = facts
        self.draws: set[tuple] = set()
        self.usage = {(share["pool_id"], share["subscription_id"]): (0, 0) for share in shares}
        self.shares_of: dict[str, list[dict]] = {}
        self.left: dict[str, int] = {}
        for share in sorted(shares, key=lambda one: one["rank"]):
            self.shares_of.setdefault(share["subscription_id"], []).append(share)
            self.left[share["pool_id"]] = self.left.get(share["pool_id"], 0) + share["share"]
        for pool, used in used_before.items():
            self.left[pool] = max(self.left[pool] - used, 0)

    def draw(self, call: dict, verdict: dict) -> int:
        """Take what bundles can give to a call; return how much."""
        inside = 0
        for share in self.shares_of.get(call["subscription_id"], ()):
            needed = call["quantity"] - inside
            if needed and covers(share, call, verdict):
                taken = min(needed, self.left[share["pool_id"]])
                key = (share["pool_id"], share["subscription_id"])
                self.usage[key] = (self.usage[key][0] + needed, self.usage[key][1] + taken)
                self.left[share["pool_id"]] -= taken
                self.facts["second bundle"] += bool(taken and inside)
                inside += taken
                if taken:
                    self.draws.add((call["call_id"], *key, share["period"], taken))
        self.facts["wholly in bundle" if inside == call["quantity"] else "over the end of a bundle"] += inside > 0
        return inside


def covers(share: dict, call: dict, verdict: dict) -> bool:
    if call["direction"] == "in" and call["service"] != "data":
        return False
    return (
        share["service"] == call["service"]
        and share["valid_from_at"] <= call["answered_at"] < share["valid_until_at"]
        and (not share["call_types"] or verdict["call_type"] in share["call_types"])
        and (not share["destinations"] or verdict["destination"] in share["destinations"])
    )
