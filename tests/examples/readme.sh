#!/bin/sh
# readme.sh PROGRAM SOURCE OUT: the pipelines that stand in the READMEs compile, whole ones and single
# steps, in a project with the code that is here.
set -eu
program=$1 source=$2 out=$3
rm -rf "$out"
mkdir -p "$out/configs"
ln -s "$source/customcode" "$out/customcode"
cp "$source/configs/stages.yaml" "$source/configs/variables.yaml" "$out/configs"
cd "$source"
find . -name '*.md' -not -path './build/*' -not -path './.git/*' | sort | while read -r page; do
  name=$(echo "${page#./}" | tr '/ ' '__')
  awk -v name="$out/configs/$name" '
    /^```yaml/ { file = sprintf("%s-%02d.yaml", name, ++n); next }
    /^```/ { if (file) close(file); file = "" }
    file { print >file }' "$page"
done
cd "$out"
failed=0 seen=0
for file in configs/*.md-*.yaml; do
  if grep -qE '^- name:' "$file" && ! grep -qE '^ +type: (deequ|s3|query)' "$file"; then # a step
    { printf 'groups:\n  - name: Group\n    jobs:\n'; sed 's/^/      /' "$file"; } >step
    mv step "$file"
  fi
  grep -qE '^(aws_resources|groups|triggers):' "$file" || continue # of something else
  grep -q '^groups:' "$file" ||
    printf 'groups:\n  - {name: Group, jobs: [{name: step, type: pass}]}\n' >>"$file"
  seen=$((seen + 1))
  "$program" compile "$file" --root . --stage dev --out compiled 2>messages ||
    { grep -A3 'error: ' messages; failed=1; }
done
echo "$seen pipelines"
[ $seen -gt 10 ] && [ $failed = 0 ]
