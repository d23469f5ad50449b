# Images from folders: the same digest from another place, umask, date, user's settings and number
# of threads; what changes is made again and nothing else; what is wrong is said and publishes nothing.
source "$(dirname "$0")/common.sh" "$1" "$2"

image() {
    "$program" image "$@"
}

make_image() { # folder order
    make_tree "$1/app" "$2"
    mkdir -p "$1/etc"
    echo setting >"$1/etc/app.conf"
    cat >"$1/image.yaml" <<'YAML'
image:
  layers:
    - directory: etc
      to: /etc
    - directory: app
      to: /opt/app
  entrypoint: [/opt/app/bootstrap]
  cmd: --all
  env: {LEVEL: 3, MODE: "fast = true"}
  user: "1000:1000"
  workdir: /opt/app
  labels: {team: data, about: "a \"quoted\" word"}
YAML
}

sha() {
    sed -n 's/.*"sha256": "\(.*\)",/\1/p' "$1.json"
}

blobs_are_whole() {
    (cd "$1/blobs/sha256" && for blob in *; do
        [ "$(sha256sum <"$blob" | cut -d' ' -f1)" = "$blob" ] || fail "$blob holds something else"
    done)
}

make_image one ""
image one --out out/one --depfile out/one.d
blobs_are_whole out/one
grep -q '^out/one.json:.*one/app' out/one.d || fail "the depfile has another target"
grep -q 'one/image.yaml' out/one.d && grep -q 'one/app/large.txt' out/one.d ||
    fail "the depfile lacks what was read"

# The same everywhere, from any cache.
mkdir -p "another place"
(umask 077 && make_image "another place/two" -r)
find "another place" -exec touch -h -d '2021-05-05 05:05:05' {} +
chmod -R go-rwx "another place/two"
(
    cd "another place"
    umask 027
    export TZ=Pacific/Auckland LC_ALL=C.UTF-8 HOME=/nonexistent XDG_CACHE_HOME="$work.cache2"
    image two/image.yaml --out ../out/two --threads 3
)
diff -r out/one out/two && cmp out/one.json out/two.json || fail "another place, another image"
for threads in 1 2 7; do
    STEPWRIGHT_CACHE=off image one --out "out/t$threads" --threads $threads
    diff -r out/one "out/t$threads" || fail "$threads threads, another image"
done
rm -rf "$work.cache2"

# Nothing is written where nothing changed; an edit makes one layer, and the old one is gone.
find out/one out/one.json -exec touch -d '2020-01-01' {} +
image one --out out/one
[ -z "$(find out/one out/one.json -newermt '2020-02-01' -type f)" ] || fail "written again"
was=$(sha out/one)
echo more >>one/app/empty
image one --out out/one
[ "$(sha out/one)" != "$was" ] || fail "an edit does not show"
[ "$(find out/one/blobs -newermt '2020-02-01' -type f | wc -l)" = 3 ] ||
    fail "an edit writes more than a layer, a config and a manifest"
[ "$(ls out/one/blobs/sha256 | wc -l)" = 4 ] || fail "blobs of the last image are left"
blobs_are_whole out/one

# A damaged layer is made again.
layer=$(ls -S out/two/blobs/sha256 | head -n 1)
rm "out/two/blobs/sha256/$layer"
echo damaged >"out/two/blobs/sha256/$layer"
image "another place/two" --out out/two
blobs_are_whole out/two
STEPWRIGHT_CACHE=off image "another place/two" --out out/two
diff -r out/two out/t1 || fail "another image after the repair"

# On a base: its layers as they are, its settings where nothing else is said.
mkdir -p child/more
echo more >child/more/file
cat >child/image.yaml <<'YAML'
base: oci:../out/t1
layers: [{directory: more, to: /bin}]
env: {MODE: slow}
cmd: [--none]
YAML
image child --out out/child
blobs_are_whole out/child
for blob in $(cd out/t1/blobs/sha256 && for b in *; do gzip -t <$b 2>/dev/null && echo $b; done); do
    cmp "out/t1/blobs/sha256/$blob" "out/child/blobs/sha256/$blob" || fail "a base's layer is another"
