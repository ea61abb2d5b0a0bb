#!/bin/sh
# What the browser tests need: Debian's chromium, a font with Chinese, and the tools that look into a PDF.
# Installed if we may; else it is said which tests are left out and how to get them.
set -eu
wanted="chromium fonts-noto-cjk poppler-utils"
missing=""
for package in $wanted; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q "ok installed" || missing="$missing $package"
done
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    apt-get update -qq
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null && exit 0
fi
echo "Left out: the tests in a browser and of printed pages that need$missing." >&2
echo "To have them: sudo apt-get install$missing" >&2
