# State machines, whole process: validating, and running with the history off. The workloads are made
# here; peers run where they are installed.
stepwright=$bench_build/stepwright

cat >"$bench_tmp/typical.asl.json" <<'EOF'
{"Comment": "Submits a job and watches it until it is done.", "StartAt": "Submit", "States": {
 "Submit": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:Submit",
  "ResultPath": "$.guid", "Next": "Wait", "Retry": [{"ErrorEquals": ["States.ALL"],
  "IntervalSeconds": 1, "MaxAttempts": 3, "BackoffRate": 2.0}]},
 "Wait": {"Type": "Wait", "SecondsPath": "$.wait_time", "Next": "Ask"},
 "Ask": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:Check",
  "Next": "Done?", "InputPath": "$.guid", "ResultPath": "$.status", "Retry": [{"ErrorEquals":
  ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 3, "BackoffRate": 2.0}]},
 "Done?": {"Type": "Choice", "Choices": [{"Variable": "$.status", "StringEquals": "FAILED",
  "Next": "Failed"}, {"Variable": "$.status", "StringEquals": "SUCCEEDED", "Next": "Final"}],
  "Default": "Wait"},
 "Failed": {"Type": "Fail", "Cause": "the job failed", "Error": "JobFailed"},
 "Final": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:Check",
  "InputPath": "$.guid", "End": true}}}
EOF

loop() {
  cat <<EOF
{"StartAt": "Init", "States": {"Init": {"Type": "Pass", "Result": {"i": 0, "n": $1}, "Next": "Test"},
 "Test": {"Type": "Choice", "Choices": [{"Variable": "\$.i", "NumericLessThanPath": "\$.n",
  "Next": "Step"}], "Default": "Done"},
 "Step": {"Type": "Pass", "Parameters": {"i.\$": "States.MathAdd(\$.i, 1)", "n.\$": "\$.n"},
  "Next": "Test"}, "Done": {"Type": "Succeed"}}}
EOF
}
loop 10000 >"$bench_tmp/loop10k.asl.json"
loop 5000000 >"$bench_tmp/loop5m.asl.json"

cat >"$bench_tmp/map10k.asl.json" <<'EOF'
{"StartAt": "M", "States": {"M": {"Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 0,
 "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "P", "States": {"P": {
 "Type": "Pass", "Parameters": {"v.$": "$.v", "twice.$": "States.MathAdd($.v, $.v)"}, "End": true}}},
 "End": true}}}
EOF
awk 'BEGIN { printf "{\"items\": ["; for (i = 0; i < 10000; i++) printf "%s{\"v\": %d}", i ? ", " : "", i
  print "]}" }' >"$bench_tmp/map10k.json"

awk 'BEGIN { printf "{\"StartAt\": \"S0\", \"States\": {"
  for (i = 0; i < 1000; i++) printf "%s\"S%d\": {\"Type\": \"Pass\", %s}", i ? ", " : "", i,
    i < 999 ? "\"Next\": \"S" i + 1 "\"" : "\"End\": true"
  print "}}" }' >"$bench_tmp/chain1000.asl.json"

run() { cpu_ms "$stepwright" run "$bench_tmp/$1.asl.json" --quiet --input "$2"; }

must "validate a typical definition" "$(cpu_ms "$stepwright" check "$bench_tmp/typical.asl.json")" "<=" 5 ms
must "loop of 10,000 (20,003 states)" "$(run loop10k '{}')" "<=" 40 ms
must "Map of 10,000" "$(run map10k "$bench_tmp/map10k.json")" "<=" 60 ms
must "Map of 10,000, memory" "$(ratio "$(peak_kib "$stepwright" run "$bench_tmp/map10k.asl.json" \
  --quiet --input "$bench_tmp/map10k.json")" 1024)" "<=" 40 MiB
must "chain of 1,000" "$(run chain1000 '{}')" "<=" 10 ms
must "loop of 5,000,000 (10,000,003 states), memory" "$(ratio "$(peak_kib "$stepwright" run \
  "$bench_tmp/loop5m.asl.json" --quiet --input '{}')" 1024)" "<=" 16 MiB
note "loop of 5,000,000" "$(ratio "$("$bench_tests/cputime" -n 1 "$stepwright" run \
  "$bench_tmp/loop5m.asl.json" --quiet --input '{}' | cut -d' ' -f1)" 1000)" s
must "loop of 10,000, its history streamed to a file, memory" "$(ratio "$(peak_kib "$stepwright" run \
  "$bench_tmp/loop10k.asl.json" --quiet --input '{}' --history "$bench_tmp/history.json")" 1024)" "<=" 16 MiB

if command -v asl-validator >/dev/null; then
  note "asl-validator, the typical definition" "$(cpu_ms asl-validator --json-path "$bench_tmp/typical.asl.json")" ms
else
  skip "asl-validator" "not installed"
fi
if command -v statelint >/dev/null; then
  note "statelint, the typical definition" "$(cpu_ms statelint "$bench_tmp/typical.asl.json")" ms
else
  skip "statelint" "not installed"
fi
if command -v local-sfn >/dev/null; then
  echo '{}' >"$bench_tmp/empty.json"
  note "local-sfn, loop of 10,000" "$(cpu_ms sh -c 'local-sfn -f "$0" <"$1"' "$bench_tmp/loop10k.asl.json" \
    "$bench_tmp/empty.json")" ms
  note "local-sfn, Map of 10,000" "$(cpu_ms sh -c 'local-sfn -f "$0" <"$1"' "$bench_tmp/map10k.asl.json" \
    "$bench_tmp/map10k.json")" ms
else
  skip "local-sfn (aws-local-stepfunctions)" "not installed"
fi
