# 500 small files to one server over 16 connections: ours, signed, against `curl --parallel` with
# the same connections and no pause for "100 Continue", in turn. Wall time, as the wire is what counts; the best of 9 rounds each.
upload=$bench_tests/aws_upload_bench
command -v curl >/dev/null || { skip "500 uploads" "there is no curl"; return 0; }
mkdir "$bench_tmp/files"
for i in $(seq 500); do head -c 16384 /dev/urandom >"$bench_tmp/files/f$i"; done
mkfifo "$bench_tmp/hold"
"$upload" serve <"$bench_tmp/hold" >"$bench_tmp/url" &
exec 9>"$bench_tmp/hold" # the server ends when this closes
until [ -s "$bench_tmp/url" ]; do sleep 0.1; done
url=$(cat "$bench_tmp/url")
for i in $(seq 500); do
  printf 'upload-file = "%s/files/f%s"\nurl = "%s/bucket/f%s"\noutput = /dev/null\n' "$bench_tmp" "$i" "$url" "$i"
done >"$bench_tmp/curl.conf"

wall_us() { # command: microseconds
  begun=$(date +%s%N)
  "$@" || return 1
  echo $((($(date +%s%N) - begun) / 1000))
}
for round in 1 2 3 4 5 6 7 8 9; do
  wall_us curl -sS --no-progress-meter -H Expect: --parallel --parallel-immediate --parallel-max 16 -K "$bench_tmp/curl.conf" >>"$bench_tmp/curl.us"
  wall_us "$upload" put "$url" "$bench_tmp/files" 16 >>"$bench_tmp/ours.us"
done
exec 9>&-
wait
theirs=$(sort -n "$bench_tmp/curl.us" | head -n 1)
ours=$(sort -n "$bench_tmp/ours.us" | head -n 1)
note "curl --parallel, 500 files" "$((theirs / 1000))" ms
note "ours, signed" "$((ours / 1000))" ms
must "of what curl --parallel reaches" "$(ratio "$theirs" "$ours")" ">=" 0.90 times
