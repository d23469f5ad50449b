#!/bin/sh
# example.sh PROGRAM SOURCE CONFIG OUT: the example compiles for every stage without an error, and of
# warnings there are only those of permissions that no resource narrows; its state machine is valid,
# and its template links.
set -eu
program=$1 source=$2 config=$3 out=$4
name=$(basename "$config" .yaml)
cd "$source"
rm -rf "$out"
for stage in dev test prod; do
  "$program" compile "$config" --root . --stage "$stage" --out "$out/$stage" 2>"$out.messages" ||
    { cat "$out.messages"; exit 1; }
  if grep -E '(warning|error): ' "$out.messages" | grep -v '\[wide-permission\]'; then
    exit 1
  fi
  "$program" check "$out/$stage/$name.asl.json"
  sed -n 's/^ *"id": "\(.*\)",$/\1/p' "$out/$stage/$name.assets.json" | while read -r bundle; do
    for file in "$bundle.zip.json" "$bundle.json"; do
      printf '{"sha256": "%064d", "bytes": 1, "unpacked_bytes": 1, "files": 1}\n' 0 >"$out/$stage/$file"
    done
  done
  "$program" link "$out/$stage/$name.assets.json" --bundles "$out/$stage" --out "$out/$stage"
  [ -s "$out/$stage/$name.template.min.json" ]
done
