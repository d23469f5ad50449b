# Ninja Multi-Config: the pipelines are the same in every configuration, and made once.
. "$(dirname "$0")/lib.sh"
new_work
cp -r "$SOURCE/tests/cmake/project" "$WORK/source"
cd "$WORK/source"
configure . "$WORK/multi" -G 'Ninja Multi-Config'
configure . "$WORK/ninja" -G Ninja
expect "$WORK/multi" "a clean build" "bundle=3 compile=4 link=4 c=7"
build "$WORK/ninja"
list_outputs "$WORK/ninja" >"$WORK/expected"
list_outputs "$WORK/multi" | cmp - "$WORK/expected" || fail "not what Ninja makes"
echo '# edited' >>customcode/lambda_functions/alone/lambda_function.py
expect "$WORK/multi" "a function is edited" "bundle=1 link=2"
build "$WORK/multi" --config Release
[ "$status" -eq 0 ] || { cat "$WORK/build.log" >&2; fail "Release"; }
build "$WORK/ninja"
list_outputs "$WORK/ninja" >"$WORK/expected"
list_outputs "$WORK/multi" | cmp - "$WORK/expected" || fail "Release differs"
finish
