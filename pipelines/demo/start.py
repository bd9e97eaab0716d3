"""What a new workspace starts from."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath

from belnota.files import publish_bytes
from belnota.settings import SETTINGS_FILE


def write_workspace(folder: Path, *, settles: bool = False) -> None:
    """Write `belnota.toml`, `accounts/`, `decks/`, `mappings/` and an empty `inbox/` into a folder.

    settles: new files in the inbox wait until their upload has surely ended; the demo's appear whole and need not.
    Files of the same name are overwritten; everything else in the folder is left alone.
    """
    for path, source in _below(resources.files("pipelines.demo").joinpath("data"), PurePosixPath()):
        content = source.read_bytes()
        if path.name == SETTINGS_FILE and not settles:
            content = content.replace(b"settle_seconds = 60 ", b"settle_seconds = 0  ")
        publish_bytes(folder / path, content)
    (folder / "inbox").mkdir(parents=True, exist_ok=True)


def _below(source: Traversable, path: PurePosixPath) -> Iterator[tuple[PurePosixPath, Traversable]]:
    for entry in sorted(source.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _below(entry, path / entry.name)
        else:
            yield path / entry.name, entry
