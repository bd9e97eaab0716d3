"""The process that reads raw files for pipelines.reading: `python -m pipelines.reading_child MEBIBYTES`.

It knows no store, no lake and no secrets. Whatever happens in it happens to one file.
"""

from __future__ import annotations

import json
import os
import queue
import resource
import signal
import sys
import threading
from collections.abc import Generator, Iterator, Mapping
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import polars as pl

from belnota.settings import Feed
from pipelines.feeds import FileRefused, LineReader, ReadResult, reader_of
from pipelines.feeds.blocks import blocks_of

OUT_OF_MEMORY: Final = 77
"""Exit code of a process whose file needs more memory than there may be."""

_TABLE: Final = "table"


class Unreadable(Exception):
    """A reader broke on a file: our fault, not the file's; it waits, the other files go on."""


def read_here(feed: Feed, mapping_toml: str, content: Path) -> Generator[ReadResult]:
    """Read a file in this very process: the Reading of the child, and of tests that do not need one.

    Yields a result per block where the format is read by blocks (LineReader), else one of the whole file.
    """
    read = reader_of(feed, mapping_toml)
    try:
        with content.open("rb") as stream:
            if isinstance(read, LineReader):
                yield from read.by_blocks(blocks_of(stream))
            else:
                yield read(stream.read())
    except (FileRefused, OSError, MemoryError):
        raise
    except Exception as error:  # a fault of a reader must not stop the files of others
        raise Unreadable(f"{type(error).__name__}: {error}".splitlines()[0][:300]) from error


def kept(result: ReadResult, folder: Path) -> dict[str, Any]:
    """Write the tables of a result to a folder; returns all its fields fit for JSON."""
    held = {field.name: getattr(result, field.name) for field in fields(result)}
    tables = {name: value for name, value in held.items() if isinstance(value, pl.DataFrame)}
    for name, table in tables.items():
        table.write_ipc(folder / f"{name}.arrow", compression="uncompressed")
    return {name: {_TABLE: f"{name}.arrow"} if name in tables else value for name, value in held.items()}


def restored(held: Mapping[str, Any], folder: Path) -> ReadResult:
    """Return the result that `kept` wrote."""
    return ReadResult(**{name: _restored(value, folder) for name, value in held.items()})


def _restored(value: Any, folder: Path) -> Any:
    if isinstance(value, dict) and _TABLE in value:
        return pl.read_ipc(folder / value[_TABLE])
    return tuple(value) if isinstance(value, list) else value


def answers(request: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Do one request; yields what to say about each block of the file, and at last that it is read, or why it is not.

    The next block is read when the caller asks for it.
    """
    folder = Path(request["folder"])
    try:
        blocks = read_here(Feed(**request["feed"]), request["mapping"], Path(request["content"]))
        for number, result in enumerate(blocks):
            made = folder / str(number)
            made.mkdir()
            yield {"result": kept(result, made), "folder": str(made)}
        yield {"read": True}
    except FileRefused as refusal:
        yield {"refused": [refusal.reason, refusal.sentence]}
    except Unreadable as fault:
        yield {"unreadable": str(fault)}
    except OSError as error:
        yield {"os_error": [error.errno, error.strerror or str(error), error.filename]}


def _limited(mebibytes: int) -> None:
    """Take no more memory than this; where the system knows no such limit, the caller's time limit is left."""
    for kind in ("RLIMIT_DATA", "RLIMIT_CORE"):
        limit = mebibytes << 20 if kind == "RLIMIT_DATA" else 0
        with suppress(AttributeError, ValueError, OSError):
            resource.setrlimit(getattr(resource, kind), (limit, limit))


def _requests() -> queue.Queue[bytes]:
    """Return the lines of standard input as they come; when it closes, whoever asked is gone, and so are we at once."""
    lines: queue.Queue[bytes] = queue.Queue()

    def listen() -> None:
        for line in sys.stdin.buffer:
            lines.put(line)
        os._exit(0)

    threading.Thread(target=listen, daemon=True).start()
    return lines


def main() -> None:
    """Answer requests until standard input closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever started us
    _limited(int(sys.argv[1]))
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # what a library prints is no answer
    lines = _requests()
    out.write(b"ready\n")
    try:
        while True:
            for number, answer in enumerate(answers(json.loads(lines.get()))):
                if number:
                    lines.get()  # it asks for the next block
                out.write(json.dumps(answer).encode() + b"\n")
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except BaseException:  # noqa: BLE001 -- a panic of Polars is one; this file is lost, and so is this process
        os._exit(1)


if __name__ == "__main__":
    main()
