#!/bin/sh
# seed.sh PROGRAM SOURCE SEEDS OUT: the example of the blueprint that this project began with compiles
# once its YAML is YAML: one list is indented by one blank too few, one ':' has no blank behind it.
# Files that it names are made here. Skipped where that document is not at hand.
set -eu
program=$1 source=$2 out=$4
seed=$(ls "$3"/000*.txt 2>/dev/null) || { echo "skipped: no blueprint in $3"; exit 77; }
rm -rf "$out"
mkdir -p "$out/configs"
cd "$out"
awk '/^```yaml/ { on = 1; next } /^```/ { on = 0 } on' "$seed" |
  sed -e '/^      schedulers: #optional/,/^$/s/^ / &/' -e 's/model_name:{{/model_name: {{/' >configs/seed.yaml
echo "model_name: example" >configs/variables.yaml
cp "$source/configs/stages.yaml" configs

make() { mkdir -p "$(dirname "$1")" && echo "${2-}" >"$1"; }
make customcode/lambda_layers/pandas_sklearn/requirements.txt
make customcode/lambda_layers/py_commons/commons.py
make customcode/lambda_functions/sfn_trigger/handler.py
make customcode/lambda_functions/example_fx/example_handler.py
make customcode/batch/Example/Dockerfile "FROM scratch"
make "customcode/..../file.sql" "SELECT 1"
cp -r "$source/customcode/glue" "$source/customcode/athena" customcode

for stage in dev test prod; do
  "$program" compile configs/seed.yaml --root . --stage "$stage" --out "$stage" 2>messages ||
    { cat messages; exit 1; }
  "$program" check "$stage/seed.asl.json"
done
[ "$(grep -c '"Type": "Task"' dev/seed.asl.json)" -gt 10 ]
