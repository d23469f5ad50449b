# YAML: CPU time to read a document into nodes, and that ten times the text takes ten times that.
"$bench_tests/yaml_read_bench" 1 >"$bench_tmp/small.txt"
"$bench_tests/yaml_read_bench" 10 >"$bench_tmp/large.txt"
small=$(cut -d' ' -f2 "$bench_tmp/small.txt")
large=$(cut -d' ' -f2 "$bench_tmp/large.txt")

note "1 MB of YAML read into nodes" "$small" ms
must "10 MB of YAML read into nodes" "$large" "<=" 2000 ms
must "10 MB, as a multiple of 1 MB" "$(ratio "$large" "$small")" "<=" 15 ""
