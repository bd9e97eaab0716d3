"""Who is billed: customers, numbers with validity, subscriptions, modules, the catalogue, limits and users."""

from accounts.bundles import bundle_shares
from accounts.faults import AccountsRefused, Fault
from accounts.fees import fees
from accounts.importing import FileSummary, ImportSummary, import_folder
from accounts.names import bundle_products, connection_names
from accounts.ownership import ownership
from accounts.people import customers, recipients, voip_limits
from accounts.rollover import carried_away, carried_units, rollovers, with_carried

__all__ = [
    "AccountsRefused",
    "Fault",
    "FileSummary",
    "ImportSummary",
    "bundle_products",
    "bundle_shares",
    "carried_away",
    "carried_units",
    "connection_names",
    "customers",
    "fees",
    "import_folder",
    "ownership",
    "recipients",
    "rollovers",
    "voip_limits",
    "with_carried",
]
