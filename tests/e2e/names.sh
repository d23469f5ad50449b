#!/bin/sh
# A config's name that AWS or CMake would not take is refused at once, with one message. An option
# that sets a variable is explained once.
#   names.sh PROGRAM SOURCE_DIR SCRATCH_DIR
set -eu
program=$1 source=$2 out=$3
rm -rf "$out"
mkdir -p "$out"
cd "$out"
cp -r "$source/configs" "$source/customcode" .

die() { echo "$*" >&2; exit 1; }

for name in 'a b' '#a' '$a' 'ünï' 'a;b' 'a\b' 'a"b' "a'b" '{a}' '[a]' 'a,b' '%a' '@a' 'a(b' _a -a; do
  cp configs/hello.yaml "configs/$name.yaml"
  "$program" plan --root . --stages dev,test --out plan.cmake configs 2>messages &&
    die "plan takes '$name'"
  grep -qF "file 'configs/$name.yaml' cannot name a pipeline [bad-name]" messages ||
    die "$name: $(cat messages)"
  [ "$(grep -c bad-name messages)" = 1 ] || die "more than once: $(cat messages)"
  [ ! -e plan.cmake ] || die "'$name' is wrong, and there is a plan"
  rm "configs/$name.yaml"
done

long=$(printf '%077d' 0)
for good in a_b a-b a.b 1 "$long"; do
  cp configs/hello.yaml "configs/$good.yaml"
  "$program" check --stage prod "configs/$good.yaml" || die "check refuses '$good'"
done
"$program" check --stage dev "configs/$long.yaml" 2>messages && die "check takes 81 characters"
grep -qF "has 81 characters; expected at most 80 [name-too-long]" messages || die "$(cat messages)"

"$program" explain variable night --pipeline reviews --stage prod -D night=never >explained
[ "$(grep -c -e '-D' explained)" = 1 ] || die "$(cat explained)"
grep -qF 'set at       -D: "never"' explained || die "$(cat explained)"

# Which pipeline, which stage, which value: no two answers.
cp configs/hello.yaml configs/hello-dev.yaml
"$program" plan --root . --stages dev,prod --out plan.cmake configs 2>messages &&
  die "plan takes two pipelines of one name"
grep -qF "'configs/hello-dev.yaml' at stage prod would both be named 'hello-dev' [name-clash]" messages ||
  grep -qF "'configs/hello.yaml' at stage dev would both be named 'hello-dev' [name-clash]" messages ||
  die "$(cat messages)"
rm configs/hello-dev.yaml

usage() {
  expected=$1
  shift
  code=0
  "$program" "$@" >messages 2>&1 || code=$?
  [ "$code" = 2 ] && grep -qF -e "$expected" messages || die "$*: $code, $(cat messages)"
}
usage "--stages has an empty name" plan --root . --stages dev,,test --out plan.cmake configs
usage "--stages has 'dev' twice" plan --root . --stages dev,test,dev --out plan.cmake configs
usage "--stage is given twice" check configs/hello.yaml --stage dev --stage=test
usage "--format is given twice" check configs/hello.yaml --format=json --format text
"$program" --help | grep -qF -e '--format=json' || die "--help does not name --format"
"$program" check --help | grep -qF -e '--format=json' || die "check --help does not name --format"
code=0
"$program" check --stage 'a b' configs/hello.yaml 2>messages || code=$?
[ "$code" = 1 ] || die "a stage of that name: $code"

STAGE=prod "$program" check --env-compat --stage test configs/hello.yaml 2>messages || die "$(cat messages)"
grep -qF "STAGE is 'prod' in the environment, and stage 'test' is compiled" messages ||
  die "$(cat messages)"
