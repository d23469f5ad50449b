# A bundler killed at any moment leaves the last good zip, and nothing that the next one trips over.
source "$(dirname "$0")/common.sh" "$1" "$2"
make_tree tree ""
mkdir out
bundle tree --out out/x.zip
before=$(cksum <out/x.zip)
for i in 1 2 3 4 5 6 7 8; do cp tree/large.txt "tree/large$i.txt"; done
bundle tree --out whole.zip
for wait in 0 0.002 0.005 0.01 0.02 0.04 0.08; do
    "$program" bundle tree --out out/x.zip &
    pid=$!
    sleep $wait
    kill -9 $pid 2>/dev/null || true
    wait $pid 2>/dev/null || true
    now=$(cksum <out/x.zip)
    [ "$now" = "$before" ] || cmp -s out/x.zip whole.zip || fail "half a zip after $wait s"
done
bundle tree --out out/x.zip
cmp out/x.zip whole.zip || fail "another zip after the interruptions"
if touch probe && ls /proc/self/fd >/dev/null 2>&1; then
    left=$(find out -name '.stepwright-*' | wc -l)
    [ "$left" -le 1 ] || fail "$left temporary files left behind"
fi
