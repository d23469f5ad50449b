# The targets that talk to AWS, by Ninja and by Make, against an account of our own.
. "$(dirname "$0")/lib.sh"
[ -x "$BUILD/tests/fake-aws" ] || skip "there is no fake-aws"
new_work
cp -r "$SOURCE/tests/cmake/project" "$WORK/source"
cd "$WORK/source"
printf 'dev: {bucket: assets}\ntest: {bucket: assets}\nprod: {bucket: assets}\n' >configs/stages.yaml
export AWS_ACCESS_KEY_ID=AKIDTEST AWS_SECRET_ACCESS_KEY=secret AWS_REGION=eu-west-1
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null no_proxy=127.0.0.1
export AWS_EC2_METADATA_DISABLED=true STEPWRIGHT_POLL_MS=5 STEPWRIGHT_BACKOFF_MS=5
unset AWS_PROFILE AWS_SESSION_TOKEN

# start_account: an account that lives as long as descriptor 8 is open
start_account() {
    rm -f "$WORK/in" "$WORK/url"
    mkfifo "$WORK/in"
    "$BUILD/tests/fake-aws" assets <"$WORK/in" >"$WORK/url" &
    exec 8>"$WORK/in"
    while [ ! -s "$WORK/url" ]; do sleep 0.05; done
    read -r AWS_ENDPOINT_URL <"$WORK/url"
    export AWS_ENDPOINT_URL
}

# run TREE TARGET PATTERN: the target succeeds and says so
run() {
    status=0
    "$CMAKE" --build "$1" --target "$2" >"$WORK/run.log" 2>&1 </dev/null || status=$?
    if [ "$status" -ne 0 ] || ! grep -q -- "$3" "$WORK/run.log"; then
        cat "$WORK/run.log" >&2
        fail "$2: status $status, no '$3'"
    fi
}

for generator in Ninja "Unix Makefiles"; do
    tree="$WORK/tree $generator"
    start_account
    configure . "$tree" -G "$generator" -DSTEPWRIGHT_DEPLOY_FLAGS=--yes \
        -DSTEPWRIGHT_DESTROY_FLAGS=--yes -DSTEPWRIGHT_BOOTSTRAP_FLAGS=--yes
    run "$tree" bootstrap-dev 'stepwright-bootstrap: deployed'
    run "$tree" diff-dev-first 'first-dev is new'
    run "$tree" deploy-dev-first 'first-dev: deployed'
    [ ! -e "$tree/pipelines/prod/first.manifest.json" ] || fail "a deployment builds other stages"
    run "$tree" deploy-dev 'first-dev: up to date'
    grep -q 'second-dev: deployed' "$WORK/run.log" || fail "deploy-dev leaves a pipeline out"
    run "$tree" diff-dev 'second-dev: no changes'
    run "$tree" destroy-dev 'first-dev: deleted'
    build "$tree"
    grep -q 'deleted\|deployed' "$WORK/build.log" && fail "a plain build deploys"
    exec 8>&-
done
finish
