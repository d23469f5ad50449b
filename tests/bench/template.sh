# Jinja: a configuration-like template of some 2,000 lines, against python3-jinja2 in the same run.
make_template() { # 250 groups of 8 lines
  echo '{% macro tag(key, value) %}{"Key": "{{ key }}", "Value": {{ value | tojson }}}{% endmacro %}'
  i=0
  while [ $i -lt 250 ]; do
    cat <<E2
  - name: group_${i}_{{ stage }}
    {%- if stage == 'prod' and limits.retries > $((i % 5)) %}
    retry: {{ limits.retries }}
    {%- endif %}
    jobs:
    {%- for table in tables if table.size >= $((i * 7)) %}
      - {name: "{{ table.name | upper }}_{{ loop.index }}", target: "s3://{{ bucket }}/{{ table.name }}", tags: [{{ tag('t', table.name) }}]}
    {%- else %}
      - {name: none, rest: {{ names | join(', ') | default('x') }}, n: {{ names | length * $i % 17 }}}
    {%- endfor %}
E2
    i=$((i + 1))
  done
}
make_variables() {
  printf '{"stage": "prod", "bucket": "data", "limits": {"retries": 3}, "names": ["a", "b", "c"], "tables": ['
  i=0
  while [ $i -lt 20 ]; do
    printf '{"name": "table_%d", "size": %d},' $i $((i * 50))
    i=$((i + 1))
  done
  printf '{"name": "last", "size": 9}]}\n'
}
template=$bench_tmp/big.yaml.j2 variables=$bench_tmp/variables.json
make_template >"$template"
make_variables >"$variables"
ours() { "$bench_tests/template_bench" "$template" "$variables" "$@"; }
ours >"$bench_tmp/ours.txt"
warm=$(sed -n 's/^render //p' "$bench_tmp/ours.txt")
whole=$(cpu_ms "$bench_tests/template_bench" "$template" "$variables" --once)
ours --once >"$bench_tmp/ours.yaml"
out_kib=$(($(wc -c <"$bench_tmp/ours.yaml") / 1024))
note "template, text" "$(($(wc -c <"$template") / 1024)), $out_kib" KiB
note "compile" "$(sed -n 's/^compile //p' "$bench_tmp/ours.txt")" ms
must "whole process" "$whole" "<=" 15 ms
must "memory: at most 3 times the text and 4 MiB" "$(peak_kib "$bench_tests/template_bench" "$template" \
  "$variables" --once)" "<=" $((out_kib * 3 + 4096)) KiB

if /usr/bin/python3 -c 'import jinja2' 2>/dev/null; then
  cat >"$bench_tmp/peer.py" <<'E2'
import json, sys, time
import jinja2
text, data = open(sys.argv[1]).read(), json.load(open(sys.argv[2]))
template = jinja2.Environment(undefined=jinja2.StrictUndefined).from_string(text)
if len(sys.argv) > 3:
    sys.stdout.write(template.render(data))
else:
    best = 1e9
    for _ in range(20):
        start = time.process_time()
        template.render(data)
        best = min(best, time.process_time() - start)
    print("%.3f" % (best * 1e3))
E2
  /usr/bin/python3 "$bench_tmp/peer.py" "$template" "$variables" once >"$bench_tmp/peer.yaml"
  cmp "$bench_tmp/peer.yaml" "$bench_tmp/ours.yaml"
  peer_whole=$(cpu_ms /usr/bin/python3 "$bench_tmp/peer.py" "$template" "$variables" once)
  peer_warm=$(/usr/bin/python3 "$bench_tmp/peer.py" "$template" "$variables")
  must "python3-jinja2's whole process ($peer_whole ms) to ours" "$(ratio "$peer_whole" "$whole")" ">=" 15 times
  must "python3-jinja2's warm render ($peer_warm ms) to ours ($warm)" "$(ratio "$peer_warm" "$warm")" ">=" 8 times
else
  skip "ratios to python3-jinja2" "not installed"
fi
