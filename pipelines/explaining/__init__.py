"""`belnota explain`: one stored call, from its charge down to the line of a raw file (rating.md section 6)."""

from pipelines.explaining.explain import Explanation, explain, explanations
from pipelines.explaining.find import find

__all__ = ["Explanation", "explain", "explanations", "find"]
