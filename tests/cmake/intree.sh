# A tree that builds its own generator: one build does it all, also when the generator's sources
# come and go, and when generator and configs change together.
. "$(dirname "$0")/lib.sh"
new_work
cp -r "$SOURCE/tests/cmake/intree" "$WORK/source"
cd "$WORK/source"
tree=$WORK/tree

# now WHAT: one build is enough, and the one behind it does nothing.
now() {
    build "$tree"
    [ "$status" -eq 0 ] || { cat "$WORK/build.log" >&2; fail "$1: the build fails"; }
    expect_nothing "$tree" "$1"
}
# has FILE… WHAT: these pipelines are there and no other
has() {
    [ "$(cd "$tree/pipelines/dev" && echo *.template.json)" = "$1" ] ||
        fail "$2: there are $(ls "$tree/pipelines/dev")"
}

configure . "$tree" -G Ninja
now "a clean build"
has only.template.json "a clean build"
expect "$tree" "nothing is edited" ""
sed -i 's/^name: only/name: Only/' configs/only.yaml
expect "$tree" "a config is edited" "plan=1 compile=1 link=1 other=1"
sed 's/only/more/' configs/only.yaml >configs/more.yaml
expect "$tree" "a config is added" "plan=1 configure=1 compile=1 link=1 other=1"
has "more.template.json only.template.json" "a config is added"

# A source file comes: the old rules could not link the program.
echo 'const char *real_program(void); const char *real_program(void) { return REAL_PROGRAM; }' \
    >generator/real.c
sed -i 's/main\.c/main.c real.c/' generator/CMakeLists.txt
sed -i 's/^int main/const char *real_program(void);\n&/' generator/main.c
sed -i 's/execv(REAL_PROGRAM/execv(real_program()/' generator/main.c
now "a source file comes"
# It goes: the old rules would miss it.
rm generator/real.c
sed -i 's/ real\.c//' generator/CMakeLists.txt
sed -i 's/real_program()/REAL_PROGRAM/' generator/main.c
now "a source file goes"

# A program that cannot read the configs, and the edit that teaches it to, all at once.
sed -i 's/execv(/if (argc > 9000) return 1; execv(/' generator/main.c
now "the generator is edited"
sed -i 's/^int main/int refuses = 1;\n&/; s/argc > 9000/refuses/' generator/main.c
build "$tree"
[ "$status" -ne 0 ] || fail "a generator that refuses everything builds pipelines"
sed -i 's/refuses = 1/refuses = 0/' generator/main.c
rm configs/more.yaml
build "$tree" # the plan changes together with the generator: this may ask for another one
now "generator and configs are edited together"
has only.template.json "a config is removed"

# An error is reported once, and found again by the next build.
cp configs/only.yaml "$WORK/good.yaml"
sed -i 's/^groups:/gruops:/' configs/only.yaml
for try in first second; do
    build "$tree"
    [ "$status" -ne 0 ] || fail "a misspelt key builds, $try build"
    [ "$(grep -c "unknown key 'gruops'" "$WORK/build.log")" -eq 1 ] ||
        { cat "$WORK/build.log" >&2; fail "the error is not there once, $try build"; }
done
cp "$WORK/good.yaml" configs/only.yaml
now "the config is repaired"

build "$tree" --target clean
now "behind 'clean'"
has only.template.json "behind 'clean'"

# Make builds the generator while CMake configures.
command -v make >/dev/null || { finish; exit; }
configure . "$WORK/make" -G 'Unix Makefiles'
build "$WORK/make"
[ "$status" -eq 0 ] || { cat "$WORK/build.log" >&2; fail "with make"; }
list_outputs "$tree" >"$WORK/expected"
list_outputs "$WORK/make" | cmp - "$WORK/expected" || fail "make makes something else"
finish
