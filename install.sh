#!/usr/bin/env bash
# Installs bootlet on this host, or takes it away again: see --help.
#
# What is in place already is compared by content and left alone. When a step fails, or the user interrupts, what this
# run changed is undone (units/reversible.sh), and the host is as it was.
set -Eeuo pipefail
umask 022

readonly binary=/usr/local/bin/bootlet
readonly config=/etc/bootlet/config.yaml
readonly manifests=/etc/kubernetes/manifests
readonly state=/var/lib/bootlet
readonly record=$state/installed # what the installer put where, so that it removes nothing else
readonly unit=/etc/systemd/system/bootlet.service
readonly network_unit=/etc/systemd/system/bootlet-network.service
readonly network_script=/usr/local/lib/bootlet/network # what the unit runs
readonly init=/etc/init.d/bootlet
readonly network_init=/etc/init.d/bootlet-network
readonly services=(bootlet-network bootlet) # enabled in this order: what makes a bridge at boot before what needs it made
readonly init_log=/var/log/bootlet.log # of the init script; under systemd the journal has it
readonly logrotate=/etc/logrotate.d/bootlet
readonly demo=$manifests/demo.yaml
readonly demo_image=$state/images/bootlet-demo.tar

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=units/reversible.sh
. "$here/units/reversible.sh"
# shellcheck source=units/docker.sh
. "$here/units/docker.sh"

invoker=${SUDO_USER:-root}
action=install_bootlet
yes=false
dry_run=false
with_demo=true
source_binary=
copy=           # of the checkout, where this run builds
built_from=     # checksum of the sources, when this run built them
first_run=true  # nothing of bootlet's was here before
service_writes=0

usage() {
  cat <<'TEXT'
usage: sudo ./install.sh [options]

Installs the daemon, its service and a demo pod, and Docker if the host has no container runtime.
Takes dist/bootlet beside this script; builds it (with npm) where there is none.

  --binary FILE  install this executable instead
  --no-demo      leave out the demo pod
  --yes          ask nothing
  --dry-run      print what would be done and do nothing
  --uninstall    remove bootlet and all it made; your manifests, image files and edited files stay
  --help         print this

exit codes: 0 ok, 1 a step failed, 2 usage, 4 not root, 6 a kubelet owns the manifest folder, 130 interrupted
TEXT
}

main() {
  parse_options "$@"
  if [ "$(id -u)" -ne 0 ] && ! $dry_run; then
    echo 'install.sh: run it as root: sudo ./install.sh' >&2
    exit 4
  fi
  if [ -e "$record" ]; then first_run=false; fi
  work=$(mktemp -d)
  trap 'rm -rf "$work" "$copy"' EXIT
  trap 'failed $? "$BASH_COMMAND"' ERR
  trap 'roll_back; exit 130' INT TERM HUP
  "$action"
}

parse_options() {
  while [ $# -gt 0 ]; do
    case $1 in
      --binary)
        [ $# -ge 2 ] || bad_usage '--binary needs a file'
        source_binary=$2
        shift
        ;;
      --no-demo) with_demo=false ;;
      --yes) yes=true ;;
      --dry-run) dry_run=true ;;
      --uninstall) action=uninstall_bootlet ;;
      --help) usage && exit 0 ;;
      *) bad_usage "unknown option $1" ;;
    esac
    shift
  done
}

bad_usage() {
  printf 'install.sh: %s\n' "$1" >&2
  usage >&2
  exit 2
}

