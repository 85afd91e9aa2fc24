#!/usr/bin/env bash
# Install what Qt 6, OpenGL and the GUI tests need from the distribution (Debian, Ubuntu).
# Without apt or the right to use it, say what is missing and go on: only GUI work needs these.
set -euo pipefail

packages=(
  # Qt 6 and OpenGL
  libdbus-1-3 libegl1 libfontconfig1 libgl1 libgl1-mesa-dri libglib2.0-0 libxcb-cursor0
  libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-shape0
  libxcb-xkb1 libxkbcommon-x11-0
  # a display, a mouse and screenshots for the tests
  imagemagick xauth xdotool xvfb
)
python=${PYTHON:-python3}

[ "$(uname -s)" = Linux ] || exit 0
if ! command -v apt-get >/dev/null; then
  echo "No apt-get here: for GUI work install your distribution's counterparts of: ${packages[*]}"
  exit 0
fi

# Debian's own Python keeps the venv module in a package apart.
if [ "$(command -v "$python")" = /usr/bin/python3 ] && ! "$python" -c 'import ensurepip' 2>/dev/null
then packages+=(python3-venv)
fi

installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}, ${Provides}\n' | sed -n 's/^installed //p' |
  tr ',' '\n' | awk '{print $1}')
missing=$(comm -13 <(sort -u <<<"$installed") <(printf '%s\n' "${packages[@]}" | sort))
[ -n "$missing" ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! sudo -n true 2>/dev/null; then
    echo "Missing system packages. For GUI work run: sudo apt-get install" $missing
    exit 0
  fi
  as_root=(sudo -n)
fi
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
# shellcheck disable=SC2086  # one word a package
"${as_root[@]}" apt-get install -y -qq --no-install-recommends $missing
