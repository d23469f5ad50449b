# Layers: what they require is gathered by an edge of its own, which an edit of their files leaves alone.
. "$(dirname "$0")/lib.sh"
new_work
export XDG_CACHE_HOME="$WORK/cache"
cp -r "$SOURCE/tests/cmake/project" "$WORK/source"
cd "$WORK/source"
tree=$WORK/tree
layers=customcode/lambda_layers

mkdir -p $layers/commons $layers/made
echo 'A = 1' >$layers/commons/commons.py
echo 'data' >$layers/made/data.txt
sed -i '/^aws_resources:/a\
  - name: commons\
    type: lambda_layer\
    config: {layer_entry: customcode/lambda_layers/commons, runtime: python3.12}\
  - name: made\
    type: lambda_layer\
    config:\
      layer_entry: customcode/lambda_layers/made\
      bundle_type: custom\
      cmd: mkdir /asset-output/share && cp data.txt /asset-output/share; echo "$HOME $((1 + 1)); a\\b"' \
    configs/first.yaml

configure . "$tree" -G Ninja
expect "$tree" "a clean build" "plan=1 configure=1 bundle=5 compile=4 link=4 c=7 other=2"
bundles=$tree/pipelines/bundles
cmp $layers/made/data.txt "$tree"/pipelines/layers/lambda_layers.made-*/share/data.txt ||
    fail "the command's output is not there"
if command -v unzip >/dev/null; then
    [ "$(unzip -Z1 "$bundles"/lambda_layers.commons-*.zip)" = python/commons.py ] ||
        fail "the files of a layer for Python are not below python/"
    [ "$(unzip -Z1 "$bundles"/lambda_layers.made-*.zip)" = share/data.txt ] ||
        fail "a layer that a command makes holds something else"
fi

echo 'A = 2' >$layers/commons/commons.py
expect "$tree" "a layer's file is edited" "bundle=1 link=2"
echo 'more data' >$layers/made/data.txt
expect "$tree" "what a command reads is edited" "bundle=1 link=2 other=1"
touch $layers/made/data.txt
expect "$tree" "what a command reads is touched" "other=1"
echo 'B = 1' >$layers/commons/more.py
expect "$tree" "a file is added to a layer" "bundle=1 link=2 other=1"

sed -i 's/cmd: mkdir/cmd: false; mkdir/; s/false;/exit 7;/' configs/first.yaml
build "$tree"
[ "$status" -ne 0 ] || fail "a command that fails builds"
grep -q "the command ended with 7" "$WORK/build.log" || { cat "$WORK/build.log"; fail "why is not said"; }
sed -i 's/exit 7; //' configs/first.yaml
build "$tree"
[ "$status" -eq 0 ] || { cat "$WORK/build.log"; fail "a repaired command does not build"; }
expect_nothing "$tree" "a repaired command"

if python3 -m pip --version >/dev/null 2>&1; then
    export PIP_CONFIG_FILE=/dev/null PIP_NO_INDEX=1
    python3 "$SOURCE/tests/pack/make_wheel.py" $layers/commons/wheels
    echo wheels >$layers/commons/.bundleignore
    printf -- '--find-links wheels\nstepwright-probe\n' >$layers/commons/requirements.txt
    expect "$tree" "requirements are added" "bundle=1 link=2 other=1"
    [ -f "$tree"/pipelines/layers/lambda_layers.commons-*/python/stepwright_probe/__init__.py ] ||
        fail "the package is not there"
    echo 'A = 3' >$layers/commons/commons.py
    expect "$tree" "a file beside requirements is edited" "bundle=1 link=2"
    echo 'stepwright-native' >>$layers/commons/requirements.txt
    expect "$tree" "requirements are edited" "bundle=1 link=2 other=1"
fi
list_outputs "$tree" >"$WORK/edited"
configure . "$WORK/make" -G "Unix Makefiles"
build "$WORK/make"
[ "$status" -eq 0 ] || { cat "$WORK/build.log"; fail "Make does not build layers"; }
list_outputs "$WORK/make" | cmp - "$WORK/edited" || fail "Make and Ninja make different layers"
finish