done
config=$(grep -l '"rootfs"' out/child/blobs/sha256/*)
for part in '"User":"1000:1000"' '"LEVEL=3"' '"MODE=slow"' '"Entrypoint":\["/opt/app/bootstrap"\]' \
    '"Cmd":\["--none"\]' '"WorkingDir":"/opt/app"' '"team":"data"'; do
    grep -q -- "$part" "$config" || fail "the config on a base lacks $part"
done
new=$(grep -o '"digest":"sha256:[0-9a-f]*"' "$(grep -l '"layers":' out/child/blobs/sha256/*)" |
    tail -n 1 | cut -d: -f3 | tr -d '"')
if command -v tar >/dev/null; then
    [ "$(tar -tzf "out/child/blobs/sha256/$new")" = bin/file ] ||
        fail "a folder takes the place of what may be a link in the base"
fi

# Several platforms, each with what is its own.
mkdir -p arm amd && echo arm >arm/which && echo amd >amd/which
cat >both.yaml <<'YAML'
image:
  layers:
    - {directory: amd, platform: linux/amd64}
    - {directory: arm, platform: linux/arm64}
  platforms: [linux/amd64, linux/arm64]
  compression: zstd
YAML
image both.yaml --out out/both
blobs_are_whole out/both
[ "$(grep -l '"architecture":"arm64"' out/both/blobs/sha256/* | wc -l)" = 2 ] ||
    fail "an image of two platforms lacks one"
grep -q 'tar+zstd' out/both/blobs/sha256/* || fail "zstd was asked for"

# What is wrong, and nothing published.
wrong() { # slug text-of-image-file
    printf '%s\n' "$2" >wrong.yaml
    local status=0
    image wrong.yaml --out out/wrong 2>message || status=$?
    [ "$status" = "${3:-1}" ] || { cat message; fail "exit $status for $1"; }
    grep -q "\[$1\]" message || { cat message; fail "no [$1]"; }
    [ ! -e out/wrong.json ] && [ ! -e out/wrong/index.json ] || fail "[$1], and there is an image"
}
mkfifo amd/pipe
wrong special-file 'layers: [{directory: amd}]'
rm amd/pipe
truncate -s 11G amd/sparse
wrong too-large 'layers: [{directory: amd}]'
rm amd/sparse
mkdir -p wh/.wh.folder
echo x >wh/.wh.folder/file
wrong whiteout-name 'layers: [{directory: wh}]'
mv wh/.wh.folder wh/folder
echo x >wh/folder/.wh..wh..opq
wrong whiteout-name 'layers: [{directory: wh}]'
echo '.wh.*' >wh/.bundleignore
printf 'layers: [{directory: wh}]\n' >ignored.yaml
image ignored.yaml --out out/ignored || fail "what is ignored is refused"
wrong bad-path 'layers: [{directory: amd, to: /app/.wh.x}]'
wrong bad-variable '{layers: [{directory: amd}], env: {"": x}}'
wrong bad-variable '{layers: [{directory: amd}], env: {"A=B": x}}'
wrong bad-variable '{layers: [{directory: amd}], env: {"A\0": x}}'
wrong bad-variable '{layers: [{directory: amd}], env: {A: "x\0y"}}'
wrong duplicate-platform \
    '{layers: [{directory: amd}], platforms: [linux/amd64, linux/arm64, linux/amd64]}'
wrong not-a-list '{layers: [{directory: amd}], entrypoint: /app/run --all}'
mkdir -p inside/app/sub
echo x >inside/app/file
printf 'layers: [{directory: app}]\n' >inside/image.yaml
for to in inside/app inside/app/sub/image inside/app/new; do
    ! image inside --out $to 2>message || fail "an image in its own layer, at $to"
    grep -q '\[output-inside\]' message || { cat message; fail "no [output-inside] for $to"; }
    [ ! -e $to.json ] && [ ! -e $to/index.json ] || fail "an image in its own layer is made"
done
mkdir docker docker/sub
echo FROM scratch >docker/Dockerfile
for to in docker docker/sub/image docker/new/image; do
    ! image docker --out $to 2>message || fail "an image in its own context, at $to"
    grep -q '\[output-inside\]' message || { cat message; fail "no [output-inside] for $to"; }
done
wrong no-file 'layers: [{directory: missing}]'
wrong unknown-key 'layers: [{directroy: amd}]'
wrong missing-key 'layers: [{to: /app}]'
wrong both-keys 'layers: [{directory: amd, program: x}]'
wrong bad-path 'layers: [{directory: amd, to: app}]'
wrong bad-platform '{layers: [{directory: amd}], platforms: [amd64]}'
wrong out-of-range '{layers: [{directory: amd}], level: 13}'
wrong no-program 'layers: [{program: x}]'
wrong no-bundle 'layers: [{bundle: x}]'
wrong wrong-type 'just words'
wrong no-platform '{base: "oci:out/t1", layers: [{directory: amd}], platforms: [linux/s390x]}'
cp -r out/t1 out/lies
layer=$(ls -S out/lies/blobs/sha256 | head -n 1)
rm "out/lies/blobs/sha256/$layer"
head -c 1000 out/t1/blobs/sha256/"$layer" >"out/lies/blobs/sha256/$layer"
wrong bad-digest '{base: "oci:out/lies", layers: [{directory: amd}]}'
sed -i 's/"size":[0-9]*/"size":"x"/' out/lies/index.json
wrong bad-image '{base: "oci:out/lies", layers: [{directory: amd}]}'
echo '{' >out/lies/index.json
wrong bad-json '{base: "oci:out/lies", layers: [{directory: amd}]}'

# A full disk, at each write: the last image stays.
mkdir -p three/app
noise 300000 >three/app/noise
echo 'layers: [{directory: app}]' >three/image.yaml
image three --out out/three
was=$(sha out/three)
echo more >>three/app/noise
for n in $(seq 1 80); do
    status=0
    STEPWRIGHT_CACHE=off STEPWRIGHT_FAIL_WRITE=$n image three --out out/three 2>message || status=$?
    [ "$status" = 3 ] || break
    [ "$(sha out/three)" = "$was" ] || fail "write $n fails, and the record changes"
    blobs_are_whole out/three
done
[ "$status" = 0 ] && [ "$n" -gt 3 ] || { cat message; fail "status $status after $n failures"; }
find out -name '*.tmp' | grep . && fail "temporary files are left"

# Killed at any time: what is there is whole, and the next build ends it.
for n in $(seq 8); do
    STEPWRIGHT_CACHE=off image one --out out/killed 2>/dev/null &
    sleep 0.0$((n * 7))
    kill -9 $! 2>/dev/null || true
    wait $! 2>/dev/null || true
    [ ! -e out/killed.json ] || { blobs_are_whole out/killed; break; }
done
STEPWRIGHT_CACHE=off image one --out out/killed
blobs_are_whole out/killed
image one --out out/one
diff -r out/one out/killed || fail "another image after being killed"

# Two at once, into the same folder.
STEPWRIGHT_CACHE=off image one --out out/both2 & first=$!
STEPWRIGHT_CACHE=off image one --out out/both2 || fail "the second of two builds"
wait $first || fail "the first of two builds"
diff -r out/one out/both2 || fail "two builds at once make another image"

# A bundle as a layer.
mkdir -p fn bundles
echo 'x = 1' >fn/handler.py
printf '#!/bin/sh\n' >fn/bootstrap
bundle fn --out bundles/lambda_functions.fn.zip
echo 'layers: [{bundle: lambda_functions.fn, to: /var/task}]' >bundle.yaml
image bundle.yaml --out out/bundle --bundles bundles --depfile out/bundle.d
grep -q 'bundles/lambda_functions.fn.zip' out/bundle.d || fail "the depfile lacks the bundle"
layer=$(ls -S out/bundle/blobs/sha256 | while read -r b; do
    gunzip -t <"out/bundle/blobs/sha256/$b" 2>/dev/null && echo "$b"; done)
gunzip <"out/bundle/blobs/sha256/$layer" >layer.tar
[ "$(tar -tf layer.tar | grep -v '/$' | tr '\n' ' ')" = "var/task/bootstrap var/task/handler.py " ] ||
    fail "the bundle's layer holds something else"
tar -tvf layer.tar | grep -q '^-rwxr-xr-x 0/0 .*1970-01-01 00:00 var/task/bootstrap' ||
    fail "bootstrap is not executable"

# Requirements as a layer: gathered once, and again only when they change.
if python3 -m pip --version >/dev/null 2>&1; then
    export PIP_CONFIG_FILE=/dev/null PIP_NO_INDEX=1
    mkdir -p job
    python3 "$here/make_wheel.py" job/wheels
    printf -- '--find-links wheels\nstepwright-probe\n' >job/requirements.txt
    echo 'wheels' >job/.bundleignore
    mkdir job/src && echo 'a = 1' >job/src/main.py
    cat >job/image.yaml <<'YAML'
layers:
  - {requirements: ., runtime: python3.12, to: /opt}
  - {directory: src, to: /job}
env: {PYTHONPATH: /opt/python}
YAML
    image job --out out/job --depfile out/job.d
    grep -q 'job/requirements.txt' out/job.d || fail "the depfile lacks the requirements"
    names() { for blob in out/job/blobs/sha256/*; do gzip -t <$blob 2>/dev/null && gzip -dc <$blob | tar -tf -; done; }
    names | grep -q '^opt/python/stepwright_probe/__init__.py$' || fail "the package is not in the image: $(names)"
    gathered=$(ls -d out/job.work/requirements-*.json)
    touch -d '2020-01-01' "$gathered"
    echo 'a = 2' >job/src/main.py
    was=$(sha out/job)
    image job --out out/job
    [ "$(sha out/job)" != "$was" ] || fail "an edit beside requirements does not show"
    [ "$(stat -c %Y "$gathered")" = "$(date -d '2020-01-01' +%s)" ] || fail "gathered again for an edit"
    echo 'stepwright-native' >>job/requirements.txt
    image job --out out/job
    names | grep -q 'stepwright_native' || fail "a new requirement is not in the image"
else
    echo "without requirements: pip is not on this machine"
fi
