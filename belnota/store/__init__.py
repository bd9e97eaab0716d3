"""The store: small, transactional facts (accounts, registers, number series, outbox) on SQLite or PostgreSQL."""

from belnota.store.engine import Store, open_store

__all__ = ["Store", "open_store"]
