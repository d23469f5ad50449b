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

for name in 'a b' '#a' '$a' 'ünï' 'a;b' 'a\b' 'a"b' "a'b" '{a}' '[a]' 'a,b' '%a' '@a' 'a(b'; do
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
