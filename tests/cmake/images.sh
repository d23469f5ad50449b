# Container images: made of folders, programs and bundles of this build, or by a Dockerfile; what an
# edit calls for is made again, and the digest goes into template and manifest.
. "$(dirname "$0")/lib.sh"
new_work
export XDG_CACHE_HOME="$WORK/cache"
cp -r "$SOURCE/tests/cmake/project" "$WORK/source"
cd "$WORK/source"
tree=$WORK/tree
count=customcode/batch/count

mkdir -p $count/data
echo data >$count/data/words.txt
printf '#include <stdio.h>\nint main(void) { return puts("counted") < 0; }\n' >$count/main.c
cat >$count/image.yaml <<'YAML'
image:
  layers:
    - {program: count, to: /bin}
    - {directory: data, to: /data}
    - {bundle: lambda_functions.shared, to: /functions}
  entrypoint: [/bin/count]
YAML
sed -i '/^stepwright_add_pipelines/i\
stepwright_add_program(count SOURCES customcode/batch/count/main.c)' CMakeLists.txt
cat >configs/third.yaml <<'YAML'
name: third
aws_resources:
  - name: count
    type: batch_job_definition
    job_definition:
      image: {assets: {directory: customcode/batch/count, file: image.yaml}}
groups:
  - name: work
    jobs:
      - {name: rest, type: pass}
YAML

configure . "$tree" -G Ninja
build "$tree"
[ "$status" -eq 0 ] || { cat "$WORK/build.log"; fail "the image does not build"; finish; }
expect_nothing "$tree" "an image"
record=$(ls "$tree"/pipelines/bundles/batch.count.image*.json)
image=${record%.json}
sha=$(sed -n 's/.*"sha256": "\(.*\)",/\1/p' "$record")
grep -q "\"tag\": \"$sha\"" "$tree/pipelines/dev/third.manifest.json" || fail "no tag in the manifest"
grep -q "$sha" "$tree/pipelines/dev/third.template.json" || fail "no digest in the template"
[ -f "$image/blobs/sha256/$sha" ] || fail "the layout lacks the manifest"

