# Sourced by scripts/setup.sh: long steps say that they are alive.

say() { echo "setup: $*" >&2; }

# long WHAT LOG COMMAND...: runs the command with its output in LOG. Every PROGRESS_SECONDS (default 10) it says how long
# that has taken and the last line of the log. Result: the command's own.
long() {
  local what=$1 log=$2 every=${PROGRESS_SECONDS:-10} start=$SECONDS next pid
  shift 2
  next=$every
  say "$what"
  "$@" > "$log" 2>&1 < /dev/null &
  pid=$!
  # Interrupted: the command ends too.
  trap 'kill "$pid" 2> /dev/null; exit 130' INT TERM
  while kill -0 "$pid" 2> /dev/null; do
    sleep 0.2
    if [ $((SECONDS - start)) -ge "$next" ]; then
      say "$what: $((SECONDS - start)) s; $(tail -n 1 "$log" | tr -d '\r' | cut -c1-100)"
      next=$((next + every))
    fi
  done
  trap - INT TERM
  wait "$pid"
}
