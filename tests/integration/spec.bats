#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Malformed specifications: each is refused with position and remedy, exit status 2, and nothing is created.

load helpers

# refused TEXT POSITION PART: create says FILE:POSITION and PART, ends with 2 and makes nothing.
refused() {
	printf '%s\n' "$1" >"$BASE/bad.yaml"
	run_ctr -2 create "$BASE/bad.yaml"
	has "$output" "bad.yaml:$2" "the position"
	has "$output" "$3" "the reason"
	[ ! -e /run/ctr/bad ] && [ ! -e /var/lib/ctr/containers/bad ]
}

good='name: bad
rootfs: {path: /srv}
command: [/payload]'

@test "unknown keys, with the one that was meant" {
	refused "$good
memroy: {max: 1G}" 4:1 "memory"
	refused "$good
cpu: {wieght: 5}" 4:7 "weight"
}

@test "duplicate keys" {
	refused "$good
hostname: a
hostname: b" 5:1 "4:1"
}

@test "wrong types" {
	refused "$good
cpu: fast" 4:6 "cpu"
	refused "$good
command: /payload true" 4:1 "command"
	refused "$good
labels: [a, b]" 4:9 "labels"
	refused "$good
no_new_privileges: yes" 4:20 "true or false"
}

@test "values out of range" {
	refused "$good
cpu: {weight: 10001}" 4:15 "10000"
	refused "$good
cpu: {weight: -1}" 4:15 "weight"
	refused "$good
memory: {max: 99999999999999T}" 4:15 "max"
	refused "$good
stop: {timeout: 10 parsecs}" 4:17 "timeout"
	refused "$good
ports: ['70000:80']" 4:9 "70000"
}

@test "rules across keys" {
	refused "name: bad
rootfs: {path: /srv, host: [/usr]}
command: [/x]" 2: "rootfs"
	refused "name: bad
command: [/x]" 1:1 "rootfs"
	refused "name: bad
rootfs: {path: /srv}" 1:1 "command"
	refused "$good
memory: {min: 2G, max: 1G}" 4: "min"
	refused "$good
ports: ['80:80']" 4: "network"
	refused "$good
volumes: ['/srv:/proc/x']" 4: "/proc"
	refused "$good
working_dir: /proc/self/fd/7" 4:14 "working_dir"
	refused "$good
sysctls: {kernel.core_pattern: x}" 4: "core_pattern"
	refused "$good
profile: servcie" 4:10 "service"
}

@test "what is not there yet is refused by name" {
	local line
	for line in 'pool: customers/acme' 'memory: {weight: 200}' 'io: {weight: 100}' 'autostart: {enabled: true}' \
		'healthcheck: {command: [/bin/true]}' 'profile: vps' 'network: [{macvlan: eth0}]'; do
		refused "$good
$line" 4: "not supported yet"
	done
	refused "name: bad
rootfs: {image: debian-12}
command: [/x]" 2: "not supported yet"
}

@test "YAML that is used as a weapon" {
	refused "$good
labels: &a {x: y}
environment: *a" 4: "anchor"
	refused "$good
labels: !!binary aGVsbG8=" 4: "tag"
	refused "$good
---
name: two" 4: "document"
	{
		printf '%s\nlabels: ' "$good"
		printf '[%.0s' $(seq 100)
		printf ']%.0s' $(seq 100)
	} >"$BASE/deep.yaml"
	refused "$(cat "$BASE/deep.yaml")" 4: "nesting"
	{
		printf '%s\n# ' "$good"
		head -c 2097152 /dev/zero | tr '\0' x
	} >"$BASE/big.yaml"
	run_ctr -2 create "$BASE/big.yaml"
	has "$output" "big.yaml" "the file"
	printf '%s\nhostname: "a\\0b"\n' "$good" >"$BASE/nul.yaml"
	run_ctr -2 create "$BASE/nul.yaml"
	has "$output" "nul.yaml:4:" "an escaped NUL"
	printf '%s\nhostname: a\0b\n' "$good" >"$BASE/nul.yaml"
	run_ctr -2 create "$BASE/nul.yaml"
	has "$output" "nul.yaml:4:" "a raw NUL"
	printf '%s\nhostname: "a\n' "$good" >"$BASE/open.yaml"
	run_ctr -2 create "$BASE/open.yaml"
	printf 'name: bad\nrootfs: {path: [}\n' >"$BASE/syntax.yaml"
	run_ctr -2 create "$BASE/syntax.yaml"
	has "$output" "syntax.yaml:2:" "where the syntax breaks"
	: >"$BASE/empty.yaml"
	run_ctr -2 create "$BASE/empty.yaml"
}

@test "names that are none" {
	local name
	for name in ../x .x x/y 'X' "$(printf 'a%.0s' $(seq 64))" $'a\033b'; do
		printf 'name: "%s"\nrootfs: {path: /srv}\ncommand: [/x]\n' "$name" >"$BASE/bad.yaml"
		run_ctr -2 create "$BASE/bad.yaml"
		has "$output" "bad.yaml:1:" "the position"
	done
}

@test "all problems at once, in order" {
	printf 'name: bad\nrootfs: {path: /srv}\ncommand: [/x]\ncpu: {weight: 0.5}\nmemory: {max: lots}\npids: {mx: 3}\n' >"$BASE/bad.yaml"
	run_ctr -2 create "$BASE/bad.yaml"
	has "$output" "bad.yaml:4:" "the first"
	has "$output" "bad.yaml:5:" "the second"
	has "$output" "bad.yaml:6:" "the third"
	has "$output" "3 problems" "and their count"
	has "$output" "^" "with a caret"
}

@test "spec check, keys, example and schema" {
	local profile
	for profile in app service; do
		"$CTR" spec example $profile >"$BASE/example.yaml"
		run_ctr spec check "$BASE/example.yaml"
	done
	run_ctr spec keys
	has "$output" "cpu.weight" "the keys"
	"$CTR" spec schema | jq -e '.properties.cpu.properties.weight.maximum == 10000'
	run_ctr -2 spec check /nonexistent.yaml || run_ctr -4 spec check /nonexistent.yaml
	for profile in "$BATS_TEST_DIRNAME"/../../examples/*.yaml; do
		run_ctr spec check "$profile"
	done
}
