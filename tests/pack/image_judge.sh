# Other people's tools read what we make and unpack it to the tree that went in.
source "$(dirname "$0")/common.sh" "$1" "$2"
judge=$3
case $judge in
skopeo | umoci | buildah | bsdtar) command -v $judge >/dev/null || skip "$judge is not on this machine" ;;
esac
make_tree tree ""
long=tree/$(printf 'd%.0s' $(seq 90))/$(printf 'e%.0s' $(seq 90))
mkdir -p "$long"
echo short >"$long/short"
echo long >"$long/$(printf 'f%.0s' $(seq 120))"
echo name >"tree/$(printf 'n%.0s' $(seq 130))"
cat >image.yaml <<'YAML'
image:
  layers: [{directory: tree, to: /srv/tree}]
  entrypoint: [/srv/tree/bootstrap]
  env: {NAME: value}
YAML
"$program" image image.yaml --out made
sed 's/\(.*layers.*\)/\1\n  compression: zstd/' image.yaml >zstd.yaml
"$program" image zstd.yaml --out zstd

# What a layer of the tree holds: links as what they lead to, without what is always left out.
cp -rL tree expected
find expected -name __pycache__ -exec rm -r {} +
same() { # folder
    diff -r expected "$1/srv/tree" || fail "$judge unpacks something else"
    [ -x "$1/srv/tree/pkg1/tool" ] && [ ! -x "$1/srv/tree/empty" ] || fail "modes differ"
    [ "$(stat -c %Y "$1/srv/tree/empty")" = 0 ] || fail "dates differ"
}
layer_of() { # layout: the largest blob
    echo "$1/blobs/sha256/$(ls -S "$1/blobs/sha256" | head -n 1)"
}
case $judge in
umoci)
    options=""
    [ "$(id -u)" = 0 ] || options=--rootless
    umoci unpack $options --image made:latest bundle >/dev/null
    same bundle/rootfs
    ;;
skopeo)
    for image in made zstd; do
        skopeo inspect "oci:$image:latest" | grep -q '"NAME=value"' || fail "skopeo inspect $image"
        skopeo copy -q "oci:$image:latest" "dir:copy-$image" || fail "skopeo copy $image"
    done
    ;;
buildah)
    export STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot
    store="--root $work/store --runroot $work/run"
    id=$(buildah $store from oci:made:latest 2>message) || { cat message; skip "buildah does not work here"; }
    rootfs=$(buildah $store mount "$id") || skip "buildah cannot mount here"
    same "$rootfs"
    buildah $store umount "$id" >/dev/null
    buildah $store rm "$id" >/dev/null
    chmod -R u+rwx store && rm -rf store run
    ;;
bsdtar)
    for image in made zstd; do
        mkdir "out-$image"
        bsdtar -xf "$(layer_of $image)" -C "out-$image" || fail "bsdtar refuses the layer of $image"
        same "out-$image"
    done
    ;;
tar)
    mkdir out
    gzip -t <"$(layer_of made)" || fail "gzip refuses the layer"
    gzip -dc <"$(layer_of made)" | tar -xf - -C out
    same out
    if command -v zstd >/dev/null; then
        zstd -qdc <"$(layer_of zstd)" >zstd.tar
        gzip -dc <"$(layer_of made)" | cmp - zstd.tar || fail "zstd holds another tar"
    fi
    ;;
esac
