#!/bin/bash
# deploy.sh STEPWRIGHT FAKE-AWS ROOT FOLDER
# diff, deploy, destroy and what belongs to them as a user meets them, with the pipelines of
# configs/ and an account of our own.
set -eu
program=$1 fake=$2 root=$3 folder=$4
rm -rf "$folder"
mkdir -p "$folder/out/bundles"
cd "$folder"
failed=0

export AWS_ACCESS_KEY_ID=AKIDTEST AWS_SECRET_ACCESS_KEY=secret AWS_REGION=eu-west-1
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
export AWS_EC2_METADATA_DISABLED=true STEPWRIGHT_POLL_MS=5 STEPWRIGHT_BACKOFF_MS=5 no_proxy=127.0.0.1
unset AWS_PROFILE AWS_SESSION_TOKEN AWS_ENDPOINT_URL
coproc FAKE { exec "$fake" assets; }
exec 8>&"${FAKE[1]}" 9<&"${FAKE[0]}" {FAKE[1]}>&- # subshells have no coprocess, but these
read -r AWS_ENDPOINT_URL <&9
export AWS_ENDPOINT_URL

# ask LINE: what the account answers.
ask() {
  echo "$1" >&8
  read -r answer <&9
  echo "$answer"
}

# check NAME EXIT PATTERN COMMAND...: exit code, and a line of output or errors.
check() {
  name=$1 code=$2 pattern=$3
  shift 3
  got=0
  "$@" >out.txt 2>&1 </dev/null || got=$?
  if [ "$got" -ne "$code" ] || ! grep -q -- "$pattern" out.txt; then
    echo "FAIL $name: exit $got (expected $code), no '$pattern' in:"
    sed 's/^/  /' out.txt
    failed=1
  fi
}

# one_json NAME COMMAND...: a good end, and one JSON document on standard output.
one_json() {
  name=$1
  shift
  "$@" --format=json >one.json 2>one.txt </dev/null && [ -s one.json ] &&
    [ "$(grep -c '^[^ ]' one.json)" -le 2 ] ||
    { echo "FAIL $name for machines: $(cat one.json one.txt)"; failed=1; }
}

# is NAME WANTED GOT
is() { [ "$2" = "$3" ] || { echo "FAIL $1: expected '$2', got '$3'"; failed=1; }; }

# build STAGE...: both pipelines, as a build would.
build() {
  for stage; do
    for pipeline in hello second; do
      "$program" compile "project/configs/$pipeline.yaml" --root project --stage "$stage" \
        --out "out/$stage"
      sed -n 's/^ *"dir": "\(.*\)",\{0,1\}$/\1/p' "out/$stage/$pipeline.assets.json" |
        while read -r dir; do
          "$program" bundle "project/$dir" --out "out/bundles/lambda_functions.$(basename "$dir").zip"
        done
      "$program" link "out/$stage/$pipeline.assets.json" --bundles out/bundles --out "out/$stage"
    done
  done
}

mkdir -p project/configs project/customcode/lambda_functions
cp "$root/configs/hello.yaml" project/configs/
sed 's/^name: Hello/name: Second/' "$root/configs/hello.yaml" >project/configs/second.yaml
printf 'properties:\n  schedulers:\n    - cron: rate(1 day)\n' >>project/configs/second.yaml
cp -r "$root/customcode/lambda_functions/greet" project/customcode/lambda_functions/
printf 'dev: {bucket: assets, tags: {environment: dev}}\ntest: {bucket: assets}\n' \
  >project/configs/stages.yaml
build dev test

check "a diff of what is new" 0 'hello-dev is new' "$program" diff hello --stage dev --out out
check "it says why" 0 "because step 'greet' calls the function (configs/hello.yaml:" \
  "$program" diff hello --stage dev --out out
check "for machines" 0 '"broadening": true' "$program" diff hello --stage dev --out out --format=json
check "a diff fails where it shall" 1 'is new' \
  "$program" diff hello --stage dev --out out --fail-on broadening
