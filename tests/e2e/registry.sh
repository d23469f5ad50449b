#!/bin/bash
# Images between this machine and a real registry, Debian's docker-registry on 127.0.0.1, with and
# without a password; skopeo reads what we send, and we what skopeo sends.
#   registry.sh STEPWRIGHT WORK
set -eu
export LC_ALL=C
stepwright=$1
work=$2
rm -rf "$work"
mkdir -p "$work/home"
cd "$work"
export HOME=$work/home XDG_CACHE_HOME=$work/cache no_proxy=127.0.0.1
unset XDG_RUNTIME_DIR DOCKER_CONFIG REGISTRY_AUTH_FILE

fail() { echo "FAILED: $*" >&2; exit 1; }
command -v docker-registry >/dev/null || { echo "skipped: docker-registry is not on this machine"; exit 77; }

servers=
trap 'kill $servers 2>/dev/null || true' EXIT
port=
start() { # name [htpasswd file]: sets port
    for try in 1 2 3 4 5 6 7 8; do
        port=$((20000 + ($$ * 7 + RANDOM) % 20000))
        cat >"$1.yml" <<YAML
version: 0.1
log: {level: error}
storage: {filesystem: {rootdirectory: $work/$1}, delete: {enabled: true}}
http: {addr: "127.0.0.1:$port"}
YAML
        [ -z "${2:-}" ] || echo "auth: {htpasswd: {realm: test, path: $2}}" >>"$1.yml"
        docker-registry serve "$1.yml" >"$1.log" 2>&1 &
        servers="$servers $!"
        for wait in $(seq 50); do
            kill -0 $! 2>/dev/null || continue 2
            (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && return
            sleep 0.1
        done
    done
    fail "the registry does not start: $(cat "$1.log")"
}

# An image of several layers, one of some megabytes, for two platforms.
mkdir -p app small
seq 1 2000000 >app/large
echo small >small/file
cat >image.yaml <<'YAML'
image:
  layers:
    - {directory: small, to: /etc}
    - {directory: app, to: /app}
    - {directory: small, to: /arm, platform: linux/arm64}
  cmd: [/app/large]
  platforms: [linux/amd64, linux/arm64]
YAML
sed '/platform/d' image.yaml >one.yaml
"$stepwright" image image.yaml --out both
"$stepwright" image one.yaml --out one
digest() { sed -n 's/.*"sha256": "\(.*\)",/\1/p' "$1.json"; }

start plain
at=127.0.0.1:$port
"$stepwright" push one "$at/team/one:v1" | tee said
grep -q '3 of 3 blobs sent' said || fail "blobs are counted otherwise"
"$stepwright" push one "$at/team/one:v1" | grep -q 'is there already' || fail "sent twice"
"$stepwright" push one "$at/team/one:v2" | grep -q '0 of 3 blobs sent' || fail "blobs sent twice"
"$stepwright" push one "$at/team/two:v1" --mount-from team/one | grep -q '0 of 3 blobs sent, 3 mounted' ||
    fail "blobs are not mounted"
"$stepwright" push both "$at/team/both:v1"

# Back again, by tag and by digest: the same blobs.
"$stepwright" pull "$at/team/one:v1" --out back
for blob in one/blobs/sha256/*; do cmp "$blob" "back/${blob#one/}" || fail "$blob comes back as another"; done
"$stepwright" pull "$at/team/both@sha256:$(digest both)" --out all
diff -r both/blobs all/blobs || fail "an index comes back as another"
"$stepwright" pull "$at/team/both:v1" --platform linux/arm64 --out arm
[ "$(ls arm/blobs/sha256 | wc -l)" = 6 ] || fail "one platform of two: $(ls arm/blobs/sha256 | wc -l) blobs"
status=0
"$stepwright" pull "$at/team/both:v1" --platform linux/s390x --out none 2>message || status=$?
[ $status = 1 ] && grep -q 'no-platform' message || { cat message; fail "a platform that is not there"; }
[ ! -e none/index.json ] || fail "an image without its platform"
status=0
"$stepwright" pull "$at/team/none:v1" --out none 2>message || status=$?
[ $status = 1 ] && grep -q 'MANIFEST_UNKNOWN' message || { cat message; fail "an image that is not there"; }

# Two at once, into the same folder.
"$stepwright" pull "$at/team/one:v1" --out shared & first=$!
"$stepwright" pull "$at/team/one:v1" --out shared || fail "the second of two pulls"
wait $first || fail "the first of two pulls"
diff <(ls shared/blobs/sha256) <(ls one/blobs/sha256) || fail "two pulls leave something"

# A base from the registry, with a digest and without.
cat >child.yaml <<YAML
base: $at/team/one@sha256:$(digest one)
layers: [{directory: small, to: /child}]
YAML
"$stepwright" image child.yaml --out child 2>message || { cat message; fail "a base in a registry"; }
[ ! -s message ] || { cat message; fail "a pinned base is warned about"; }
sed -i 's/one@.*/one:v1/' child.yaml
"$stepwright" image child.yaml --out child2 2>message
grep -q "one:v1@sha256:$(digest one)' is what it was" message || { cat message; fail "no word of the tag"; }
cmp child.json child2.json || fail "tag and digest give different images"

# A layer cut short, an image of another registry's: nothing is published.
cp -r one cut
layer=$(ls -S cut/blobs/sha256 | head -n 1)
head -c 1000 "one/blobs/sha256/$layer" >"cut/blobs/sha256/$layer"
"$stepwright" push cut "$at/team/cut:v1" 2>message && fail "a layer cut short is sent"
grep -q 'not whole' message || { cat message; fail "why is not said"; }
cp "one/blobs/sha256/$layer" "cut/blobs/sha256/$layer"
printf 'x' | dd of="cut/blobs/sha256/$layer" bs=1 seek=500 conv=notrunc 2>/dev/null
"$stepwright" push cut "$at/team/other:v1" 2>message && fail "a damaged layer is sent"
grep -q 'DIGEST_INVALID\|digest' message || { cat message; fail "why is not said"; }
"$stepwright" pull "$at/team/other:v1" --out none 2>/dev/null && fail "a damaged image is published"

if command -v skopeo >/dev/null; then
    skopeo inspect --tls-verify=false "docker://$at/team/one:v1" >inspected
    grep -q "sha256:$(digest one)" inspected || fail "skopeo sees another digest"
    skopeo copy -q --src-tls-verify=false "docker://$at/team/one:v1" oci:copied:v1
    diff <(ls copied/blobs/sha256) <(ls one/blobs/sha256) || fail "skopeo copies other blobs"
    # What skopeo sends, in Docker's words: config and layers are Docker's media types.
    skopeo copy -q --dest-tls-verify=false --format v2s2 oci:one:latest "docker://$at/team/docker:v1"
    "$stepwright" pull "$at/team/docker:v1" --out docker
    cat >docker.yaml <<YAML
base: oci:docker
layers: [{directory: small, to: /child}]
YAML
    "$stepwright" image docker.yaml --out child3
    grep -q 'vnd.docker' child3/blobs/sha256/* 2>/dev/null && grep -l 'vnd.docker' child3/blobs/sha256/* |
        xargs grep -l '"layers"' && fail "two families of media types in a manifest"
else
    echo "without skopeo"
fi

# With a password.
if command -v htpasswd >/dev/null; then
    htpasswd -Bbn ada 'pass word' >passwords 2>/dev/null
    start secret "$work/passwords"
    at=127.0.0.1:$port
    "$stepwright" push one "$at/one:v1" 2>message && fail "sent without a password"
    grep -q 'registry-denied' message && grep -q "docker login $at" message ||
        { cat message; fail "what to do is not said"; }
    mkdir home/.docker
    printf '{"auths": {"%s": {"auth": "%s"}}}' "$at" "$(printf 'ada:wrong' | base64)" >home/.docker/config.json
    "$stepwright" push one "$at/one:v1" 2>message && fail "sent with another password"
    grep -q 'do not allow it' message || { cat message; fail "a wrong password is not named"; }
    secret=$(printf 'ada:pass word' | base64)
    printf '{"auths": {"https://%s/v1/": {"auth": "%s"}}}' "$at" "$secret" >home/.docker/config.json
    "$stepwright" push one "$at/one:v1" >said 2>&1 || { cat said; fail "the password is not used"; }
    "$stepwright" pull "$at/one:v1" --out again >>said 2>&1
    ! grep -e "$secret" -e 'pass word' said message || fail "the password shows"
    for blob in one/blobs/sha256/*; do cmp "$blob" "again/${blob#one/}" || fail "another blob"; done
else
    echo "without passwords: htpasswd is not on this machine"
fi
echo done
