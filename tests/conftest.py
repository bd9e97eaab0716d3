"""Fixtures for all tests: `store`, freshly migrated, once on SQLite and once on PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from belnota.store import Store, open_store
from tests.lib.postgres import Cluster, running_cluster

# A machine that does other work too must not turn a true law into a failure.
settings.register_profile("belnota", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("belnota")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A private PostgreSQL, started by the first test that asks; with pytest-xdist each worker has its own."""
    with running_cluster() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "store.sqlite"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a freshly migrated, empty store on each database."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            path = tmp_path / "store.sqlite"
            shutil.copyfile(request.getfixturevalue("migrated_sqlite"), path)
            yield f"sqlite:///{path}"
        else:
            yield stack.enter_context(request.getfixturevalue("postgres").migrated_database())


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """A freshly migrated, empty store; the test runs once on SQLite and once on PostgreSQL."""
    opened = open_store(store_url)
    yield opened
    opened.close()