check "it can ask for less" 2 "expected any, broadening" \
  "$program" diff hello --stage dev --out out --fail-on all
check "nobody to ask" 1 'stepwright deploy --yes' "$program" deploy --stage dev --out out
check "with the options that were given" 1 \
  'deploy --yes --region eu-west-1 --bucket assets --wait out/dev/hello.manifest.json' \
  "$program" deploy hello --stage dev --out out --bucket assets --region eu-west-1 --wait
is "nothing is left of it" "" "$(ask 'status hello-dev')"

ask operations >/dev/null
check "both pipelines at once" 0 'hello-dev: deployed' "$program" deploy --stage dev --out out --yes
grep -q 'second-dev: deployed' out.txt || { echo "FAIL second: $(cat out.txt)"; failed=1; }
grep -q 'CREATE_COMPLETE.*GreetFunction' out.txt || { echo "FAIL no events"; failed=1; }
is "status" CREATE_COMPLETE "$(ask 'status hello-dev')"
is "uploads of one bundle" 1 "$(ask operations | grep -o PutObject | sort -u | wc -l)"
machine=$(ask 'id hello-dev StateMachine')

check "again" 0 'hello-dev: up to date' "$program" deploy --stage dev --out out
is "what that asks" "DescribeStacks DescribeStacks GetTemplate GetTemplate" \
  "$(ask operations | tr ' ' '\n' | sort | xargs)"
check "no difference" 0 'hello-dev: no changes' "$program" diff --stage dev --out out --fail-on any

check "a plan for what is new" 0 'hello-test is new' \
  "$program" diff hello --stage test --out out --plan new.json
check "its stack is prepared" 0 'hello-test: prepared, not executed' \
  "$program" status hello --stage test --out out
check "for machines too" 0 '"status": "REVIEW_IN_PROGRESS"' \
  "$program" status hello --stage test --out out --format=json
check "and can go" 0 'hello-test: deleted' "$program" destroy hello --stage test --out out --yes

echo '# changed' >>project/customcode/lambda_functions/greet/handler.py
build dev
check "one file changed" 0 'hello-dev: deployed' \
  "$program" deploy hello --stage dev --out out --outputs outputs.json
is "uploads" 1 "$(ask operations | grep -o PutObject | wc -l)"
is "the machine stays" "$machine" "$(ask 'id hello-dev StateMachine')"
grep -q "$machine" outputs.json || { echo "FAIL outputs: $(cat outputs.json)"; failed=1; }

check "a plan" 0 'second-dev' "$program" diff second --stage dev --out out --plan plan.json
check "which others leave alone" 1 'stepwright deploy --yes' \
  "$program" deploy second --stage dev --out out --require-approval any
check "its application" 0 'second-dev: deployed' \
  "$program" deploy second --stage dev --out out --plan plan.json
check "once is enough" 0 'up to date' \
  "$program" deploy second --stage dev --out out --plan plan.json

check "not for what it does not mention" 1 'says nothing of it; make a new one' \
  "$program" deploy hello --stage dev --out out --plan plan.json
check "a plan for what is up to date" 0 'no changes' \
  "$program" diff hello --stage dev --out out --plan none.json
check "changes nothing" 0 'up to date' "$program" deploy hello --stage dev --out out --plan none.json
sed 's/"template": "..../"template": "0000/' none.json >other.json
check "nor for another build" 1 'stale-plan' "$program" deploy hello --stage dev --out out --plan other.json

# Somebody loses patience.
echo '# slow' >>project/customcode/lambda_functions/greet/handler.py
build dev test
ask 'pace 0' >/dev/null
"$program" deploy hello --stage dev --out out >slow.txt 2>&1 </dev/null &
slow=$!
while [ "$(ask 'status hello-dev')" != UPDATE_IN_PROGRESS ]; do sleep 0.05; done
check "a second deployment" 3 'another deployment is under way' "$program" deploy hello --stage dev --out out
kill -TERM $slow
got=0
wait $slow || got=$?
is "an interruption" 143 "$got"
grep -q 'stopped watching' slow.txt || { echo "FAIL no word of it: $(cat slow.txt)"; failed=1; }
ask 'pace 4' >/dev/null
check "waiting for what goes on" 0 'hello-dev: up to date' \
  "$program" deploy hello --stage dev --out out --wait

