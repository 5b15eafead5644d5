#!/bin/sh
# Makes sure that the given Debian packages are installed: installs them when root, names them otherwise.
# usage: tools/system_packages.sh PACKAGE…
set -eu

missing=""
for package in "$@"; do
  status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "missing packages:$missing; install them, on Debian with: sudo apt-get install$missing" >&2
  exit 1
fi
echo "installing:$missing"
# A package list may be old: refresh it once and say so if that fails, rather than fail on a file that has moved.
apt-get update -qq || echo "apt-get update failed; trying with the package lists that are here" >&2
# shellcheck disable=SC2086 -- a list of names
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
