# Exit codes and messages of the command line.
source "$(dirname "$0")/common.sh" "$1" "$2"

expect() { # status text command...
    local status=$1 text=$2 got=0
    shift 2
    "$@" >out.txt 2>&1 || got=$?
    [ $got = $status ] || fail "$*: exit $got, expected $status: $(cat out.txt)"
    [ -z "$text" ] || grep -qF -- "$text" out.txt || fail "$*: no '$text' in: $(cat out.txt)"
}

mkdir d
echo hi >d/a
expect 0 "" bundle d --out x.zip
[ ! -s out.txt ] || fail "a good run prints something"
expect 0 "" bundle --level 0 --out y.zip --threads 2 d
expect 2 "--out is missing" bundle d
expect 2 "expected one folder" bundle --out x.zip
expect 2 "expected one folder" bundle d e --out x.zip
expect 2 "unknown option '--outt'; did you mean '--out'?" bundle d --outt x.zip
expect 2 "--out needs a value" bundle d --out
expect 2 "--level is 13; expected 0 to 12" bundle d --out x.zip --level 13
expect 2 "--threads is -1; expected 0 to 1024" bundle d --out x.zip --threads=-1
expect 2 "--limit takes a number, not '1M'" bundle d --out x.zip --limit 1M
expect 1 "folder 'e' does not exist [no-file]" bundle e --out x.zip
expect 1 "'d' holds 3 bytes; the limit given allows 2 unpacked [too-large]" \
    bundle d --out x.zip --limit 2
expect 1 "'d' holds no file 'run' to start [no-executable]" bundle d --out x.zip --executable run
expect 1 "'d/x.zip' would lie in the folder that it is made of [output-inside]" \
    bundle d --out d/x.zip
expect 3 "cannot make the folder 'x.zip/y'" bundle d --out x.zip/y/z.zip
STEPWRIGHT_FAIL_WRITE=1 expect 3 "cannot write 'z.zip': No space left on device [cannot-write]" \
    bundle d --out z.zip
[ ! -e z.zip ] || fail "a failed run left a zip"

# The depfile of a zip made from the build folder, as CMake calls it.
mkdir build
cd build
bundle ../d --out bundles/d.zip --depfile bundles/d.zip.d
printf 'bundles/d.zip: ../d \\\n  ../d/a\n' >expected
cmp expected bundles/d.zip.d || fail "another depfile"