echo '# again' >>project/customcode/lambda_functions/greet/handler.py
build dev
ask 'fail GreetFunction the runtime is gone' >/dev/null
check "a failure" 3 'GreetFunction is written at configs/hello.yaml:' \
  "$program" deploy hello --stage dev --out out
is "rolled back" UPDATE_ROLLBACK_COMPLETE "$(ask 'status hello-dev')"
check "a repaired one" 0 'hello-dev: deployed' "$program" deploy hello --stage dev --out out

echo junk >>out/dev/hello.template.min.json
check "what changed since the build" 1 'changed-since-build' "$program" deploy hello --stage dev --out out
build dev test
check "the last build" 0 'up to date' "$program" deploy hello --stage dev --out out
ask operations >/dev/null
check "the next stage, with the same bytes" 0 'hello-test: deployed' \
  "$program" deploy hello --stage test --out out --require-approval never --quiet
is "which are not sent again" 0 "$(ask operations | grep -c PutObject || true)"
check "json" 0 '"state": "up to date"' "$program" deploy hello --stage test --out out --format=json

# Accounts.
check "a doctor" 0 'bucket: assets' "$program" stages doctor --stage dev --out out
grep -q 'MISSING' out.txt && { echo "FAIL something is missing: $(cat out.txt)"; failed=1; }
grep -q '"arn:aws:s3:::assets/stepwright/\*"' out.txt && grep -q '"lambda:CreateFunction"' out.txt ||
  { echo "FAIL policy: $(cat out.txt)"; failed=1; }
grep -q '"arn:aws:iam::\*:role/hello-dev\*"' out.txt || { echo "FAIL roles: $(cat out.txt)"; failed=1; }
check "a bucket that is not there" 1 'MISSING bucket: none' \
  "$program" stages doctor --stage dev --out out --bucket none
check "nobody to ask for a bootstrap" 1 'nothing was deployed' "$program" bootstrap --stage dev --out out
check "a bootstrap" 0 'stepwright-bootstrap: deployed' "$program" bootstrap --stage dev --out out --yes
check "another" 0 'stepwright-bootstrap: up to date' "$program" bootstrap --stage dev --out out --yes

# Executions.
history='[{"id":1,"previousEventId":0,"timestamp":1767225600.0,"type":"ExecutionStarted","executionStartedEventDetails":{"input":"{}"}},{"id":2,"previousEventId":0,"timestamp":1767225600.5,"type":"TaskStateEntered","stateEnteredEventDetails":{"name":"Greet","input":"{\"name\":\"Ada\"}"}},{"id":3,"previousEventId":2,"timestamp":1767225600.6,"type":"LambdaFunctionScheduled","lambdaFunctionScheduledEventDetails":{"resource":"arn:aws:lambda:eu-west-1:123456789012:function:hello-dev-greet"}}'
ended=',{"id":4,"previousEventId":3,"timestamp":1767225601.0,"type":"LambdaFunctionFailed","lambdaFunctionFailedEventDetails":{"error":"KeyError","cause":"no such key"}},{"id":5,"previousEventId":4,"timestamp":1767225601.1,"type":"ExecutionFailed","executionFailedEventDetails":{"error":"KeyError","cause":"no such key"}}]'
good=',{"id":4,"previousEventId":3,"timestamp":1767225601.0,"type":"LambdaFunctionSucceeded","lambdaFunctionSucceededEventDetails":{"output":"1"}},{"id":5,"previousEventId":4,"timestamp":1767225601.75,"type":"TaskStateExited","stateExitedEventDetails":{"name":"Greet"}}]'
check "nothing has run" 1 'has not run yet' "$program" logs hello --stage dev --out out
ask "execution SUCCEEDED $history$good" >/dev/null
check "an execution" 0 '{"done":true}' \
  "$program" start hello --stage dev --out out --input '{"name": "Ada"}'
