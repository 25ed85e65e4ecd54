#!/usr/bin/env bash
# Gradescope runs this once, as root, when it builds the image in which hand-ins are graded.
set -euo pipefail
cd "$(dirname "$0")"
room=/opt/autograder

# With bubblewrap and namespaces a hand-in has a file system of its own; without them, a user of its own.
if ! command -v bwrap >/dev/null; then
  apt-get update -qq && apt-get install -y -qq bubblewrap || echo "no bubblewrap here"
fi

# The versions below are for Python VERSION. Where the image has another one, uv fetches it.
if pythonVERSION -c "import ensurepip, venv" 2>/dev/null; then
  pythonVERSION -m venv "$room"
else
  apt-get update -qq && apt-get install -y -qq python3-venv
  python3 -m venv /opt/uv
  /opt/uv/bin/pip install -q uv
  UV_PYTHON_INSTALL_DIR=/opt/python /opt/uv/bin/uv venv -q --seed --python VERSION "$room"
fi
"$room/bin/python" -m pip install -q --no-cache-dir -r requirements.txt

# Data that hand-ins are graded on are made here, not once for every hand-in.
export XDG_CACHE_HOME=$room/cache
"$room/bin/python" -m autograder.classroom.on_gradescope --prepare "$(dirname "$PWD")"
chmod -R go=rX "$room"
