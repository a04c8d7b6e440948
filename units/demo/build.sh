#!/bin/sh
# Rebuilds demo-amd64 and demo-arm64 from demo.c (Debian: gcc and gcc-aarch64-linux-gnu). Their bytes are committed,
# since a host that installs bootlet has no compiler.
set -eu
cd "$(dirname "$0")"
for target in amd64:x86_64 arm64:aarch64; do
  "${target#*:}-linux-gnu-gcc" -Os -static -nostdlib -ffreestanding -fno-stack-protector -fno-asynchronous-unwind-tables \
    -Wall -Wextra -Werror -Wl,-n,-s,--build-id=none,-z,noseparate-code -o "demo-${target%:*}" demo.c
  "${target#*:}-linux-gnu-strip" --strip-all --remove-section=.comment "demo-${target%:*}"
done
