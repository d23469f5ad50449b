#!/bin/sh
# self.sh COMPILER: lint.sh finds every fault that is planted in bad/, and says so.
set -u
here=$(cd "$(dirname "$0")" && pwd)
found=$(mktemp)
trap 'rm -f "$found"' EXIT
for rule in includes banned guards headers; do
  sh "$here/lint.sh" "$rule" "$here/bad" "$1" >>"$found" && { echo "$rule: found nothing"; exit 1; }
done
grep -v '^ ' "$found" | diff - "$here/bad/expected.txt"
