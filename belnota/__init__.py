"""The floor of Belnota: money, periods, phone numbers, errors, settings, the store and the data dictionary."""

__version__ = "0.1.0"
