#!/bin/sh
# explain: what a key means; where a pipeline sets it, through templates; what became of it.
#   explain.sh PROGRAM SOURCE_DIR
set -eu
program=$1
cd "$2"

die() { echo "$*" >&2; exit 1; }
says() { # TOPIC… -- LINE…: each line is in the answer
  topic=
  while [ "$1" != -- ]; do topic="$topic $1"; shift; done
  shift
  # shellcheck disable=SC2086
  answer=$("$program" explain $topic 2>&1) || true
  for line; do
    printf '%s\n' "$answer" | grep -qF -- "$line" || die "explain$topic does not say '$line':
$answer"
  done
}

says lambda_function.timeout -- 'lambda_function.timeout: integer' '  Longest run of one call.' \
  '  allowed: 1 to 900 seconds' '  default: 900 seconds' '  source: Lambda quotas, Function timeout'
says sns_topic -- '  example:' '    aws_resources:' '      - name: example' 'type: sns_topic' '  keys: subscriber_accounts'
says step.retry.max_attempts -- 'step.retry.max_attempts: integer' 'also spelt: retry_attempts, retry_attempt'
says lambda_function.retry -- 'Retries of this step.'
says lambda_function.timeuot -- "did you mean 'lambda_function.timeout'?"
says lamda_function.timeout -- "did you mean 'lambda_function.timeout'?"
says batch_job_definition.job_definition.imgae -- "did you mean 'batch_job_definition.job_definition.image'?"
says lambda_function.timeout.x -- "nothing is called 'lambda_function.timeout.x'"

says lambda_function.timeout --pipeline reviews -- '  in configs/reviews.yaml, stage dev:' \
  "    step 'review_stats': 30, set at configs/reviews.yaml:$(grep -n 'timeout: 30' configs/reviews.yaml | cut -d: -f1):" \
  'States.Lambda: review_stats.TimeoutSeconds: 30' \
  '      becomes ReviewStatsFunction (AWS::Lambda::Function).Timeout: 30'
says athena_workgroup.query_result_location --pipeline configs/examples/everything.yaml --stage test -- \
  'set at configs/examples/everything.yaml:' 's3://shop-reviews-test/athena/'
says lambda_function.architecture --pipeline hello -- "    step 'greet': not set; by default x86_64"
says pipeline.description --pipeline hello -- '    the pipeline: "Greets'
says sns_topic.display_name --pipeline hello -- '    there is no sns_topic'
says sns_topic --pipeline hello -- '--pipeline is for keys, like sns_topic.name'
says sns_topic.name --pipeline nowhere -- 'configs/nowhere.yaml'
"$program" explain lamda_function >/dev/null 2>&1 && die "an unknown topic is no error"
"$program" explain lambda_function.timeout --pipeline reviews >/dev/null || die "a good answer is an error"
