#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Bridge, addresses, published ports, names; none and host.

load helpers

address() {
	"$CTR" state --json "$1" | jq -r '.address[0]' | sed 's,/.*,,'
}

server() { # NAME TEXT [LINES]
	local name="$1" text="$2"
	shift 2
	spec "$name" "$BASE/$name.yaml" "command: [/payload, tcp-serve, \"8000\", \"$text\"]" "$@"
	run_ctr create "$BASE/$name.yaml"
	run_ctr start "$name"
}

@test "none: loopback only, and it is up" {
	run_ctr run --rm --rootfs "$ROOT" --network none -- /payload ls /sys/class/net
	is "$output" lo "one link"
	run_ctr run --rm --rootfs "$ROOT" --network none -- /payload read /proc/net/fib_trie
	has "$output" 127.0.0.1 "loopback has its address"
}

@test "host: the host's links" {
	run_ctr run --rm --rootfs "$ROOT" --network host -- /payload ls /sys/class/net
	is "$(sort <<<"$output" | tr '\n' ' ')" "$(ls /sys/class/net | sort | tr '\n' ' ')" "the same"
}

@test "bridge: the host reaches the container at its address" {
	server web hello 'network: [{bridge: ctr0, address: auto}]'
	local a
	a="$(address web)"
	[[ "$a" == 10.77.* ]]
	wait_for 10 sh -c "'$PAYLOAD' tcp-get $a 8000"
	is "$("$PAYLOAD" tcp-get "$a" 8000)" hello "it answers"
}

@test "containers reach each other by address and by name; a static address is kept" {
	server a from-a 'network: [{bridge: ctr0, address: 10.77.200.1/16}]'
	is "$(address a)" 10.77.200.1 "static"
	run_ctr run --rm --rootfs "$ROOT" --network ctr0 -- /payload tcp-get 10.77.200.1 8000
	is "$output" from-a "by address"
	run_ctr run --rm --rootfs "$ROOT" --network ctr0 -- /payload read /etc/hosts
	has "$output" "10.77.200.1" "the hosts file has the address"
	grep -E '^10\.77\.200\.1[[:space:]].*\ba\b' <<<"$output"
	spec b "$BASE/b.yaml" 'network: [{bridge: ctr0, address: 10.77.200.1/16}]'
	run_ctr create "$BASE/b.yaml"
	run_ctr -3 start b
	has "$output" "10.77.200.1" "the address is named"
	has "$output" "a" "and who has it"
}

@test "ports: from the host by loopback and its address, and from another container" {
	server p published 'network: [{bridge: ctr0, address: auto}]' 'ports: ["18080:8000", "18053:8053/udp"]'
	wait_for 10 sh -c "'$PAYLOAD' tcp-get 127.0.0.1 18080"
	is "$("$PAYLOAD" tcp-get 127.0.0.1 18080)" published "by loopback"
	is "$("$PAYLOAD" tcp-get 10.77.0.1 18080)" published "by an address of the host"
	run_ctr run --rm --rootfs "$ROOT" --network ctr0 -- /payload tcp-get 10.77.0.1 18080
	is "$output" published "from another container"
	run_ctr exec p -- /payload tcp-get 10.77.0.1 18080
	is "$output" published "from itself, by way of the host"
	spec q "$BASE/q.yaml" 'network: [{bridge: ctr0, address: auto}]' 'ports: ["18080:1"]'
	run_ctr create "$BASE/q.yaml"
	run_ctr -3 start q
	has "$output" 18080 "a port that is taken is named"
	run_ctr stop p
	run_ctr start q
}

@test "udp ports answer" {
	spec u "$BASE/u.yaml" 'command: [/payload, udp-serve, "8053", datagram]' 'network: [{bridge: ctr0, address: auto}]' \
		'ports: ["18053:8053/udp"]'
	run_ctr create "$BASE/u.yaml"
	run_ctr start u
	wait_for 10 sh -c "'$PAYLOAD' udp-get 127.0.0.1 18053"
	is "$("$PAYLOAD" udp-get 127.0.0.1 18053)" datagram "by loopback"
	run_ctr stop u
	run_ctr start u
	wait_for 10 sh -c "'$PAYLOAD' udp-get 127.0.0.1 18053"
}

@test "from outside: a host on another link reaches a published port, and the container reaches it (NAT)" {
	unshare -n sleep 300 3>&- &
	OUTSIDE=$!
	inside() { nsenter -n -t "$OUTSIDE" "$@"; }
	has_own_network() { [ "$(readlink "/proc/$OUTSIDE/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }
	wait_for 10 has_own_network
	ip link add "cto$$" type veth peer name eth0 netns "$OUTSIDE"
	ip addr add 198.51.100.1/24 dev "cto$$"
	ip link set "cto$$" up
	inside ip addr add 198.51.100.2/24 dev eth0
	inside ip link set eth0 up
	inside ip link set lo up
	server o outside 'network: [{bridge: ctr0, address: auto}]' 'ports: ["18081:8000"]'
	wait_for 10 inside "$PAYLOAD" tcp-get 198.51.100.1 18081
	is "$(inside "$PAYLOAD" tcp-get 198.51.100.1 18081)" outside "the published port"
	nsenter -n -t "$OUTSIDE" "$PAYLOAD" tcp-serve 9000 reached 3>&- &
	SERVER=$!
	wait_for 10 run_ctr exec o -- /payload tcp-get 198.51.100.2 9000
}

teardown_test() {
	local pid
	for pid in ${SERVER:-} ${OUTSIDE:-}; do
		kill "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
}

@test "resolv.conf and hosts come from the spec" {
	run_ctr run --rm --name dns --rootfs "$ROOT" --network ctr0 --set 'dns={servers: [192.0.2.53], search: [example.net]}' -- \
		/payload read /etc/resolv.conf
	has "$output" "nameserver 192.0.2.53" "the server"
	has "$output" "search example.net" "the search list"
}

@test "a network that does not exist is named, and nothing is left" {
	run_ctr -2 run --rm --rootfs "$ROOT" --network nowhere0 -- /payload true
	has "$output" nowhere0 "it is named"
}
