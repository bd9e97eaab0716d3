"""The chapters of the manual, in the order in which a call finds its price."""

from tests.spec.rules import (
    bands,
    bundles,
    bundles_of_a_month,
    call_types,
    crossing,
    fee_and_cap,
    increments,
    late_calls,
    longest_prefix,
    rollover,
    rounding,
    service_direction_origin,
    unrated,
    validity,
    what_is_charged,
    written_off,
)

CHAPTERS = (
    what_is_charged.CHAPTER,
    longest_prefix.CHAPTER,
    service_direction_origin.CHAPTER,
    validity.CHAPTER,
    bands.CHAPTER,
    crossing.CHAPTER,
    increments.CHAPTER,
    fee_and_cap.CHAPTER,
    rounding.CHAPTER,
    unrated.CHAPTER,
    call_types.CHAPTER,
    bundles.CHAPTER,
    bundles_of_a_month.CHAPTER,
    late_calls.CHAPTER,
    rollover.CHAPTER,
    written_off.CHAPTER,
)
