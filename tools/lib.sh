# What tools/run, tools/test and tools/bench share: the packages of this project, and its builds. To be sourced.
# All of it is quick when there is nothing to do.

source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# What the build needs, and a Python for the sample that tools/run shows.
packages_build="git gcc libc6-dev cmake ninja-build pkg-config libunwind-dev libncurses-dev libvterm-dev libzstd-dev libjansson-dev libdw-dev
	uthash-dev python3"
# What the tests need besides.
packages_test="libcriterion-dev python3-numpy libpython3.11-testsuite strace gdb perl stress-ng make procps tmux"
# What only tools/test --all needs.
packages_all="bubblewrap libjemalloc2 python3-joblib python3-pebble python3-distributed python3-sklearn python3-torch gunicorn python3-billiard
	clang clang-format-14 hyperfine postgresql nodejs ruby codespell"

say() {
	printf '%s\n' "$*" >&2
}

die() {
	say "tools/$(basename "$0"): $*"
	exit 1
}

missing_packages() {
	local name
	for name in "$@"; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || echo "$name"
	done
}

# install_packages NAME...: installs those that are missing, and says which. Other systems than Debian's have to have them.
install_packages() {
	local missing sudo=
	command -v dpkg-query >/dev/null || return 0
	missing=$(missing_packages "$@" | tr '\n' ' ')
	[ -n "$missing" ] || return 0
	if [ "$(id -u)" != 0 ]; then
		command -v sudo >/dev/null || die "these packages are missing, and there is no sudo to install them: $missing"
		sudo=sudo
	fi
	say "installing: $missing"
	mkdir -p "$source_dir/build"
	# Package lists may be absent or old; a failing update only matters if the installation fails too.
	{
		$sudo apt-get update -qq
		$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
	} >"$source_dir/build/packages.log" 2>&1 || {
		tail -5 "$source_dir/build/packages.log" >&2
		die "could not install: $missing (all of apt's output is in build/packages.log)"
	}
}

# The same for what is only nice to have: what cannot be installed is said and skipped.
try_packages() {
	(install_packages "$@") || say "going on without them"
}

# build PRESET: configures once, then builds what has changed; silent unless something is wrong.
build() {
	local log="$source_dir/build/$1.log" begin=$SECONDS
	mkdir -p "$source_dir/build"
	[ -e "$source_dir/build/$1/build.ninja" ] || say "building build/$1 (about a minute the first time)"
	(cd "$source_dir" && cmake --preset "$1" && cmake --build --preset "$1" -j "$(build_jobs)") >"$log" 2>&1 || {
		grep -E -A12 'error|FAILED|Error' "$log" | head -40 >&2
		say "the build of preset $1 failed; everything is in $log"
		return 1
	}
	[ $((SECONDS - begin)) -lt 5 ] || say "built build/$1 in $((SECONDS - begin)) s"
}

build_jobs() {
	local cpus
	cpus=$(nproc 2>/dev/null || echo 2)
	[ "$cpus" -le 8 ] && echo "$cpus" || echo 8
}
