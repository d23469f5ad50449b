# JSON: bytes per CPU second, and the same document with Python's reader (written in C).
"$bench_tests/base_json_bench" >"$bench_tmp/json.txt"
cat "$bench_tmp/json.txt"

speed() { sed -n "s/^ *$1  *\([0-9]*\) MB.s\$/\1/p" "$bench_tmp/json.txt"; }

must "10 MB of JSON read into nodes" "$(speed 'read nodes')" ">=" 250 MB/s

if command -v python3 >/dev/null; then
  "$bench_tests/base_json_bench" --write "$bench_tmp/bench.json"
  python3 - "$bench_tmp/bench.json" >"$bench_tmp/json-python.txt" <<'EOF'
import json, sys, time
text = open(sys.argv[1], 'rb').read()
best = 1e9
for _ in range(5):
    start = time.process_time()
    json.loads(text)
    best = min(best, time.process_time() - start)
print('%.0f' % (len(text) / 1e6 / best))
EOF
  python=$(cat "$bench_tmp/json-python.txt")
  note "python3's json.loads" "$python" MB/s
  note "ratio of read nodes to it" "$(ratio "$(speed 'read nodes')" "$python")" ""
else
  skip "ratio to python3's json.loads" "no python3 here"
fi