install_bootlet() {
  step 'find the executable' find_binary
  step 'check that no kubelet owns the manifest folder' check_ownership
  step 'set up a container runtime' ensure_docker
  step 'put the files in place' put_files
  if $with_demo; then step 'put the demo pod in place' put_demo; fi
  step 'start the service' start_service
  if $dry_run; then return; fi
  if demo_is_ours; then step 'see the demo pod run' wait_until 120 demo_runs; fi
  if [ ${#undo_steps[@]} -eq 0 ]; then say 'everything was in place: nothing changed'; fi
  "$binary" status
}

# --- the executable -------------------------------------------------------------------------------------------------

find_binary() {
  if [ -n "$source_binary" ]; then
    [ -f "$source_binary" ] || stop_with 1 "there is no file $source_binary"
  elif [ -f "$here/dist/bootlet" ]; then
    source_binary=$here/dist/bootlet
  elif sources_are_installed; then
    source_binary=$binary
  else
    build
  fi
}

# Two builds of the same sources differ (V8's code cache), so it is the sources that are compared.
sources_are_installed() {
  [ -f "$binary" ] && is_as_delivered "$binary" && [ "$(recorded source "$binary")" = "$(pack_sources | checksum)" ]
}

pack_sources() {
  tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --format=ustar -C "$here" \
    --exclude=./.git --exclude=./.tap --exclude=./.cache --exclude=./node_modules --exclude=./dist -cf - .
}

# As the user who called sudo and in a copy, so that nothing of root's is left in the checkout or in that user's home.
build() {
  if ! as_invoker 'command -v npm' >/dev/null; then
    if grep -qsx kubelet /proc/[0-9]*/comm; then
      stop_with 6 'a kubelet runs here: build dist/bootlet elsewhere, so that it is checked before anything is installed'
    fi
    agreed 'npm is needed to build bootlet. Install it from the distribution?' no ||
      stop_with 1 'there is no npm to build with: --yes installs it from the distribution; or pass --binary FILE'
    install_packages npm
  fi
  if would "build bootlet as $invoker"; then return; fi
  copy=$(as_invoker 'mktemp -d')
  # shellcheck disable=SC2016 # $0 is the inner shell's
  pack_sources | as_invoker 'tar -C "$0" -xf -' "$copy"
  # Debian 12's npm leaves out the link to the Node that the lock file brings, hence the PATH.
  # shellcheck disable=SC2016 # $0 is the inner shell's
  as_invoker 'cd "$0" && npm ci --ignore-scripts --loglevel=error &&
    PATH=$(echo "$PWD"/node_modules/node-linux-*/bin):$PATH npm run build' "$copy" >&2
  source_binary=$copy/dist/bootlet
  built_from=$(pack_sources | checksum)
}

# SCRIPT [ARGUMENT-ZERO]: in the login environment of the user who called sudo, where that user's npm is found.
as_invoker() {
  if [ "$invoker" = root ]; then bash -c "$@"; else runuser --login "$invoker" -c "$@"; fi
}

# --- the host -------------------------------------------------------------------------------------------------------

check_ownership() {
  if [ -z "$source_binary" ]; then return; fi # a dry run that would have built it
  local options=() code=0
  if [ -f "$config" ]; then options=(--config "$config"); fi
  "$source_binary" preflight "${options[@]}" >&2 || code=$?
  case $code in
    0) ;;
    6) stop_with 6 'a check of this host failed; see above' ;;
    *) stop_with 1 "\`$source_binary preflight\` ended with $code; see above" ;;
  esac
}

# --- files ----------------------------------------------------------------------------------------------------------

put_files() {
  make_folder "$state" 700
  if $first_run && ! $dry_run; then
    list_state >"$work/state-before"
    on_failure remove_state_since "$work/state-before"
  fi
  make_folder "$state/images" 700
  make_folder /etc/bootlet 755
  make_folder /etc/kubernetes 755
  make_folder "$manifests" 755
  make_folder /var/log/pods 755
  make_folder /var/log/containers 755
  if ! getent group bootlet >/dev/null && ! would 'add the group bootlet'; then
    on_failure groupdel bootlet
    groupadd --system bootlet
    remember group bootlet
  fi
  put "$source_binary" "$binary" 755
  if [ -n "$built_from" ]; then remember source "$binary" "$built_from"; fi
  put_editable "$here/units/config.yaml" "$config"
  if systemd; then
    make_folder "${network_script%/*}" 755
    put "$here/units/bootlet-network.init" "$network_script" 755
    put "$here/units/bootlet-network.service" "$network_unit" 644
    put "$here/units/bootlet.service" "$unit" 644
  else
    put "$here/units/bootlet-network.init" "$network_init" 755
    put "$here/units/bootlet.init" "$init" 755
    if [ -d /etc/logrotate.d ]; then put "$here/units/bootlet.logrotate" "$logrotate" 644; fi
  fi
  service_writes=$writes
}

# A state folder that is there before the first run may hold image files of the user's: only what came since goes.
list_state() { find "$state" -mindepth 1 -maxdepth 1 | LC_ALL=C sort; }
remove_state_since() { list_state | LC_ALL=C comm -13 "$1" - | xargs -r -d '\n' rm -rf --one-file-system; }

put_demo() {
  if [ -n "$(recorded file "$demo")" ] && ! [ -e "$demo" ]; then
    say '    left out: you removed it since it was installed'
    return
  fi
  local arch
  case $(uname -m) in
    x86_64) arch=amd64 ;;
    aarch64) arch=arm64 ;;
    *) stop_with 1 "there is no demo image for $(uname -m): pass --no-demo" ;;
  esac
  "$here/units/demo/image.sh" "$arch" >"$work/demo.tar"
  put "$work/demo.tar" "$demo_image" 644
  put_editable "$here/manifests/demo.yaml" "$demo"
}

# An edited demo, or one that the daemon does not read, need not become what demo_runs looks for.
demo_is_ours() {
  $with_demo && [ -e "$demo" ] && is_as_delivered "$demo" && [ "$(setting manifests)" = "$manifests" ]
}

demo_runs() { "$binary" pods | grep -Eq '(^|[[:space:]])bootlet-demo-.*[[:space:]]Running([[:space:]]|$)'; }

# --- the service ----------------------------------------------------------------------------------------------------

systemd() { [ -d /run/systemd/system ]; }

