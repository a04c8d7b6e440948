#!/bin/sh
# image.sh ARCH: writes the demo pod's image, bootlet.io/demo:1, as `docker load` reads it, to stdout. The same bytes
# every time, so that the installer can tell whether the one in place is this one.
set -eu
arch=$1
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

pack() { tar --format=ustar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=a+rX,go-w -cf - "$@"; }

cd "$work"
install -m 755 "$here/demo-$arch" demo
pack demo >layer.tar
layer=$(sha256sum layer.tar | cut -d' ' -f1)
printf '{"architecture":"%s","os":"linux","created":"1970-01-01T00:00:00Z","config":{"Entrypoint":["/demo"]},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' \
  "$arch" "$layer" >config.json
printf '[{"Config":"config.json","RepoTags":["bootlet.io/demo:1"],"Layers":["layer.tar"]}]' >manifest.json
pack config.json layer.tar manifest.json
