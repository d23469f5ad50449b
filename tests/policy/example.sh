#!/bin/sh
# example.sh PROGRAM POLICY_CALLS SOURCE CONFIG OUT: the roles of an example, compiled for dev, deny what
# is dangerous.
set -eu
program=$1 calls=$2 source=$3 config=$4 out=$5
name=$(basename "$config" .yaml)
rm -rf "$out"
mkdir -p "$out/expect"
"$program" compile "$config" --stage dev --root "$source" --out "$out/expect" 2>"$out/messages" ||
  { cat "$out/messages"; exit 1; }
mv "$out/expect/$name.iam.json" "$out/expect/pipeline.iam.json"
mv "$out/expect/$name.unlinked.json" "$out/expect/pipeline.unlinked.json"
[ ! -f "$source/tests/policy/$name.yaml" ] || cp "$source/tests/policy/$name.yaml" "$out/calls.yaml"
"$calls" "$out" "$source/tests/policy"
