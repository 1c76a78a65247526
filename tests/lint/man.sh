#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The manual and the program say the same: verbs and their options in man/ctr.8, keys in man/ctr-spec.5; nothing is
# missing on either side.
#
# Usage: tests/lint/man.sh CTR
set -euo pipefail
[ $# = 1 ] || { echo "usage: $0 CTR" >&2; exit 2; }
ctr="$(readlink -f "$1")"
. "$(dirname "$0")/lib.bash"

# "verb" or "verb --option", then the line: what man/ctr.8 has items of.
manual_verbs() {
	awk '
		function words(from,   i, w) {
			w = ""
			for (i = from; i <= NF && $i ~ /^[a-z][a-z-]*$/; i++)
				w = w (w == "" ? "" : " ") $i
			return w
		}
		function enter(v) {
			verb = v
			print verb "\t" FNR
		}
		/^\.Sh/ { verb = ""; next }
		after { after = 0; if (/^\.Ic/) enter(words(2)); next }
		/^\.It Xo/ { after = 1; next }
		/^\.It Ic/ { enter(words(3)); next }
		/^\.It Fl/ && verb != "" {
			for (i = 3; i <= NF; i++)
				if ($i ~ /^-[a-z]/)
					print verb " -" $i "\t" FNR
		}
	' man/ctr.8
}

program_verbs() {
	local verb
	"$ctr" --help | awk -F '  +' '/^Verbs:/ { on = 1; next } on && !NF { exit } on { print $2 }' | while read -r verb; do
		printf '%s\n' "$verb"
		# shellcheck disable=SC2086 # "spec check" is two words
		"$ctr" $verb --help </dev/null | awk -v verb="$verb" '
			/^Options:/ { on = 1; next }
			on && !NF { exit }
			on && match($0, /^  (-., |    )--[a-z-]+/) {
				option = substr($0, RSTART + 6, RLENGTH - 6)
				if (option != "--help")
					print verb " " option
			}'
	done
}

manual_keys() {
	awk '/^\.It Ic/ { print $3 "\t" FNR }' man/ctr-spec.5
}

program_keys() {
	"$ctr" spec keys </dev/null | awk 'NR > 1 { print $1 }'
}

# compare PAGE WHAT COMMAND MANUAL PROGRAM: the two sides as files
compare() {
	awk -F '\t' -v page="$1" -v what="$2" -v command="$3" '
		NR == FNR { has[$1] = 1; n++; next }
		{ said[$1] = 1 }
		!($1 in has) { print page ":" $2 ": there is no " what " \"" $1 "\" in " command "; remove it, or add it there" }
		END {
			if (n == 0)
				print page ":1: " command " lists nothing; is it the right program?"
			for (key in has)
				if (!(key in said))
					print page ":1: " what " \"" key "\" of " command " has no item (.It Ic, .It Fl); describe it"
		}' "$5" "$4"
}

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
manual_verbs >"$work/manual-verbs"
program_verbs >"$work/verbs"
manual_keys >"$work/manual-keys"
program_keys >"$work/keys"
{
	compare man/ctr.8 'verb or option' 'ctr --help' "$work/manual-verbs" "$work/verbs"
	compare man/ctr-spec.5 key 'ctr spec keys' "$work/manual-keys" "$work/keys"
} | sort | verdict
