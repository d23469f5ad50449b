# Compiling: the examples, a thousand generated configs one process each, and all in one process.
out=$bench_tmp/out
compile() { cpu_ms "$bench_build/stepwright" compile "$1" --root "$2" --stage prod --out "$out"; }

must "reviews.yaml, whole process" "$(compile "$bench_root/configs/reviews.yaml" "$bench_root")" "<=" 10 ms
must "reviews.yaml, memory" "$(ratio "$(peak_kib "$bench_build/stepwright" compile \
  "$bench_root/configs/reviews.yaml" --root "$bench_root" --stage prod --out "$out")" 1024)" "<=" 20 MiB

# The same pipeline a thousand times, each with names of its own.
project=$bench_tmp/project
mkdir -p "$project/configs"
ln -s "$bench_root/customcode" "$project/customcode"
cp "$bench_root/configs/stages.yaml" "$bench_root/configs/variables.yaml" "$project/configs"
i=0
while [ $i -lt 1000 ]; do
  sed "s/review/r${i}eview/g; s|customcode/lambda_functions/r${i}eview|customcode/lambda_functions/review|; \
       s|start_r${i}eviews\$|start_reviews|" "$bench_root/configs/reviews.yaml" >"$project/configs/p$i.yaml"
  i=$((i + 1))
done
each() {
  cpu_ms sh -c 'for i in $(seq 0 '"$(($1 - 1))"'); do "$0" compile "$1/configs/p$i.yaml" --root "$1" \
    --stage prod --out "$2" || exit 1; done' "$bench_build/stepwright" "$project" "$out"
}
hundred=$(each 100)
thousand=$(each 1000)
must "1,000 configs, a process each: per config" "$(ratio "$thousand" 1000)" "<=" 10 ms
must "1,000 configs to 100: growth" "$(ratio "$thousand" "$hundred")" "<=" 12 "times"
must "1,000 configs in one process: per config" "$(ratio "$(cpu_ms "$bench_build/stepwright" compile \
  "$project"/configs/p*.yaml --root "$project" --stage prod --out "$out")" 1000)" "<=" 10 ms

# Every type of resource, trigger and step; then fifty of it, each with a name of its own.
everything=$bench_root/configs/examples/everything.yaml
must "everything.yaml, whole process" "$(compile "$everything" "$bench_root")" "<=" 15 ms
mkdir "$project/everything"
i=0
while [ $i -lt 50 ]; do
  cp "$everything" "$project/everything/e$i.yaml"
  i=$((i + 1))
done
must "fifty of it in one process" "$(cpu_ms "$bench_build/stepwright" compile \
  "$project"/everything/e*.yaml --root "$project" --stage prod --out "$out")" "<=" 250 ms
