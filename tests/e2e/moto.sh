#!/bin/bash
# moto.sh STEPWRIGHT ROOT FOLDER
# The same against moto_server, an account of somebody else's making: what it knows of S3, STS and
# CloudFormation it knows from AWS. Skipped where it is not installed.
set -eu
program=$1 root=$2 folder=$3
command -v moto_server >/dev/null && command -v curl >/dev/null ||
  { echo "skipped: there is no moto_server, or no curl"; exit 77; }
rm -rf "$folder"
mkdir -p "$folder/out/bundles" "$folder/project/configs" "$folder/project/customcode/lambda_functions"
cd "$folder"
failed=0

export AWS_ACCESS_KEY_ID=AKIDTEST AWS_SECRET_ACCESS_KEY=secret AWS_REGION=eu-west-1
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null no_proxy=127.0.0.1
export AWS_EC2_METADATA_DISABLED=true STEPWRIGHT_POLL_MS=20 STEPWRIGHT_BACKOFF_MS=20
unset AWS_PROFILE AWS_SESSION_TOKEN

# start PORT: moto on that port, or nothing
start() {
  moto_server -H 127.0.0.1 -p "$1" >moto.log 2>&1 &
  moto=$!
  for _ in $(seq 100); do
    kill -0 $moto 2>/dev/null || return 1
    curl -s -o /dev/null "http://127.0.0.1:$1/moto-api/" && return 0
    sleep 0.2
  done
  kill $moto
  return 1
}
port=0
for try in 1 2 3 4 5; do
  port=$((20000 + (($$ * 7 + try * 131) % 20000)))
  start $port && break
  port=0
done
[ $port -ne 0 ] || { echo "skipped: moto_server does not start: $(tail -3 moto.log)"; exit 77; }
trap 'kill $moto' EXIT
export AWS_ENDPOINT_URL=http://127.0.0.1:$port

# raw SERVICE CURL-ARGUMENTS...: a call that nothing of ours has a hand in
raw() {
  service=$1
  shift
  curl -s -H "Authorization: AWS4-HMAC-SHA256 Credential=x/20260101/${service#*/}/${service%/*}/aws4_request" "$@"
}
raw s3/us-east-1 -X PUT "$AWS_ENDPOINT_URL/assets"

# id STACK RESOURCE: a physical id
id() {
  raw cloudformation/eu-west-1 "$AWS_ENDPOINT_URL/" \
    -d "Version=2010-05-15&Action=DescribeStackResources&StackName=$1" |
    sed 's/<member>/\n&/g' | grep "<LogicalResourceId>$2<" |
    sed 's/.*<PhysicalResourceId>\([^<]*\)<.*/\1/'
}

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
is() { [ "$2" = "$3" ] || { echo "FAIL $1: expected '$2', got '$3'"; failed=1; }; }

build() {
  for stage in dev test; do
    "$program" compile project/configs/hello.yaml --root project --stage $stage --out out/$stage
    "$program" bundle project/customcode/lambda_functions/greet \
      --out out/bundles/lambda_functions.greet.zip
    "$program" link out/$stage/hello.assets.json --bundles out/bundles --out out/$stage
  done
}
deploy() { "$program" deploy hello --stage "$1" --out out --yes; }

cp "$root/configs/hello.yaml" project/configs/
cp -r "$root/customcode/lambda_functions/greet" project/customcode/lambda_functions/
printf 'dev: {bucket: assets, tags: {environment: dev}}\ntest: {bucket: assets}\n' \
  >project/configs/stages.yaml
build

check "the first" 0 'hello-dev: deployed' deploy dev
function=$(id hello-dev GreetFunction) machine=$(id hello-dev StateMachine)
is "function" hello-dev-greet "$function"
check "nothing to do" 0 'hello-dev: up to date' deploy dev
echo '# changed' >>project/customcode/lambda_functions/greet/handler.py
: >moto.log
build
check "one function" 0 'hello-dev: deployed' deploy dev
is "uploads" 1 "$(grep -c 'PUT /assets/stepwright/.* 200' moto.log)"
is "the function stays" "$function" "$(id hello-dev GreetFunction)"
is "the machine stays" "$machine" "$(id hello-dev StateMachine)"
check "another stage" 0 'hello-test: deployed' deploy test
is "no more uploads" 1 "$(grep -c 'PUT /assets/stepwright/.* 200' moto.log)"
check "an execution" 0 'execution:hello-dev:' \
  "$program" start hello --stage dev --out out --input '{"name": "x"}' --detach
check "status" 0 'hello-dev: UPDATE_COMPLETE' "$program" status hello --stage dev --out out
check "a doctor" 0 'ok      bucket: assets' "$program" stages doctor --stage dev --out out
check "destroyed" 0 'hello-dev: deleted' "$program" destroy hello --stage dev --out out --yes
is "the function goes" "" "$(id hello-dev GreetFunction)"
is "the other stage stands" hello-test-greet "$(id hello-test GreetFunction)"
exit $failed
