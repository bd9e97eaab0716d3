"""The demo month: a made-up reseller's workspace, and two months of raw files such as real ones bring.

Everything is seeded: the same bytes on every run and machine. `fixtures/README.md` lists what is hidden in it.
"""

from pipelines.demo.arrivals import Arrival, demo_arrivals
from pipelines.demo.nights import nights
from pipelines.demo.start import write_workspace

__all__ = ["Arrival", "demo_arrivals", "nights", "write_workspace"]
