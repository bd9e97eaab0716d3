"""Adding up what `belnota quote` and `belnota explain` print, with nothing but the figures of their JSON."""

from __future__ import annotations

from fractions import Fraction

from belnota.money import round_ratio


def amount(text: str) -> Fraction:
    return Fraction(text.replace(",", ""))


def charge_of(charge: dict) -> Fraction:
    """Parts and fee, at most the cap, rounded once; each step must be the one that is printed."""
    for part in charge["parts"]:
        assert Fraction(part["amount_exact"]) == amount(part["price_eur"]) * part["units"] / part["per"]
    whole = sum((Fraction(part["amount_exact"]) for part in charge["parts"]), amount(charge["connect_fee_eur"]))
    assert whole == Fraction(charge["sum_exact"])
    if charge["max_charge_eur"] is not None:
        whole = min(whole, amount(charge["max_charge_eur"]))
    step = Fraction(1, 10 ** charge["decimals"])
    steps = whole / step
    done = round_ratio(steps.numerator, steps.denominator, charge["rounding"]) * step
    assert done == amount(charge["charge_eur"])
    return done


def sum_of(charges: list[dict]) -> Fraction:
    """What the charges of a call make together, in euros."""
    return sum((charge_of(charge) for charge in charges), Fraction(0))
