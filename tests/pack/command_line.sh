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
expect 0 "" bundle d -o short.zip
cmp x.zip short.zip || fail "-o is not --out"
expect 0 "" bundle -oshort2.zip d
cmp x.zip short2.zip || fail "-oFILE is not --out"
expect 2 "-o is given twice" bundle d --out x.zip -o y.zip
expect 2 "-o needs a value" bundle d -o
expect 2 "expected one folder, or one file to copy" bundle --out x.zip
expect 2 "expected one folder, or one file to copy" bundle d e --out x.zip
expect 2 "unknown option '--outt'; did you mean '--out'?" bundle d --outt x.zip
expect 2 "--out needs a value" bundle d --out
expect 2 "--level is '13'; expected fast, default, small or 0 to 12" bundle d --out x.zip --level 13
expect 0 "" bundle --level small --out y.zip d
expect 2 "--threads is -1; expected 0 to 1024" bundle d --out x.zip --threads=-1
expect 2 "--limit takes a number, not '1M'" bundle d --out x.zip --limit 1M
expect 1 "folder 'e' does not exist [no-file]" bundle e --out x.zip
expect 1 "'d' holds 3 bytes; the limit given allows 2 unpacked [too-large]" \
    bundle d --out x.zip --limit 2
expect 1 "'d' holds no file 'run' to start [no-executable]" bundle d --out x.zip --executable run
expect 1 "'d/x.zip' would lie in the folder that it is made of [output-inside]" \
    bundle d --out d/x.zip
mkfifo pipe
ln -s pipe to-pipe
for out in pipe to-pipe; do
    expect 1 "'$out' is a device, pipe or socket [special-file]" bundle d --out $out
    expect 1 "'$out' is a device, pipe or socket [special-file]" bundle d/a --out $out
done
[ -p pipe ] && [ -L to-pipe ] || fail "a pipe was replaced"
expect 3 "cannot make the folder 'x.zip/y'" bundle d --out x.zip/y/z.zip
STEPWRIGHT_FAIL_WRITE=1 expect 3 "cannot write 'z.zip': No space left on device [cannot-write]" \
    bundle d --out z.zip
[ ! -e z.zip ] || fail "a failed run left a zip"

# One file is copied as it is, beside the same record.
expect 2 "--executable is for folders" bundle d/a --out a.txt --executable a
expect 3 "cannot make the folder 'x.zip/y'" bundle d/a --out x.zip/y/a
expect 0 "" bundle d/a --out copies/a-1.txt --depfile copies/a-1.txt.d
cmp d/a copies/a-1.txt || fail "the copy differs"
printf 'copies/a-1.txt: d/a\n' | cmp - copies/a-1.txt.d || fail "another depfile of a file"
sha=$(sha256sum d/a | cut -d' ' -f1)
printf '{\n  "sha256": "%s",\n  "bytes": 3,\n  "unpacked_bytes": 3,\n  "files": 1\n}\n' "$sha" |
    cmp - copies/a-1.txt.json || fail "another record of a file: $(cat copies/a-1.txt.json)"
touch -d '2001-01-01 UTC' copies/a-1.txt
expect 0 "" bundle d/a --out copies/a-1.txt
[ "$(stat -c %Y copies/a-1.txt)" = 978307200 ] || fail "an equal copy was written again"

# The depfile of a zip made from the build folder, as CMake calls it.
mkdir build
cd build
bundle ../d --out bundles/d.zip --depfile bundles/d.zip.d
printf 'bundles/d.zip: ../d \\\n  ../d/a\n' >expected
cmp expected bundles/d.zip.d || fail "another depfile"
