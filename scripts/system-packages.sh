#!/bin/sh
# The tests, and with `bench` the benchmarks, start real servers of their own. Installs what is missing when we may,
# else names it.
set -eu
what=${1:-tests}
missing=""
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
# The extension is packaged per version: that of the newest PostgreSQL here, else of the one apt would install.
version=$(ls /usr/lib/postgresql 2>/dev/null | sort -n | tail -n 1)
[ -n "$version" ] || version=$(apt-cache depends postgresql 2>/dev/null | sed -n 's/.*postgresql-\([0-9][0-9]*\)$/\1/p' | tail -n 1)
ls "/usr/share/postgresql/$version/extension/prefix.control" >/dev/null 2>&1 || missing="$missing postgresql-${version:-15}-prefix"
[ "$what" = bench ] || command -v pdftotext >/dev/null || missing="$missing poppler-utils"
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing for the $what:$missing"
    # shellcheck disable=SC2086 -- a list of words
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $missing >/dev/null
else
    echo "The $what need$missing. Install and try again: sudo apt-get install$missing" >&2
    exit 2
fi
