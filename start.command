#!/bin/sh
# A double click on macOS (and on Linux desktops that run scripts) starts the studio.
cd "$(dirname "$0")" || exit 1
exec python3 launch.py "$@"
