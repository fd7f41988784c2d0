#!/usr/bin/env bash
# Run once by Gradescope, as root and with a network, when it builds the image (Debian 12, Ubuntu 22.04 or newer).
# Brings a Python 3.11 or newer and the pinned packages into a place of their own, which every user may read: the
# grader's worker runs as another user. The system's python3, with which Gradescope's harness runs, stays as it is.
# Running it again mends what is missing and changes nothing else.
set -euo pipefail
umask 022

source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
prefix=${BACKPROP_PREFIX:-/opt/backprop}
venv=$prefix/venv

install() {
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "$@"
}

# The system's own interpreters only: one under somebody's home could not be read by the worker's user.
find_python() {
    local candidate
    for candidate in /usr/bin/python3.{13,12,11} /usr/local/bin/python3.{13,12,11} /usr/bin/python3 /usr/local/bin/python3; do
        if "$candidate" -c 'import sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then
            echo "$candidate"
            return 0
        fi
    done
    return 1
}

runs() { [ -x "$venv/bin/python" ] && "$venv/bin/python" -c 'import pip' 2>/dev/null; }

if ! runs; then
    python=$(find_python) || {
        install python3.11
        python=$(find_python)
    }
    echo "Using $python ($("$python" --version))"
    rm -rf "$venv"
    mkdir -p "$prefix"
    # venv works without Debian's python3.x-venv, ensurepip does not.
    "$python" -m venv --without-pip "$venv"
    if ! "$venv/bin/python" -c 'import ensurepip' 2>/dev/null; then
        install "python$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"
    fi
    "$venv/bin/python" -m ensurepip >/dev/null
fi

"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-cache-dir --root-user-action ignore \
    --only-binary :all: --require-hashes -r "$source_dir/requirements.txt"
chmod -R a+rX "$prefix"
chmod 600 "$source_dir/secret"
echo "$venv/bin/python" >"$source_dir/.python-path"
(cd "$source_dir" && "$venv/bin/python" -c 'import autograder.model.config, numpy, pytest')
echo "backprop: the grader is installed in $prefix"
