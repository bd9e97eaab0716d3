"""Who is billed: customers, numbers with validity, subscriptions, modules, the catalogue, limits and users."""

from accounts.bundles import bundle_shares
from accounts.faults import AccountsRefused, Fault
from accounts.fees import fees
from accounts.importing import FileSummary, ImportSummary, import_folder
from accounts.names import bundle_products, connection_names
from accounts.ownership import ownership
from accounts.people import customers, recipients, voip_limits

__all__ = [
    "AccountsRefused",
    "Fault",
    "FileSummary",
    "ImportSummary",
    "bundle_products",
    "bundle_shares",
    "connection_names",
    "customers",
    "fees",
    "import_folder",
    "ownership",
    "recipients",
    "voip_limits",
]
