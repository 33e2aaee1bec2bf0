#!/usr/bin/env bash
# Gets SUMO 1.28.0 for comparisons and prints the path of its `sumo` binary.
#
#   SUMO=$(tests/peers/sumo.sh)                 # into target/peers/venv
#   SUMO=$(tests/peers/sumo.sh /some/folder)    # into a folder of your own
#
# The binaries lie beside each other: "$(dirname "$SUMO")/netconvert". Data goes to stdout, words to stderr.
set -euo pipefail

version=1.28.0
root=$(cd "$(dirname "$0")/../.." && pwd)
venv=${1:-$root/target/peers/venv}

fail() {
    echo "error: $1" >&2
    echo "hint: $2" >&2
    exit 1
}

find_sumo() {
    [ -d "$venv" ] || return 0
    find "$venv" -type f -path '*/sumo/bin/sumo' 2>/dev/null | head -n 1
}

is_right_version() {
    [ -n "$1" ] || return 1
    # Not piped into `grep -q`, which closes the pipe early and so, with pipefail, fails now and then.
    local words
    words=$(SUMO_HOME="$(dirname "$(dirname "$1")")" "$1" --version 2>/dev/null) || return 1
    [[ "$words" == *"sumo "*"${version%.0}"* ]]
}

sumo=$(find_sumo)
if ! is_right_version "$sumo"; then
    command -v python3 >/dev/null || fail "python3 is needed to install SUMO" "install Python 3 with its venv module"
    mkdir -p "$(dirname "$venv")"
    python3 -m venv "$venv" >&2 || fail "cannot make a virtual environment in $venv" "install python3-venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "eclipse-sumo==$version" >&2 ||
        fail "cannot install eclipse-sumo==$version from PyPI" \
            "needs access to PyPI; or give your own SUMO $version binaries to the scripts beside this one"
    sumo=$(find_sumo)
    is_right_version "$sumo" || fail "eclipse-sumo==$version was installed in $venv but its sumo does not run" \
        "try: $sumo --version"
fi
echo "$sumo"
