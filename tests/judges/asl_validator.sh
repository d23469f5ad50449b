#!/bin/sh
# npm's asl-validator accepts every state machine. Skipped where it is not installed.
set -eu
command -v asl-validator >/dev/null || { echo "skipped: asl-validator is not installed"; exit 77; }
. "$2/tests/judges/compile_all.sh"
compile_all "$1" "$2" "$3"
for machine in "$3"/*/*.asl.json; do
    [ -s "$machine" ] || continue # a pipeline without steps
    asl-validator --json-path "$machine"
done
