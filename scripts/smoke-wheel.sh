#!/usr/bin/env bash
# smoke-wheel.sh PYTHON WHEEL VENV: installs the wheel, and nothing else, into a new VENV and uses it.
set -euo pipefail
python=$1 wheel=$2 venv=$3
smoke=$(cd "$(dirname "$0")" && pwd)/smoke.py

"$python" -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --no-index "$wheel"
cd "$venv" # where no spotmq lies beside
"$venv/bin/spot" --version
"$venv/bin/python" -I "$smoke"
