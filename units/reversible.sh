# Changes to a host that can be undone, as functions for install.sh to source.
#
# A change registers how it is undone before it is made; stop_with runs these backwards. What is put on the host is
# recorded in $record, so that removing takes away that and nothing else. In a dry run ($dry_run) nothing is changed.
# shellcheck shell=bash disable=SC2154 # $record, $dry_run, $yes and $work are install.sh's

current_step=start
undo_steps=()
writes=0

say() { printf '%s\n' "$*" >&2; }

# WHAT COMMAND…
step() {
  current_step=$1
  say "==> $1"
  "${@:2}"
}

# In a dry run, says what is left undone; else false.
would() { $dry_run && echo "would $1"; }

# QUESTION ANSWER: asks on a terminal; elsewhere ANSWER holds. --yes agrees to everything.
agreed() {
  if $yes || $dry_run; then return 0; fi
  if ! [ -t 0 ]; then [ "$2" = yes ] && return 0 || return 1; fi
  local answer
  read -r -p "$1 [y/N] " answer
  [[ $answer == [yY]* ]]
}

# SECONDS COMMAND…
wait_until() {
  local deadline=$((SECONDS + $1))
  until "${@:2}" >/dev/null 2>&1; do
    if [ "$SECONDS" -ge "$deadline" ]; then
      show_log
      stop_with 1 "\`${*:2}\` still fails after $1 s"
    fi
    sleep 0.5
  done
}

# Commands that undo the change about to be made; the last registered runs first, those "at last" when all others have.
on_failure() { undo_steps+=("$(printf '%q ' "$@")"); }
on_failure_at_last() { undo_steps=("$(printf '%q ' "$@")" "${undo_steps[@]}"); }

failed() {
  if [ "$BASH_SUBSHELL" -gt 0 ]; then exit "$1"; fi # the main shell reports it
  stop_with 1 "\`$2\` ended with $1"
}

stop_with() {
  say "install.sh: could not $current_step: $2"
  roll_back
  exit "$1"
}

roll_back() {
  local index
  trap - ERR
  trap '' INT TERM HUP # once begun, it is finished
  set +e
  if [ ${#undo_steps[@]} -gt 0 ]; then say '==> undo what this run changed'; fi
  for ((index = ${#undo_steps[@]} - 1; index >= 0; index--)); do eval "${undo_steps[index]}"; done
}

# SOURCE TARGET MODE: gives TARGET that content, root as owner, and no reader half of it.
put() {
  if cmp -s "$1" "$2" && [ "$(stat -c '%a %u %g' "$2")" = "$3 0 0" ]; then return; fi
  writes=$((writes + 1))
  if would "write $2"; then return; fi
  local new="${2%/*}/.${2##*/}.new"
  save "$2"
  on_failure rm -f "$new"
  install -m "$3" -o root -g root "$1" "$new"
  mv -f "$new" "$2"
  remember file "$2" "$(checksum <"$2")"
}

# SOURCE TARGET: a default that the user may edit; an edited one is kept.
put_editable() {
  if [ -e "$2" ] && ! cmp -s "$1" "$2" && ! is_as_delivered "$2"; then
    say "    kept $2: it was edited"
  else
    put "$1" "$2" 644
  fi
}

make_folder() {
  if [ -d "$1" ] || would "make the folder $1"; then return; fi
  on_failure rmdir --ignore-fail-on-non-empty "$1"
  install -d -m "$2" -o root -g root "$1"
  remember folder "$1"
}

# Registers that the file becomes again what it is now: with this content, or not there.
save() {
  local copy="$work/saved$1"
  if ! [ -e "$1" ]; then
    on_failure rm -f "$1"
  elif ! [ -e "$copy" ]; then
    mkdir -p "${copy%/*}"
    cp -a "$1" "$copy"
    on_failure cp -a --remove-destination "$copy" "$1"
  fi
}

# KIND NAME [VALUE]: one line of the record; it replaces the earlier one about the same thing.
remember() {
  if [ -e "$record" ] && grep -qxF "$*" "$record"; then return; fi
  save "$record"
  touch "$record"
  awk -v kind="$1" -v name="$2" '!($1 == kind && $2 == name)' "$record" >"$record.new"
  printf '%s\n' "$*" >>"$record.new"
  mv -f "$record.new" "$record"
}

# KIND [NAME]: the recorded value of one thing, or the names of all of that kind.
recorded() {
  if [ -e "$record" ]; then awk -v kind="$1" -v name="${2-}" '$1 == kind && name == "" { print $2 } $1 == kind && $2 == name { print $3 }' "$record"; fi
}

is_as_delivered() { [ "$(recorded file "$1")" = "$(checksum <"$1")" ]; }
checksum() { sha256sum | cut -d' ' -f1; }

discard() {
  local file
  for file in "$@"; do
    if [ -e "$file" ] && ! would "remove $file"; then rm -rf --one-file-system "$file"; fi
  done
}
