"""Raw files are read in a process of its own, with limited memory and time: a file that breaks it breaks nothing else.

The process is started for the first file and used for all; after a death the next file gets a new one. Requests and
answers are lines of JSON; tables come back as files in a scratch folder, which goes when reading ends.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from belnota.settings import Feed
from pipelines import reading_child
from pipelines.feeds import FileRefused, ReadResult
from pipelines.reading_child import OUT_OF_MEMORY, Unreadable, restored

__all__ = ["Reading", "ReadingProcess", "Unreadable"]

Reading = Callable[[Feed, str, Path], Generator[ReadResult]]
"""Reads the content of one file by a feed and the text of its mapping, block by block.

Raises FileRefused, or Unreadable, with any block; then none of them counts."""

SCRATCH: Final = ".reading"
"""Folder in the workspace for what is being read; nothing in it outlives a run."""
_START_SECONDS: Final = 120
_INHERITED: Final = ("PATH", "HOME", "LANG", "LC_", "LD_", "DYLD_", "TZ", "TMPDIR", "POLARS_", "SYSTEMROOT")
"""What the process gets of our environment: enough to start, and no secrets."""
_NO_MEMORY: Final = ("memory allocation", "allocate memory", "out of memory")
_ENDED: Final = "reading this file ended the process that reads ({}); the other files are not affected"


class ReadingProcess:
    """A Reading whose work is done by a process of its own; use it as a context manager."""

    def __init__(self, scratch: Path, *, mebibytes: int, seconds: int, module: str = reading_child.__name__) -> None:
        self._scratch, self._mebibytes, self._seconds, self._module = scratch, mebibytes, seconds, module
        self._process: subprocess.Popen[bytes] | None = None
        self._has_read = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the process, wait for it, and remove its scratch folder."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    with suppress(OSError):
                        pipe.close()
            self._process = None
        shutil.rmtree(self._scratch, ignore_errors=True)

    def __call__(self, feed: Feed, mapping_toml: str, content: Path) -> Generator[ReadResult]:
        """Read one file; FileRefused also when it needs more memory or time than there is, or breaks the process.

        While the caller works on a block, the process reads the next one.
        """
        request = {"feed": asdict(feed), "mapping": mapping_toml, "content": str(content)}
        was_used = self._process is not None and self._has_read
        given = 0
        try:
            for result in self._results(request):
                yield result
                given += 1
        except _Died as death:
            if not was_used or death.is_late:
                raise death.refusal from None
        else:
            return
        try:  # what earlier files left in the process may have counted: this one alone decides
            yield from islice(self._results(request), given, None)
        except _Died as death:
            raise death.refusal from None

    def _results(self, request: dict[str, Any]) -> Iterator[ReadResult]:
        process = self._started()
        folder = Path(tempfile.mkdtemp(dir=self._scratch))
        is_done, seconds = False, float(self._seconds)
        asking: dict[str, Any] = request | {"folder": str(folder)}
        try:
            _ask(process, asking)
            while True:
                answer, seconds = self._told(process, seconds)
                self._has_read = True
                if "result" not in answer:
                    is_done = True
                    _raise_what_stopped(answer)
                    return
                result = restored(answer["result"], Path(answer["folder"]))
                shutil.rmtree(answer["folder"], ignore_errors=True)
                _ask(process, {"next": True})
                yield result
        finally:
            if not is_done:  # it died, or nobody wants the rest of this file
                self.close()
            shutil.rmtree(folder, ignore_errors=True)

    def _told(self, process: subprocess.Popen[bytes], seconds: float) -> tuple[dict[str, Any], float]:
        """Return the next answer, and how many seconds of waiting are left for this file."""
        begun = time.monotonic()
        line = _line_within(process, seconds)
        if line is None:
            process.kill()
            sentence = f"reading it took more than {self._seconds} seconds"
            remedy = "split it, or raise reader_seconds in [night] of belnota.toml"
            raise _Died(FileRefused("too_large", f"{sentence}; {remedy}"), is_late=True)
        if not line.endswith(b"\n"):
            raise _Died(self._death(process.wait()))
        answer: dict[str, Any] = json.loads(line)
        return answer, max(0.0, seconds - (time.monotonic() - begun))

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._scratch.mkdir(parents=True, exist_ok=True)
            inherited = {name: value for name, value in os.environ.items() if name.startswith(_INHERITED)}
            with (self._scratch / "stderr").open("wb") as stderr:
                self._process = subprocess.Popen(  # noqa: S603 -- our own module
                    [sys.executable, "-P", "-m", self._module, str(self._mebibytes)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=stderr,
                    env=inherited | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
                )
            self._has_read = False
            if _line_within(self._process, _START_SECONDS) != b"ready\n":
                self.close()
                raise Unreadable("the process that reads files did not start; is there memory for it?")
        return self._process

    def _death(self, status: int) -> FileRefused:
        said = ""
        with suppress(OSError):
            said = (self._scratch / "stderr").read_bytes()[-65536:].decode("utf-8", "replace")
        told = any(words in said.lower() for words in _NO_MEMORY)
        if told or status in (OUT_OF_MEMORY, -signal.SIGKILL):  # a system without memory kills
            return out_of_memory(self._mebibytes)
        name = signal.Signals(-status).name if status < 0 else f"exit code {status}"
        return FileRefused("reader", _ENDED.format(name))


def out_of_memory(mebibytes: int) -> FileRefused:
    """Return the refusal of a file that needs more memory than its reader may have."""
    remedy = "split it, or raise reader_mebibytes in [night] of belnota.toml"
    return FileRefused("too_large", f"reading it needs more than {mebibytes} MiB of memory; {remedy}")


class _Died(Exception):
    """The reading process ended in the middle of a file."""

    def __init__(self, refusal: FileRefused, *, is_late: bool = False) -> None:
        super().__init__(refusal)
        self.refusal = refusal
        self.is_late = is_late


def _ask(process: subprocess.Popen[bytes], what: dict[str, Any]) -> None:
    with suppress(OSError):  # it is dead; why, the reading end tells
        _stdin(process).write(json.dumps(what, default=str).encode() + b"\n")
        _stdin(process).flush()


def _raise_what_stopped(answer: dict[str, Any]) -> None:
    """Raise what an answer says that is no result; nothing when the file was read to its end."""
    if "refused" in answer:
        raise FileRefused(*answer["refused"])
    if "os_error" in answer:
        raise OSError(*answer["os_error"])
    if "unreadable" in answer:
        raise Unreadable(answer["unreadable"])


def _stdin(process: subprocess.Popen[bytes]) -> Any:
    return process.stdin


def _line_within(process: subprocess.Popen[bytes], seconds: float) -> bytes | None:
    """Return the next line of a process, b"" when it ended, None when it takes too long."""
    stream: Any = process.stdout
    ready, _, _ = select.select([stream], [], [], seconds)
    return bytes(stream.readline()) if ready else None
