#!/bin/sh
# Whatever fails, a command says so once, with the right exit code, and the outputs of the last good
# run stay: every write in turn, a full disk, files that may not be read, odd command lines.
#   faults.sh PROGRAM SOURCE_DIR SCRATCH_DIR
set -eu
program=$1 source=$2 out=$3
rm -rf "$out"
mkdir -p "$out"
cd "$out"
cp -r "$source/configs" "$source/customcode" .

die() { echo "$*" >&2; exit 1; }
expect() { # CODE TEXT COMMAND...
  code=$1 text=$2
  shift 2
  got=0
  "$@" >messages 2>&1 || got=$?
  [ "$got" = "$code" ] || die "$*: exit $got, expected $code: $(cat messages)"
  grep -qF -- "$text" messages || die "$*: no '$text' in: $(cat messages)"
}
compile() { "$program" compile configs/reviews.yaml --stage dev --out made --depfile made/d "$@"; }
state() { (cd made && ls && cat ./*) | cksum; }

# Every write in turn. First with nothing there, then over a good build that must stay good.
n=1
while ! STEPWRIGHT_FAIL_WRITE=$n compile 2>messages; do
  grep -qF 'No space left on device [cannot-write]' messages || die "write $n: $(cat messages)"
  [ "$(wc -l <messages)" -le 2 ] || die "write $n is reported more than once: $(cat messages)"
  [ ! -e made/reviews.unlinked.json ] || die "write $n failed, and there is a template"
  find made -name '*.tmp*' | grep . && die "write $n leaves a temporary file"
  rm -rf made
  n=$((n + 1))
  [ $n -lt 100 ] || die "never succeeds"
done
[ $n -gt 5 ] || die "only $n writes were tried"
compile
good=$(state)
n=1
while ! STEPWRIGHT_FAIL_WRITE=$n compile -D bad_stars=1 2>messages; do
  find made -name '*.tmp*' | grep . && die "write $n leaves a temporary file"
  for file in made/*.json; do
    tail -c 2 "$file" | grep -q '}' || die "write $n: $file is cut short"
  done
  n=$((n + 1))
done
compile
[ "$(state)" = "$good" ] || die "the same input gives other files"

# A wrong config leaves the last good outputs alone.
printf 'groups: nonsense\n' >configs/wrong.yaml
cp configs/wrong.yaml configs/reviews.yaml
expect 1 "'groups' is a string; expected a list of groups" compile
[ "$(state)" = "$good" ] || die "a wrong config changed the outputs"
cp "$source/configs/reviews.yaml" configs/

# plan and link as well.
expect 3 "No space left on device" env STEPWRIGHT_FAIL_WRITE=1 "$program" plan --root . --stages dev \
  --out plan.cmake configs/hello.yaml
[ ! -e plan.cmake ] || die "a plan that could not be written"
expect 1 "does not exist [no-file]" "$program" link made/reviews.assets.json --bundles none --out made

# A disk that is really full, where a small one can be mounted.
if mkdir full && mount -t tmpfs -o size=8k tmpfs full 2>/dev/null; then
  expect 3 "cannot write 'full/" "$program" compile configs/reviews.yaml --stage dev --out full
  ls full | grep unlinked && die "a template on a full disk"
  umount full
else
  echo "no tmpfs here: the full disk is left to STEPWRIGHT_FAIL_WRITE"
fi

# What may not be read. root may read everything, so somebody else tries.
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
  chmod 755 . && chmod -R a+rX .
  nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
  if nobody test -r configs/hello.yaml; then
    chmod 000 configs/hello.yaml
    expect 3 "cannot read 'configs/hello.yaml': Permission denied [cannot-read]" \
      nobody "$program" check configs/hello.yaml
    chmod 644 configs/hello.yaml
    chmod 000 customcode/lambda_functions/greet
    expect 3 "Permission denied [cannot-read]" \
      nobody "$program" bundle customcode/lambda_functions/greet --out /tmp/never.zip
    chmod 755 customcode/lambda_functions/greet
  else
    echo "nobody cannot reach $out: unreadable files are not tried"
  fi
fi

# Configs that are no files.
expect 1 "does not exist [no-file]" "$program" check configs/nothing.yaml
mkdir configs/folder.yaml
expect 1 "configs/folder.yaml" "$program" check configs/folder.yaml
mkfifo configs/pipe.yaml
expect 1 "configs/pipe.yaml" timeout 5 "$program" check configs/pipe.yaml
rm -r configs/folder.yaml configs/pipe.yaml

# Command lines.
expect 2 "usage: stepwright VERB" "$program"
expect 2 "unknown verb 'complie'; did you mean 'compile'?" "$program" complie
expect 2 "--stage is missing" "$program" compile configs/hello.yaml --out made
expect 2 "unknown option '--stag'; did you mean '--stage'?" "$program" compile x --stag dev --out made
expect 2 "-D takes key=value, not 'x'" "$program" compile configs/hello.yaml --stage dev --out made -D x
expect 2 "--format is 'yaml'; expected text or json" "$program" check --format=yaml configs/hello.yaml
expect 1 '"code": "unknown-stage"' "$program" check --format=json --stage nope configs/hello.yaml
expect 0 "usage: stepwright compile" "$program" compile --help
expect 1 "there is no stage 'pord'" "$program" check --stage pord configs/hello.yaml
