#!/bin/sh
# Makes the virtual environment. Debian and Ubuntu ship Python without its venv module: install it when we may, else say so.
set -eu
"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "Belnota needs Python 3.11 or newer; '$PYTHON' is $("$PYTHON" --version 2>&1). Name another one: make PYTHON=python3.12 ..." >&2
    exit 2
}
if ! "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null; then
    package="python$("$PYTHON" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq && apt-get install -y -qq "$package"
    else
        echo "Python's venv module is missing. Install it and try again: sudo apt-get install $package" >&2
        exit 2
    fi
fi
"$PYTHON" -m venv "$VENV"
