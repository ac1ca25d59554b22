#!/usr/bin/env bash
# All that a GPU is wanted for, in one call of under eight minutes: tests, figures, and a training of the pretrained model with what is left of the time.
#     benchmarks/gpu/run.sh OUT [arguments of run.py; --toy to try it on a CPU]
set -euo pipefail
out="$(realpath -m "$1")"; shift
cd "$(dirname "$0")/../.."
export PYTHONPATH="$PWD${PYTHONPATH:+:$PYTHONPATH}" PYTHONUNBUFFERED=1
exec "${PYTHON:-python3}" benchmarks/gpu/run.py --out "$out" --within 470 "$@"
