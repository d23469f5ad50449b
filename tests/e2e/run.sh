#!/bin/sh
# run.sh STEPWRIGHT ROOT FOLDER
# The verbs run and test as a user meets them: what they print, where, and how they end.
set -eu
program=$1 root=$2 folder=$3
rm -rf "$folder"
mkdir -p "$folder/bucket/in"
cd "$folder"
failed=0

# check NAME EXIT PATTERN COMMAND...: exit code, and a line of output or errors.
check() {
  name=$1 code=$2 pattern=$3
  shift 3
  got=0
  "$@" >out.txt 2>&1 || got=$?
  if [ "$got" -ne "$code" ] || ! grep -q -- "$pattern" out.txt; then
    echo "FAIL $name: exit $got (expected $code), no '$pattern' in:"
    sed 's/^/  /' out.txt
    failed=1
  fi
}

cat >add.asl.json <<'EOF'
{"StartAt": "Add", "States": {
  "Add": {"Type": "Pass", "Parameters": {"sum.$": "States.MathAdd($.a, $.b)"}, "Next": "Rest"},
  "Rest": {"Type": "Wait", "Seconds": 3600, "Next": "Ask"},
  "Ask": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage",
    "Parameters": {"QueueUrl": "${Queue}", "MessageBody.$": "$.sum"}, "ResultPath": "$.sent",
    "Retry": [{"ErrorEquals": ["Busy"], "MaxAttempts": 1}], "End": true}}}
EOF
cat >mocks.yaml <<'EOF'
mocks:
  Ask:
    - {error: Busy}
    - {return: {MessageId: m-1}}
EOF
cat >local.json <<'EOF'
{"StateMachines": {"add": {"TestCases": {"Good": {"Ask": "Sent"}, "Bad": {"Ask": "Broken"}}}},
 "MockedResponses": {"Sent": {"0": {"Return": {"MessageId": "m-2"}}},
   "Broken": {"0": {"Throw": {"Error": "Gone", "Cause": "no such queue"}}}}}
EOF
input='{"a": 1, "b": 2}'

check "output" 0 '{"sum":3,"sent":{"MessageId":"m-1"}}' \
  "$program" run add.asl.json --input "$input" --mock mocks.yaml --history history.json
grep -q '"type":"WaitStateExited"' history.json && grep -q '2026-01-01T01:00:01.000Z' history.json ||
  { echo "FAIL history: $(cat history.json)"; failed=1; }
check "the same bytes again" 0 m-1 \
  "$program" run add.asl.json --input "$input" --mock mocks.yaml --history again.json
cmp history.json again.json || failed=1
check "json" 0 '"elapsedMilliseconds": 3601000' \
  "$program" run add.asl.json --input "$input" --mock mocks.yaml --format=json
check "followed" 0 'Ask  (Task, 1.000 s, 2 attempts)' \
  "$program" run add.asl.json --input "$input" --mock mocks.yaml --verbose
check "no mock says what to write" 1 "        return: {}" \
  "$program" run add.asl.json --input "$input"
check "Step Functions Local" 0 m-2 "$program" run add.asl.json --input "$input" --mock local.json#Good
check "a failed run" 1 'no such queue' \
  "$program" run add.asl.json --input "$input" --mock local.json#Bad
check "an unknown test case" 1 "no test case 'None'" \
  "$program" run add.asl.json --input "$input" --mock local.json#None
check "a broken input" 1 'error' "$program" run add.asl.json --input '{"a": 1,}'
check "a missing path" 1 "The JSONPath '\$.b'" "$program" run add.asl.json --input '{"a": 1}'
check "usage" 2 'expected one pipeline' "$program" run
check "a wrong time" 2 'expected a time' "$program" run add.asl.json --start noon
cat >endless.asl.json <<'EOF'
{"StartAt": "A", "States": {"B": {"Type": "Succeed"}, "A": {"Type": "Choice", "Default": "A",
  "Choices": [{"Variable": "$.done", "IsPresent": true, "Next": "B"}]}}}
