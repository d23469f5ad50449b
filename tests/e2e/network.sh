#!/bin/sh
# network.sh STEPWRIGHT SCRATCH: the compiler has no network library, and becomes the program that
# has for the verbs that need it.
set -eu
program=$1 scratch=$2
rm -rf "$scratch"
mkdir -p "$scratch/alone"

fail() { echo "network.sh: $*" >&2; exit 1; }

needs() { readelf -d "$1" | grep NEEDED; }
needs "$program" >"$scratch/compiler"
grep -qE 'libcurl|libssl|libexpat' "$scratch/compiler" && fail "stepwright loads a network library"
grep -q libcrypto "$scratch/compiler" || fail "readelf did not list stepwright's libraries"
needs "$(dirname "$program")/stepwright-aws" | grep -q libcurl || fail "stepwright-aws has no libcurl"

# No credentials anywhere, and nobody is asked for any.
bare() { env -i HOME="$scratch" AWS_EC2_METADATA_DISABLED=true "$@"; }
status=0
bare "$program" whoami >"$scratch/out" 2>&1 || status=$?
[ "$status" -eq 1 ] || fail "whoami without credentials ended with $status"
grep -q '\[no-credentials\]' "$scratch/out" || fail "whoami did not say that there are none"
bare "$program" whoami --help | grep -q -- --endpoint-url || fail "whoami --help"
bare "$program" --help | grep -q whoami || fail "--help does not list whoami"

status=0
bare AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=topsecret AWS_REGION=eu-west-1 AWS_MAX_ATTEMPTS=1 \
    "$program" whoami --endpoint-url http://127.0.0.1:1 >"$scratch/out" 2>&1 || status=$?
[ "$status" -eq 3 ] || fail "whoami without a network ended with $status"
grep -q topsecret "$scratch/out" && fail "a secret was printed"

status=0
cp "$program" "$scratch/alone/stepwright"
bare "$scratch/alone/stepwright" whoami >"$scratch/out" 2>&1 || status=$?
[ "$status" -eq 3 ] || fail "without stepwright-aws it ended with $status"
grep -q 'cannot start .*stepwright-aws' "$scratch/out" || fail "it did not name what is missing"
