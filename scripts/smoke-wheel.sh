#!/usr/bin/env bash
# smoke-wheel.sh PYTHON WHEEL VENV: installs the wheel alone into a new VENV, and sends a message with it.
set -euo pipefail
python=$1 wheel=$2 venv=$3
smoke=$(cd "$(dirname "$0")" && pwd)/smoke.py

"$python" -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --no-index "$wheel"
cd "$venv" # a folder without a spotmq package, which Python would import
"$venv/bin/spot" --version
"$venv/bin/python" -I "$smoke"
