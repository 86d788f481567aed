#!/bin/sh
# A report on standard output goes behind what is in that file already, the program's own output included; a named file is replaced.
set -u
mpwatch=$MPW_BUILD/bin/mpwatch
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failed=0

check() { # what, pattern, file
	head -2 "$3" | tr '\n' '|' | grep -q "$2" || {
		echo "$1: begins with $(head -c 60 "$3" | od -c | head -2)"
		failed=1
	}
}

for options in '-o -' '-qq --json -'; do
	{
		echo before
		"$mpwatch" -n --no-save $options -- echo program
	} >"$folder/out" 2>/dev/null
	check "mpwatch $options" '^before|program|$' "$folder/out"
done

seq 100000 >"$folder/named"
"$mpwatch" -n --no-save -o "$folder/named" -- true
check "mpwatch -o FILE" '^== mpwatch report' "$folder/named"
[ "$(wc -c <"$folder/named")" -lt 10000 ] || {
	echo "mpwatch -o FILE: the old content is still there"
	failed=1
}
exit $failed
