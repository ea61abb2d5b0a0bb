#!/bin/sh
# Debian ships Python without the module that makes a virtual environment; put it there if we may, else say how.
set -eu
python="$1"
rm -rf .venv
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >/dev/null
    exec "$python" -m venv .venv
fi
echo "Python's venv module is missing. Install it first: sudo apt-get install python3-venv" >&2
exit 1
