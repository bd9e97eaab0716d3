-- revenue(from_on, until_on)
-- The same as omzet: revenue per customer of what was used from one local day until another (not included), without VAT.
from omzet(from_on, until_on)
