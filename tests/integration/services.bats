#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# The examples, with Debian's own packages: BIND, nginx, Redis. Real servers, real queries.

load helpers

EXAMPLES="$BATS_TEST_DIRNAME/../../examples"

# The examples name their files where they are installed; here they are in the tree.
example() {
	sed "s,/usr/local/share/ctr/examples,$(cd "$EXAMPLES" && pwd)," "$EXAMPLES/$1.yaml" >"$BASE/$1.yaml"
	run_ctr create "$BASE/$1.yaml"
	NAME="$(awk '/^name:/ {print $2}' "$BASE/$1.yaml")"
	run_ctr start "$NAME"
	ADDRESS="$("$CTR" state --json "$NAME" | jq -r '.address[0]' | sed 's,/.*,,')"
}

@test "BIND answers at its address, through the published port by udp and tcp, and reloads" {
	example bind9
	answers() { dig +time=1 +tries=1 +short @"$1" -p "$2" "${@:3}" www.example.test A | grep -q "^192"; }
	wait_for 60 answers "$ADDRESS" 53
	has "$(dig +norecurse @"$ADDRESS" example.test SOA)" " aa" "the answer is authoritative"
	answers 127.0.0.1 5353
	answers 127.0.0.1 5353 +tcp
	run_ctr exec "$NAME" -- /usr/sbin/rndc reload
	run_ctr logs "$NAME"
	has "$output" "running" "named says so in the log"
	answers "$ADDRESS" 53
	local pid
	pid="$("$CTR" state --json "$NAME" | jq .pid)"
	is "$(awk '/^CapEff/ {print $2}' "/proc/$pid/status" | sed 's/^0*//')" "400" "nothing but NET_BIND_SERVICE"
	[ "$(awk '/^Uid/ {print $2}' "/proc/$pid/status")" -gt 65536 ]
	run_ctr stop "$NAME"
	run_ctr state --json "$NAME"
	is "$(jq -r .exit.code <<<"$output")" 0 "it ended in good order"
}

@test "nginx serves a page" {
	example nginx
	get() { printf 'GET / HTTP/1.0\r\n\r\n' | socat -t 5 - "TCP:$ADDRESS:8080,connect-timeout=5"; }
	wait_for 60 sh -c "printf 'GET / HTTP/1.0\r\n\r\n' | socat -t 5 - TCP:$ADDRESS:8080,connect-timeout=2 | grep -q '200 OK'"
	has "$(get)" "200 OK" "the page"
}

@test "Redis stores and answers" {
	example redis
	ask() { printf '%s\r\n' "$@" | socat -t 5 - "TCP:$ADDRESS:6379,connect-timeout=5"; }
	wait_for 60 sh -c "printf 'PING\r\n' | socat -t 2 - TCP:$ADDRESS:6379,connect-timeout=2 | grep -q PONG"
	has "$(ask 'SET key value' 'GET key')" value "it has what it was given"
}