grep -q '1.750 s  + Greet  (Task, 1.250 s)' out.txt || { echo "FAIL view: $(cat out.txt)"; failed=1; }
ask "execution FAILED $history$ended" >/dev/null
check "an execution that fails" 1 'KeyError' "$program" start hello --stage dev --out out
check "one that nobody waits for" 0 ':execution:' \
  "$program" start hello --stage dev --out out --detach --name mine
ask 'log /aws/lambda/hello-dev-greet [{"timestamp":1767225600700,"message":"[ERROR] KeyError: x"}]' >/dev/null
check "its log" 0 '    \[ERROR\] KeyError: x' "$program" logs hello --stage dev --out out
grep -q '  input   {"name":"Ada"}' out.txt || { echo "FAIL no input: $(cat out.txt)"; failed=1; }
check "by name" 0 ':mine: FAILED' "$program" logs hello --stage dev --out out --execution mine
check "no input that is no JSON" 1 'error' "$program" start hello --stage dev --out out --input '{a}'
check "not deployed" 1 'not-deployed' "$program" start second --stage test --out out
check "status" 0 'hello-dev: UPDATE_COMPLETE' "$program" status --stage dev --out out
grep -q 'FAILED *mine' out.txt || { echo "FAIL no executions: $(cat out.txt)"; failed=1; }
check "status for machines" 0 '"status": "FAILED"' "$program" status --stage dev --out out --format=json
check "a schedule that is not there" 0 'no schedule' "$program" schedule disable hello --stage dev --out out
check "a schedule" 0 'Schedule (rate(1 day)) disabled' "$program" schedule disable second --stage dev --out out
check "how it stands" 0 'rate(1 day), disabled' "$program" status second --stage dev --out out
check "on again" 0 'enabled' "$program" schedule enable second --stage dev --out out
check "one is not deployed" 0 'second-test: not deployed' \
  "$program" schedule disable --stage test --out out
one_json schedule "$program" schedule enable --stage dev --out out
one_json whoami "$program" whoami
one_json "start, detached" "$program" start hello --stage dev --out out --detach
ask "execution SUCCEEDED $history$good" >/dev/null
one_json start "$program" start hello --stage dev --out out
check "neither" 2 'expected enable or disable' "$program" schedule off second --stage dev --out out

# As continuous integration calls it.
mkdir -p tree/ci tree/built/pipelines tree/tests/pipelines
cp "$root/ci/deploy" "$root/ci/verify" tree/ci/
ln -s "$program" tree/built/stepwright
cp -r out/* tree/built/pipelines/
echo '{"name": "CI"}' >tree/tests/pipelines/hello.dev.json
check "ci/deploy" 0 'hello-dev: up to date' env STEPWRIGHT_BUILD=built tree/ci/deploy dev
ask "execution SUCCEEDED $history$good" >/dev/null
check "ci/verify" 0 '{"done":true}' env STEPWRIGHT_BUILD=built tree/ci/verify dev
ask "execution FAILED $history$ended" >/dev/null
check "ci/verify says what failed" 1 '    \[ERROR\] KeyError: x' env STEPWRIGHT_BUILD=built tree/ci/verify dev
check "ci/deploy without a build" 1 'nothing is built' env STEPWRIGHT_BUILD=none tree/ci/deploy dev

check "no such pipeline" 1 'no-file' "$program" deploy none --stage dev --out out
check "no stage" 2 'stage is missing' "$program" deploy --out out
check "nobody to ask, again" 1 'nothing was deleted' "$program" destroy --stage dev --out out
check "destroyed" 0 'hello-dev: deleted' "$program" destroy --stage dev --out out --yes
one_json destroy "$program" destroy --stage dev --out out --yes
check "already" 0 'hello-dev: not there' "$program" destroy --stage dev --out out --yes
is "the other stage stands" CREATE_COMPLETE "$(ask 'status hello-test')"
exit $failed