start_service() {
  if [ "$service_writes" -gt 0 ] && systemd && ! $dry_run; then
    on_failure_at_last systemctl daemon-reload
    systemctl daemon-reload
  fi
  local service
  for service in "${services[@]}"; do
    if ! is_enabled "$service" && ! would "let $service start at boot"; then
      on_failure disable "$service"
      if systemd; then systemctl enable --quiet "$service"; else update-rc.d "$service" defaults; fi
    fi
  done
  if ! is_running; then
    if would 'start the service'; then return; fi
    systemd || save "$init_log"
    undo_first_network
    on_failure take_down
    control start
  elif [ "$service_writes" -gt 0 ]; then
    if would 'restart the service'; then return; fi
    undo_first_network
    on_failure_at_last control restart
    control restart
  fi
  if $dry_run; then return; fi
  BOOTLET_SOCKET=$(setting run)/bootlet.sock
  export BOOTLET_SOCKET
  wait_until 60 "$binary" status
}

# NAME: a path of the section paths, as the installed configuration has it.
setting() { "$binary" config show --config "$config" | sed -n "s/^  $1: //p"; }

# What undoes a start: on a first run also the containers that would outlive the daemon.
take_down() {
  stop_service
  if $first_run; then reset_host; fi
}

# Also where it does not run: systemd may be about to start it again.
stop_service() { if [ -e "$unit" ] || [ -x "$init" ]; then control stop; fi; }
# Ends the pods and gives the host its own network settings back; with --network only the latter, without Docker if need be.
reset_host() { "${source_binary:-$binary}" reset --yes "$@" >&2; }

# The start that follows may be the first that touches the host's network.
undo_first_network() { [ -e "$(setting state)/ledger.json" ] || on_failure give_network_back; }

give_network_back() {
  stop_service
  reset_host --network
}

is_running() {
  if systemd; then systemctl is-active --quiet bootlet; else [ -x "$init" ] && "$init" status >/dev/null; fi
}

is_enabled() {
  if systemd; then
    systemctl is-enabled --quiet "$1" 2>/dev/null
  else
    compgen -G "/etc/rc?.d/S??$1" >/dev/null || ! command -v update-rc.d >/dev/null
  fi
}

disable() {
  if systemd; then systemctl disable --quiet "$1"; elif command -v update-rc.d >/dev/null; then update-rc.d -f "$1" remove; fi
}

control() { if systemd; then systemctl "$1" bootlet; else "$init" "$1" >&2; fi; }
show_log() { if systemd; then journalctl --no-pager -o cat -n 15 -u bootlet; else tail -n 15 "$init_log"; fi >&2; }

# --- uninstall ------------------------------------------------------------------------------------------------------

uninstall_bootlet() {
  if $first_run && ! [ -e "$binary" ]; then
    say 'bootlet is not installed: nothing to remove'
    return
  fi
  agreed 'Remove bootlet from this host and stop the pods it runs?' yes || stop_with 1 'nothing was removed'
  step 'read the configuration' check_config
  step 'stop the service, remove its containers and images and give the network settings back' remove_service
  step 'remove the files' remove_files
}

# Before anything is stopped: the configuration says where the daemon keeps what tells its containers from others'.
check_config() {
  local executable=${source_binary:-$binary}
  [ -x "$executable" ] || stop_with 1 "there is no $executable to remove the containers with: pass --binary FILE"
  "$executable" config validate >&2 || stop_with 1 'correct it first: see above'
}

remove_service() {
  if would 'stop and disable the service, remove its containers and images, and give the network settings back'; then return; fi
  local service
  stop_service
  if docker_runs; then
    reset_host
  elif command -v dockerd >/dev/null; then
    start_docker
    reset_host
    stop_docker
  else
    say '    Docker is gone, and its containers with it'
    reset_host --network
  fi
  # Not before: a Docker that is still pointed at the bridge would not start at the next boot.
  for service in "${services[@]}"; do
    if is_enabled "$service"; then disable "$service"; fi
  done
  if systemd && [ -e "$network_unit" ]; then systemctl stop bootlet-network; fi
}

remove_files() {
  local folders file
  mapfile -t folders < <(recorded folder | tac)
  for file in "$config" "$demo"; do
    if [ -e "$file" ] && ! is_as_delivered "$file"; then say "    kept $file: it is not as installed"; else discard "$file"; fi
  done
  if [ -n "$(recorded group)" ] && getent group bootlet >/dev/null && ! would 'remove the group bootlet'; then groupdel bootlet; fi
  discard "$unit" "$network_unit" "$network_script" "$init" "$network_init" "$logrotate" "$init_log"* /run/bootlet /run/bootlet.pid "$binary" "$demo_image"
  if systemd && ! $dry_run; then systemctl daemon-reload; fi
  # Image files beside the demo's are the user's.
  for file in "$state"/* "$state"/.[!.]*; do [ "$file" = "$state/images" ] || discard "$file"; done
  if $dry_run; then return; fi
  for file in "${folders[@]}"; do [ ! -d "$file" ] || rmdir --ignore-fail-on-non-empty "$file"; done
  if [ -d "$state" ]; then say "    kept $state/images: it holds image files of yours"; fi
}

main "$@"
