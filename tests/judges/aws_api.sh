#!/bin/sh
# Every task asks of its service what botocore says the service can be asked. Skipped without botocore.
set -eu
python3 -c 'import botocore' 2>/dev/null || { echo "skipped: python3 has no botocore"; exit 77; }
. "$2/tests/judges/compile_all.sh"
compile_all "$1" "$2" "$3"
python3 "$2/tests/judges/aws_api.py" "$3"/*/*.asl.json
