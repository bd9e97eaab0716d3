"""Broken operations. Bad data is never an exception: it is a row with a reason (quarantine or suspense)."""

from __future__ import annotations


class BelnotaError(Exception):
    """Base of all errors that are shown to a person as one sentence, without a traceback.

    The message names the file, line and value where there is one, and says what to do.
    """

    exit_code = 1


class UnableToFinish(BelnotaError):
    """The work is right but could not be finished now: no disk, no balance, no server."""


class ControlsDoNotBalance(UnableToFinish):
    """A control total does not tie out, so nothing was published."""


class Refused(BelnotaError):
    """The command or its input is wrong; nothing was stored."""

    exit_code = 2


class WorkspaceBusy(BelnotaError):
    """Another run holds the workspace."""

    exit_code = 75