EOF
check "a loop without end" 1 'stopped after 50 states' "$program" run endless.asl.json --max-states 50
echo '{"StartAt": "A", "States": {"A": {"Type": "Pass", "QueryLanguage": "JSONata", "End": true}}}' \
  >jsonata.asl.json
check "JSONata" 1 'cannot be run here yet' "$program" run jsonata.asl.json

# Buckets are folders.
printf 'id,name\n1,a\n2,b\n' >bucket/in/items.csv
cat >each.asl.json <<'EOF'
{"StartAt": "Each", "States": {"Each": {"Type": "Map", "End": true,
  "ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {"InputType": "CSV",
    "CSVHeaderLocation": "FIRST_ROW"}, "Parameters": {"Bucket": "data", "Key": "in/items.csv"}},
  "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "data",
    "Prefix": "out"}},
  "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
    "StartAt": "Keep", "States": {"Keep": {"Type": "Pass", "End": true}}}}}}
EOF
check "a distributed Map over a folder" 0 'manifest.json' \
  "$program" run each.asl.json --bucket data=bucket
cat bucket/out/*/SUCCEEDED_0.json | grep -q '"Output":{"id":"2","name":"b"}' ||
  { echo "FAIL results of the Map"; failed=1; }
check "a bucket that is not there" 1 "no object 'in/items.csv'" "$program" run each.asl.json

# Tests.
cat >add.test.yaml <<'EOF'
definition: add.asl.json
mocks:
  Ask: {return: {MessageId: x}}
cases:
  - name: adds
    input: {a: 1, b: 2}
    expect: {output_contains: {sum: 3}}
  - name: is wrong on purpose
    input: {a: 1, b: 2}
    expect: {output_contains: {sum: 4}}
EOF
check "a passing case" 0 '1 passed, 0 failed' "$program" test add.test.yaml --case adds
check "a failing case" 1 'output $.sum: expected 4, got 3' "$program" test add.test.yaml --junit junit.xml
grep -q 'tests="2" failures="1"' junit.xml || { echo "FAIL junit.xml: $(cat junit.xml)"; failed=1; }
check "TAP" 1 'not ok 2 - is wrong on purpose' "$program" test add.test.yaml --tap
check "JSON" 1 '"failed": 1' "$program" test add.test.yaml --format=json
check "an unknown case" 1 "no case is called 'x'" "$program" test add.test.yaml --case x
check "coverage" 0 "never reached: state 'Ask', retrier 1" \
  "$program" test add.test.yaml --case adds --coverage
check "a draft" 0 'definition: add.asl.json' "$program" test --write-mocks add.asl.json
"$program" test --write-mocks add.asl.json >draft.test.yaml
check "a draft is a test" 1 '0 passed, 1 failed' "$program" test draft.test.yaml
sed 's/input: {}/input: {a: 1, b: 2}/' draft.test.yaml >filled.test.yaml
check "a draft filled in passes" 0 '1 passed' "$program" test filled.test.yaml
mkdir -p configs
: >configs/hello.yaml
check "a misspelt pipeline" 1 "did you mean 'hello'" "$program" run helo

# A pipeline that says what it begins with.
cat >configs/sum.yaml <<'EOF'
input: {type: object, required: [a], properties: {a: {type: integer}}}
groups:
  - name: Sum
    jobs: [{name: sum, type: pass, parameters: {sum: "States.MathAdd($.a, 1)"}}]
EOF
check "an input as declared" 0 '{"sum":2}' "$program" run sum --input '{"a": 1}'
check "an input of another kind" 1 "'\$.a' is a string; expected integer" \
  "$program" run sum --input '{"a": "1"}'
check "an input that is not given" 1 "'\$' has no 'a'" "$program" run sum
printf 'pipeline: sum\ncases:\n  - {name: wrong, input: {a: x}, expect: {}}\n' >sum.test.yaml
check "a test's input" 1 'sum.test.yaml:3:.*expected integer' "$program" test sum.test.yaml

exit $failed