layers() { # names of what the image's layers hold
    for blob in "$image"/blobs/sha256/*; do
        gzip -t <"$blob" 2>/dev/null && gzip -dc <"$blob" | tar -tf - | grep -v '/$'
    done | LC_ALL=C sort | tr '\n' ' '
}
[ "$(layers)" = "bin/count data/words.txt functions/lambda_function.py " ] ||
    fail "the layers hold $(layers)"

# expect_edges WHAT EDGES: others than those of an image are counted as in lib.sh
echo more >>$count/data/words.txt
expect "$tree" "a file of a layer is edited" "link=2 other=1"
touch $count/data/words.txt
expect "$tree" "a file of a layer is touched" "other=1"
sed -i 's/counted/counted all/' $count/main.c
expect "$tree" "a program is edited" "link=2 c=2 other=1"
echo '# more' >>customcode/lambda_functions/shared/lambda_function.py
expect "$tree" "a bundle in the image is edited" "bundle=1 link=6 other=1"
sed -i 's/entrypoint.*/&\n  user: "65534"/' $count/image.yaml
expect "$tree" "the image file is edited" "plan=1 link=2 other=1"
echo '# more' >>customcode/lambda_functions/alone/lambda_function.py
expect "$tree" "something else is edited" "bundle=1 link=2"

sed -i 's/program: count/program: cuont/' $count/image.yaml
build "$tree"
[ "$status" -ne 0 ] || fail "an unknown program builds"
grep -q "image.yaml:3:17: error: no program 'cuont' is built here" "$WORK/build.log" ||
    { cat "$WORK/build.log"; fail "an unknown program is not explained"; }
sed -i 's/program: cuont/program: count/' $count/image.yaml
build "$tree"
[ "$status" -eq 0 ] || { cat "$WORK/build.log"; fail "a repaired image file does not build"; }

sed -i 's/entrypoint:/entripoint:/' $count/image.yaml
build "$tree"
[ "$status" -ne 0 ] || fail "a key that does not exist builds"
[ "$(grep -c "customcode/batch/count/image.yaml:6:3: error: unknown key 'entripoint'" "$WORK/build.log")" = 1 ] ||
    { cat "$WORK/build.log"; fail "a misspelt key is not explained, once"; }
sed -i 's/entripoint:/entrypoint:/' $count/image.yaml
sed -i 's/, file: image.yaml//' configs/third.yaml
build "$tree"
[ "$status" -ne 0 ] && grep -q "names the image file that is there" "$WORK/build.log" ||
    { cat "$WORK/build.log"; fail "an image file that nobody names"; }
sed -i 's|directory: customcode/batch/count|&, file: image.yaml|' configs/third.yaml
build "$tree"
[ "$status" -eq 0 ] || { cat "$WORK/build.log"; fail "a repaired config does not build"; }
expect_nothing "$tree" "a repaired config"

list_images() { (cd "$1/pipelines/bundles" && find . -path '*image*' -type f ! -name '*.d' -exec sha256sum {} +) | sort; }
list_images "$tree" >"$WORK/ninja"
configure . "$WORK/make" -G "Unix Makefiles"
build "$WORK/make"
[ "$status" -eq 0 ] || { cat "$WORK/build.log"; fail "Make does not build images"; }
list_images "$WORK/make" | cmp - "$WORK/ninja" || fail "Make and Ninja make different images"

tree=$WORK/tree # configure has a variable of this name
# A Dockerfile, where something builds it.
cat >$count/Dockerfile <<'DOCKER'
FROM scratch
ARG WHAT=words
LABEL what="$WHAT"
COPY data /data
CMD ["/data/words.txt"]
DOCKER
sed -i 's/file: image.yaml/build_args: {WHAT: "all; words"}/' configs/third.yaml
printf '[storage]\ndriver = "vfs"\ngraphroot = "%s"\nrunroot = "%s"\n' "$WORK/store" "$WORK/run" >"$WORK/storage.conf"
export CONTAINERS_STORAGE_CONF="$WORK/storage.conf" STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot
mkdir "$WORK/probe"
printf 'FROM scratch\nCOPY Dockerfile /\n' >"$WORK/probe/Dockerfile"
if command -v buildah >/dev/null && buildah build -q "$WORK/probe" >/dev/null 2>&1; then
    export STEPWRIGHT_IMAGE_BUILDER=buildah
    build "$tree"
    [ "$status" -eq 0 ] || { cat "$WORK/build.log"; fail "the Dockerfile does not build"; finish; }
    expect_nothing "$tree" "a Dockerfile"
    record=$(ls -t "$tree"/pipelines/bundles/batch.count*.image-*.json | head -n 1)
    image=${record%.json}
    [ "$(layers)" = "data/words.txt " ] || fail "the Dockerfile's layers hold $(layers)"
    grep -q '"what":"all; words"' "$image"/blobs/sha256/* || fail "the build argument is another"
    before=$(cat "$record")
    touch $count/data/words.txt
    build "$tree"
    grep -q 'STEP' "$WORK/build.log" && fail "a touched file has the image built again"
    echo more >>$count/data/words.txt
    build "$tree"
    grep -q 'STEP' "$WORK/build.log" || fail "the builder's words do not show"
    [ "$(cat "$record")" != "$before" ] || fail "an edit leaves the image alone"
    expect_nothing "$tree" "an edit of what a Dockerfile copies"
    printf 'FROM scratch\nCOPY missing /\n' >$count/Dockerfile
    before=$(cat "$record")
    build "$tree"
    [ "$status" -ne 0 ] || fail "a broken Dockerfile builds"
    [ "$(cat "$record")" = "$before" ] && [ -f "$image/index.json" ] || fail "the last image is gone"
else
    echo "without Dockerfiles: buildah does not work here"
fi
unset STEPWRIGHT_IMAGE_BUILDER
PATH=$(dirname "$(command -v ls)"):$WORK/nothing STEPWRIGHT_IMAGE_BUILDER=kaniko \
    "$STEPWRIGHT" image $count --file Dockerfile --out "$WORK/none" 2>"$WORK/message" && fail "kaniko builds"
grep -q "'kaniko' is no builder of images" "$WORK/message" || { cat "$WORK/message"; fail "kaniko is taken"; }
PATH=$WORK/nothing "$STEPWRIGHT" image $count --file Dockerfile --out "$WORK/none" 2>"$WORK/message" && fail "nothing builds"
grep -q 'an image file in YAML needs none of them' "$WORK/message" || { cat "$WORK/message"; fail "no builder, no help"; }
finish
