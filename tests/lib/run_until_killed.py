"""Runs `belnota` and kills itself with SIGKILL just before the n-th time it touches a file of the workspace.

python run_until_killed.py N WORKSPACE ARGUMENTS …     (N = 0: never; prints how many touches there were)
A touch is an open for writing, a rename or an unlink below the workspace: the moments between which state can differ.
"""

import os
import signal
import sys
from pathlib import Path

stop_at, workspace, *arguments = int(sys.argv[1]), os.path.realpath(sys.argv[2]), *sys.argv[3:]
touches = 0


def watch(event: str, values: tuple) -> None:
    global touches  # noqa: PLW0603 -- a hook has no other place to count
    if event == "open":
        path, mode, flags = values
        writes = (isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)) or (
            mode and mode[0] in "wax"
        )
        touched = path if writes else None
    elif event in {"os.rename", "os.remove"}:
        touched = values[0]
    else:
        return
    if isinstance(touched, (str, bytes, Path)) and os.fspath(os.fsdecode(touched)).startswith(workspace + os.sep):
        touches += 1
        if touches == stop_at:
            os.kill(os.getpid(), signal.SIGKILL)


sys.addaudithook(watch)
sys.argv = ["belnota", *arguments, "--workspace", workspace]
try:
    from pipelines.cli import main

    main()
finally:
    sys.stderr.write(f"touches {touches}\n")
