# How hard zips are compressed, for all stages or for one: two levels are two zips, each linked where it
# belongs, and neither is made where nobody uses it.
. "$(dirname "$0")/lib.sh"
new_work
export XDG_CACHE_HOME="$WORK/cache"
cp -r "$SOURCE/tests/cmake/project" "$WORK/source"
cd "$WORK/source"
tree=$WORK/tree
bundles=$tree/pipelines/bundles
key() { # STAGE FOLDER: whether the stage's template names the digest of a zip in the folder
    sed -n 's/.*"sha256": "\([0-9a-f]*\)".*/\1/p' "$2"/*shared*.zip.json >"$WORK/digest"
    grep -q "$(cat "$WORK/digest")" "$tree/pipelines/$1/first.template.json"
}
# A function whose levels differ in the zip.
seq 1 5000 >customcode/lambda_functions/shared/numbers.txt

configure . "$tree" -G Ninja
build "$tree"
[ "$status" -eq 0 ] || { cat "$WORK/build.log"; fail "it does not build"; }
key dev "$bundles" && key prod "$bundles" || fail "a template names another zip"
cp "$bundles"/*shared*.zip "$WORK/default.zip"

sed -i 's/STAGES dev prod/STAGES dev prod LEVELS dev=fast/' CMakeLists.txt
build "$tree"
[ "$status" -eq 0 ] || { cat "$WORK/build.log"; fail "it does not build with levels"; }
cmp "$bundles"/*shared*.zip "$WORK/default.zip" || fail "the level of dev shows in prod"
key dev "$bundles/level-fast" && key prod "$bundles" || fail "a template names a zip of another level"
! key dev "$bundles" || fail "fast and default make the same zip: this test sees nothing"
expect_nothing "$tree" "levels"
echo 6 >>customcode/lambda_functions/shared/numbers.txt
build "$tree"
[ "$(grep -c '] Bundling' "$WORK/build.log")" = 2 ] || fail "not both zips are made: $(cat "$WORK/build.log")"
[ -e "$bundles/level-fast/$(basename "$bundles"/*shared*.zip).json" ] || fail "no record for the level"

list_outputs "$tree" >"$WORK/ninja"
configure . "$WORK/make" -G "Unix Makefiles"
build "$WORK/make"
[ "$status" -eq 0 ] || { cat "$WORK/build.log"; fail "Make does not build with levels"; }
list_outputs "$WORK/make" | cmp - "$WORK/ninja" || fail "Make and Ninja make different zips"
tree=$WORK/tree # configure has set it

configure . "$tree" -G Ninja -DSTEPWRIGHT_LEVELS=0
build "$tree"
[ "$status" -eq 0 ] || { cat "$WORK/build.log"; fail "it does not build with STEPWRIGHT_LEVELS"; }
[ "$(stat -c %s "$bundles"/*shared*.zip)" -gt 23000 ] || fail "STEPWRIGHT_LEVELS=0 compresses"

bad() { # LEVELS TEXT
    ! "$CMAKE" "$tree" -DSTEPWRIGHT_LEVELS="$1" >"$WORK/bad.log" 2>&1 || fail "levels $1 pass"
    tr -s ' \n' ' ' <"$WORK/bad.log" | grep -qF "$2" || { cat "$WORK/bad.log"; fail "levels $1"; }
}
bad 13 "LEVELS has '13'; expected [stage=]fast, default, small or 0 to 12"
bad beta=fast "there is no stage 'beta' in STAGES"
finish
