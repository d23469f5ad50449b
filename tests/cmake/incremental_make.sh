# Unix Makefiles: one make gives what Ninja gives, after every edit. More may run than must.
. "$(dirname "$0")/lib.sh"
command -v make >/dev/null || skip "there is no make"
new_work
cp -r "$SOURCE/tests/cmake/project" "$WORK/source"
cd "$WORK/source"
tree=$WORK/make
functions=customcode/lambda_functions

# same WHAT: one make, and what a clean build with Ninja makes of the same files.
same() {
    build "$tree"
    [ "$status" -eq 0 ] || { cat "$WORK/build.log" >&2; fail "$1: the build fails"; }
    cp "$WORK/build.log" "$WORK/make.log"
    rm -rf "$WORK/ninja/pipelines"
    build "$WORK/ninja"
    [ "$status" -eq 0 ] || { cat "$WORK/build.log" >&2; fail "$1: Ninja fails"; }
    list_outputs "$WORK/ninja" >"$WORK/expected"
    list_outputs "$tree" | cmp - "$WORK/expected" || fail "$1: not what Ninja makes"
}

configure . "$tree" -G 'Unix Makefiles'
configure . "$WORK/ninja" -G Ninja
same "a clean build"
expect_nothing "$tree" "a clean build"

echo '# edited' >>$functions/shared/lambda_function.py
echo 'int edited = 1;' >>$functions/stats/main.c
same "functions are edited"
touch $functions/shared/lambda_function.py
expect "$tree" "a function is touched" "bundle=1"
sed -i 's/comment: Uses/comment: Calls/' configs/first.yaml
same "a config is edited"
echo 1 >$functions/alone/more.json
same "a file is added to a bundle"
rm $functions/alone/more.json
same "a file is removed from a bundle"
mkdir $functions/third
echo 'def handler(event, context): pass' >$functions/third/lambda_function.py
sed 's/first/third/; s/alone/third/' configs/first.yaml >configs/third.yaml
same "a pipeline and a bundle are added"
sed -i 's/comment:/coment:/' configs/first.yaml
build "$tree"
[ "$status" -ne 0 ] || fail "a misspelt key builds"
list_outputs "$tree" | cmp - "$WORK/expected" || fail "a failed build changed outputs"
sed -i 's/coment:/comment:/' configs/first.yaml
same "the config is repaired"
finish
