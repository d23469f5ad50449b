# Which edges run after which edit, with Ninja.
. "$(dirname "$0")/lib.sh"
new_work
cp -r "$SOURCE/tests/cmake/project" "$WORK/source"
cd "$WORK/source"
tree=$WORK/tree
functions=customcode/lambda_functions

configure . "$tree" -G Ninja
expect "$tree" "a clean build" "plan=1 configure=1 bundle=3 compile=4 link=4 c=7"
list_outputs "$tree" >"$WORK/clean"
[ "$(wc -l <"$WORK/clean")" -eq 38 ] || fail "a clean build made $(cat "$WORK/clean")"

echo '# edited' >>$functions/alone/lambda_function.py
expect "$tree" "a function of one pipeline is edited" "bundle=1 link=2"
echo '# edited' >>$functions/shared/lambda_function.py
expect "$tree" "a shared function is edited" "bundle=1 link=4"
echo '/* edited: another program */ int edited = 1;' >>$functions/stats/main.c
expect "$tree" "a function in C is edited" "bundle=1 link=2 c=2"
touch $functions/shared/lambda_function.py
expect "$tree" "a function is touched" "bundle=1"

sed -i 's/comment: Uses/comment: Calls/' configs/first.yaml
expect "$tree" "a config is edited" "plan=1 compile=2 link=2"
touch configs/first.yaml
expect "$tree" "a config is touched" "plan=1 compile=2"

mkdir $functions/alone/data
echo 1 >$functions/alone/data/more.json
expect "$tree" "a file in a new folder is added to a bundle" "bundle=1 link=2"
echo 2 >$functions/alone/data/more.json
expect "$tree" "the new file is edited" "bundle=1 link=2"
rm $functions/alone/data/more.json
expect "$tree" "a file is removed from a bundle" "bundle=1 link=2"
mkdir $functions/alone/__pycache__
echo noise >$functions/alone/__pycache__/lambda_function.cpython-312.pyc
expect "$tree" "noise that is not packed" "bundle=1"

rm configs/variables.yaml
expect "$tree" "the variables are removed" "plan=1 compile=4"
echo 'owner: [' >configs/variables.yaml
build "$tree"
[ "$status" -ne 0 ] || fail "variables that came later are not noticed"
echo 'owner: somebody' >configs/variables.yaml
expect "$tree" "the variables are back" "plan=1 compile=4"

mkdir $functions/third
echo 'def handler(event, context): pass' >$functions/third/lambda_function.py
sed 's/first/third/; s/alone/third/' configs/first.yaml >configs/third.yaml
expect "$tree" "a pipeline and a bundle are added" "plan=1 configure=1 bundle=1 compile=2 link=2"
rm configs/third.yaml
expect "$tree" "a pipeline is removed" "plan=1 configure=1"
ls "$tree"/pipelines/*/third.* 2>/dev/null && fail "a pipeline that is gone has left files"

# A broken config: an error, nothing half-written, and no trace once it is repaired.
list_outputs "$tree" >"$WORK/before"
cp configs/first.yaml "$WORK/good.yaml"
sed -i 's/comment:/coment:/' configs/first.yaml
build "$tree"
[ "$status" -ne 0 ] || fail "a misspelt key builds"
grep -q "first.yaml:2:1: error: unknown key 'coment'" "$WORK/build.log" ||
    { cat "$WORK/build.log" >&2; fail "no error for the misspelt key"; }
list_outputs "$tree" | cmp - "$WORK/before" || fail "a failed build changed outputs"
cp "$WORK/good.yaml" configs/first.yaml
expect "$tree" "the config is repaired" "plan=1 compile=2"

# A folder that is renamed is missed by the line that names it.
mv $functions/alone $functions/renamed
build "$tree"
[ "$status" -ne 0 ] || fail "a folder that is gone builds"
grep -q "first.yaml:[0-9]*:[0-9]*: error: folder 'customcode/lambda_functions/alone' does not exist" \
    "$WORK/build.log" || { cat "$WORK/build.log" >&2; fail "no error for the folder"; }
mv $functions/renamed $functions/alone
build "$tree"
[ "$status" -eq 0 ] || { cat "$WORK/build.log" >&2; fail "the folder is back"; }

build "$tree" --target clean
build "$tree"
[ "$status" -eq 0 ] || { cat "$WORK/build.log" >&2; fail "the build behind 'clean'"; }
list_outputs "$tree" | cmp - "$WORK/before" || fail "'clean' changes what is made"

# The targets that people name.
build "$tree" --target first-dev second graph bundles schema docs
[ "$status" -eq 0 ] || { cat "$WORK/build.log" >&2; fail "targets"; }
[ -s "$tree/reference/blueprint.schema.json" ] && [ -s "$tree/reference/blueprint.md" ] ||
    fail "no reference was made"
grep -q 'pipelines/dev/first.svg' "$WORK/build.log" || fail "graph does not say where"

# A clean tree reaches the same bytes as the edits did, and one target needs no second build.
rm -rf "$WORK/again"
configure . "$WORK/again" -G Ninja
build "$WORK/again" --target first-dev
[ "$(count_edges)" = "plan=1 configure=1 bundle=2 compile=1 link=1" ] ||
    fail "first-dev in a clean tree ran '$(count_edges)'"
build "$WORK/again"
rm -f "$tree/pipelines/bundles/lambda_functions.third."* # bundles stay; nobody looks for them
list_outputs "$tree" >"$WORK/edited"
list_outputs "$WORK/again" | cmp - "$WORK/edited" || fail "edits and a clean build differ"
finish
