#!/bin/sh
# long_names.sh STEPWRIGHT ROOT FOLDER
# Whatever pipelines and stages are called, the names that are made of it are within the limits of
# their services, as the checks have them; and CloudFormation takes the names of stacks.
set -eu
program=$1 source=$2 out=$3
rm -rf "$out"
mkdir -p "$out"
cd "$out"
cp -r "$source/configs" "$source/customcode" .
rm configs/stages.yaml
failed=0
long=$(printf '%076d' 0 | tr 0 a)
for name in a 1 a_b A.B aws-x "$long" "$(printf '%070d' 0)"; do
  cp configs/examples/everything.yaml "configs/$name.yaml"
  if ! "$program" compile "configs/$name.yaml" --root . --stage dev --out made >messages 2>&1; then
    case $name in
      aws-x) grep -q "'/aws-x/dev/.* cannot name this AWS::SSM::Parameter" messages && continue ;;
    esac
    echo "FAIL pipeline '$name'"
    cat messages
    failed=1
    continue
  fi
  stack=$(sed -n 's/^ *"stack": "\(.*\)",$/\1/p' "made/$name.assets.json")
  echo "$stack" | grep -Eq '^[A-Za-z][A-Za-z0-9-]{0,127}$' || { echo "FAIL stack '$stack'"; failed=1; }
  echo "$stack" >>stacks
done
[ "$(sort -u stacks | wc -l)" = "$(wc -l <stacks)" ] || { echo "FAIL: stacks share names"; failed=1; }
exit $failed
