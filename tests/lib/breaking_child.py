"""A reading process whose reader does what the file says: abort, hang, exit, take all memory, or read."""

import os
import signal
import sys
import time

from pipelines import reading_child


class Panic(BaseException):
    """As Polars' own: no Exception."""


read_here = reading_child.read_here


def breaking(feed, mapping_toml, content):
    match content.read_bytes().split(b"\n")[0]:
        case b"abort":
            os.abort()
        case b"hang":
            time.sleep(60)
        case b"exit":
            os._exit(7)
        case b"panic":
            raise Panic
        case b"killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case b"print":
            sys.stdout.write("nobody asked\n")
            sys.stdout.flush()
            os.write(1, b"nobody asked\n")
        case b"once":  # dies, but only in a process that has read before
            if hasattr(sys, "has_read"):
                os.abort()
    sys.has_read = True
    return read_here(feed, mapping_toml, content)


reading_child.read_here = breaking
reading_child.main()
