#!/bin/sh
# reference.sh PROGRAM SOURCE OUT: every type has an example in the reference pages, and each of them
# compiles: those of steps as they are, the others with a step for company.
set -eu
program=$1 source=$2 out=$3
rm -rf "$out"
mkdir -p "$out"
ln -s "$source/customcode" "$out/customcode"
cd "$out"
"$program" docs >reference.md
awk '/^## / { place = $2; type = "" }
  /^### / { type = $2 }
  /^```/ && file { close(file); file = ""; next }
  /^```yaml/ { file = place "-" type ".yaml"; print file >"files"; next }
  file { print >file }
  /^### / { print place "-" type ".yaml" >"types" }' reference.md
cmp files types || { echo "types without an example, or examples without a type"; exit 1; }
[ "$(wc -l <files)" -gt 40 ]
failed=0
while read -r file; do
  grep -q '^groups:' "$file" ||
    printf 'groups:\n  - {name: Group, jobs: [{name: step, type: pass}]}\n' >>"$file"
  if ! "$program" compile "$file" --root . --stage dev --out compiled 2>messages ||
    grep ': warning: ' messages | grep -vE '\[(wide-permission|unused-resource)\]' | grep -q .; then
    cat messages
    failed=1
  fi
done <files
exit $failed
