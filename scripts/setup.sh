#!/usr/bin/env bash
# Makes .venv with this package, editable, and everything that demo, tests and checks need.
set -euo pipefail
cd "$(dirname "$0")/.."
PYTHON=${PYTHON:-python3}
cpu_index=https://download.pytorch.org/whl/cpu

fail() { echo "setup: $1" >&2; exit 1; }
reachable() { # judged by Python: a bare machine may have no curl
    .venv/bin/python - "$1" <<'PY' 2>/dev/null
import sys, urllib.request
urllib.request.urlopen(sys.argv[1], timeout=5).close()
PY
}

command -v "$PYTHON" >/dev/null || fail "no $PYTHON here: install Python 3.10 or newer, or name one: make PYTHON=/path/to/python3"
"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
    fail "$("$PYTHON" --version) is too old: Python 3.10 or newer is needed; name one: make PYTHON=/path/to/python3"
"$PYTHON" -m venv .venv || fail "cannot make .venv: on Debian and Ubuntu, install the package python3-venv"

echo "setup: installing into .venv; the first time takes a few minutes" >&2

# On Linux, PyPI's torch brings gigabytes of CUDA libraries. Without a GPU the CPU build does: take it from PyTorch's own
# index if that can be reached, and from the configured index if not (a mirror may hold nothing else, or CPU builds anyway).
if [ "$(uname -s)" = Linux ] && ! command -v nvidia-smi >/dev/null && reachable "$cpu_index/torch/"; then
    .venv/bin/python -m pip install --quiet -c constraints.txt --index-url "$cpu_index" torch ||
        echo "setup: no CPU build of torch from $cpu_index; taking the default one" >&2
fi
.venv/bin/python -m pip install --quiet -c constraints.txt -e ".[dev]"
