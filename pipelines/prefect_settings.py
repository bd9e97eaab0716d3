"""Prefect as we want it: on this machine only, telling nobody anything. Import this before prefect."""

from __future__ import annotations

import os

DEFAULTS = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "90",  # the default of 20 is too short for a busy machine
    "PREFECT_LOGGING_LEVEL": "WARNING",
    # A refusal is one sentence of ours; Prefect's traceback of it stays in the run's log, where its pages show it.
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
}

for _name, _value in DEFAULTS.items():
    os.environ.setdefault(_name, _value)
