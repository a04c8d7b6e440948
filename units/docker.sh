# Docker and other packages of the distribution, as functions for install.sh to source (after reversible.sh).
#
# Packages that were installed go again when a later step fails, with all that came for them.
# shellcheck shell=bash disable=SC2154 # $work is install.sh's

readonly docker_socket=/var/run/docker.sock

ensure_docker() {
  if ! command -v dockerd >/dev/null && ! [ -S "$docker_socket" ]; then
    agreed 'There is no container runtime. Install Docker from the distribution?' yes || stop_with 1 'bootlet needs Docker'
    # Of what Debian's package recommends, only what containers need.
    if systemd; then
      install_packages docker.io apparmor ca-certificates
    else
      install_packages docker.io cgroupfs-mount ca-certificates
    fi
  fi
  if docker_runs || would 'start Docker'; then return; fi
  on_failure stop_docker
  start_docker
}

# A socket file outlives its dockerd; where Docker is not of this host (a socket mounted into a container), it must do.
docker_runs() {
  [ -S "$docker_socket" ] && { ! command -v dockerd >/dev/null || grep -q '/run/docker\.sock$' /proc/net/unix; }
}

start_docker() {
  if systemd; then
    systemctl start docker
  elif ! service docker start >&2; then
    # Debian's script raises limits first, which a container without CAP_SYS_RESOURCE may not do.
    say "    Docker's init script failed: starting dockerd by itself, with the limits as they are"
    start-stop-daemon --start --background --make-pidfile --pidfile /run/docker-ssd.pid --output /var/log/docker.log \
      --exec "$(command -v dockerd)" -- --pidfile /run/docker.pid
  fi
  wait_until 60 docker_runs
}

stop_docker() { if systemd; then systemctl stop docker; else service docker stop >&2; fi; }

install_packages() {
  command -v apt-get >/dev/null || stop_with 1 "only apt-get is known here: install $1 by hand and run this again"
  if would "install the packages $*"; then return; fi
  list_packages >"$work/packages-before-$1"
  on_failure remove_packages_since "$work/packages-before-$1"
  DEBIAN_FRONTEND=noninteractive apt-get -q update >&2
  DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "$@" >&2
}

list_packages() { dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' | sed -n 's/^ii *//p' | LC_ALL=C sort -u; }
remove_packages_since() { list_packages | LC_ALL=C comm -13 "$1" - | DEBIAN_FRONTEND=noninteractive xargs -r apt-get -q purge -y >&2; }
