# A layer of an image, against pigz on one core on the same tar in the same run.
trees=${STEPWRIGHT_BENCH:-$bench_root/../shared/bench}/zip/gen_trees.py
stepwright=$bench_build/stepwright
export STEPWRIGHT_CACHE=off
if [ -f "$trees" ] && command -v python3 >/dev/null; then
  python3 "$trees" "$bench_tmp" b >/dev/null
else
  mkdir "$bench_tmp/b"
  find /usr/lib/python3* /usr/share /usr/include -type f \( -name '*.py' -o -name '*.h' -o -name '*.pl' \) \
    -size -400k 2>/dev/null | LC_ALL=C sort -r | head -n 2900 | xargs -r cp --parents -t "$bench_tmp/b"
  find /usr/lib -type f -name '*.so*' -size -12000k 2>/dev/null | LC_ALL=C sort | head -n 60 |
    xargs -r cp --parents -t "$bench_tmp/b"
fi
echo 'layers: [{directory: b}]' >"$bench_tmp/image.yaml"
echo '{layers: [{directory: b}], compression: zstd}' >"$bench_tmp/zstd.yaml"

made() { # image file: each run makes a layout of its own
  cpu_ms sh -c "exec '$stepwright' image '$bench_tmp/$1' --out '$bench_tmp/out.'\$\$/image"
}
ours=$(made image.yaml)
"$stepwright" image "$bench_tmp/image.yaml" --out "$bench_tmp/image"
layer=$(find "$bench_tmp/image/blobs" -type f -printf '%s %p\n' | sort -n | tail -n 1 | cut -d' ' -f2)
note "an image of $(find "$bench_tmp/b" -type f | wc -l) files (tree b)" "$ours" "CPU ms"
note "the same with zstd" "$(made zstd.yaml)" "CPU ms"
must "memory for it" "$(peak_kib "$stepwright" image "$bench_tmp/image.yaml" --out "$bench_tmp/image2")" "<=" 65536 KiB
if command -v pigz >/dev/null; then
  gzip -dc <"$layer" >"$bench_tmp/layer.tar"
  theirs=$(cpu_ms sh -c "exec pigz -n -p1 -c '$bench_tmp/layer.tar' >'$bench_tmp/layer.gz'")
  must "CPU of all of it, of what pigz -p1 takes for the layer" "$(ratio "$ours" "$theirs")" "<=" 0.42 ""
  must "the layer's size, of what pigz makes" \
    "$(awk "BEGIN { printf \"%.4f\", $(stat -c %s "$layer") / $(stat -c %s "$bench_tmp/layer.gz") }")" "<=" 1.03 ""
else
  skip "CPU and size, of pigz -p1" "pigz is not on this machine"
fi
