/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which network? An own namespace with loopback only (none), the host's (host), or an own one with a veth pair into
 * a bridge (bridge) that ctr makes on demand. rtnetlink through libmnl, one batch per container and side; NAT and
 * published ports are elements of one nftables table "inet ctr" (libnftables, loaded when used).
 *
 * All functions run in the monitor or the CLI, on the host side, with CAP_NET_ADMIN there.
 */
#ifndef CTR_NETNS_NETNS_H
#define CTR_NETNS_NETNS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/buf.h"
#include "common/error.h"

enum ctr_net_mode { CTR_NET_NONE, CTR_NET_HOST, CTR_NET_BRIDGE };

/* An address with its prefix length. */
struct ctr_net_addr {
	int family; /* AF_INET, AF_INET6; 0: unset */
	union {
		struct in_addr v4;
		struct in6_addr v6;
	};
	uint8_t prefix;
};

struct ctr_net_port {
	struct ctr_net_addr host_addr; /* family 0: every address of the host */
	uint16_t host;
	uint16_t container;
	uint8_t proto; /* IPPROTO_TCP or IPPROTO_UDP */
};

/* This folder's part of the specification. */
struct ctr_net_spec {
	enum ctr_net_mode mode;
	char *bridge;                   /* name of the bridge, "ctr0" by default */
	bool address_auto;              /* an IPv4 address from the bridge's subnet */
	struct ctr_net_addr *addresses; /* static ones */
	size_t n_addresses;
	struct ctr_net_port *ports;
	size_t n_ports;
	char **dns_servers; /* NULL: the host's (a loopback resolver is replaced by its upstreams) */
	char **dns_search;
};

/* A bridge as /etc/ctr/ctr.yaml describes it. */
struct ctr_net_bridge {
	char name[16];
	struct ctr_net_addr subnet;  /* 10.77.0.0/16 */
	struct ctr_net_addr gateway; /* 10.77.0.1, the bridge's own address */
	bool nat;
};

/* What a running container was given: recorded before it is made, enough to take it away again. */
struct ctr_net_lease {
	enum ctr_net_mode mode;
	char bridge[16];
	char host_if[16]; /* derived from the container's name */
	struct ctr_net_addr addresses[8];
	size_t n_addresses;
	struct ctr_net_addr gateway; /* family 0: none */
	struct ctr_net_port *ports;  /* owned */
	size_t n_ports;
};

void ctr_net_spec_init(struct ctr_net_spec *spec); /* bridge ctr0, automatic address */
void ctr_net_spec_done(struct ctr_net_spec *spec);
void ctr_net_lease_done(struct ctr_net_lease *lease);

/* "10.77.0.20/16", "fd00::2/64", with or without a prefix (then 255). false when it is not an address. */
bool ctr_net_addr_parse(const char *text, struct ctr_net_addr *ret_addr);
/* With the prefix when with_prefix; buf of 64 bytes. */
const char *ctr_net_addr_format(const struct ctr_net_addr *addr, bool with_prefix,
				char buf[static 64]);
/* "8080:80", "53:53/udp", "127.0.0.1:8080:80/tcp", "[::1]:8080:80". false + reason text. */
bool ctr_net_port_parse(const char *text, struct ctr_net_port *ret_port, const char **ret_why);
/* "vc" + name, shortened with a hash when it does not fit 15 bytes (pure). */
void ctr_net_ifname(const char *name, char ret_ifname[static 16]);
/* The default bridge ctr0, 10.77.0.0/16, gateway .0.1, with NAT. */
void ctr_net_bridge_default(struct ctr_net_bridge *ret_bridge);

/*
 * Decide: takes addresses for name out of the allocator (files below net_dirfd, /run/ctr/.net, under its lock; /run
 * makes it end with the boot), checks that static addresses and published ports are free (CTR_E_EXISTS names the
 * container that has them), fills the lease. For none and host it only fills the mode. Idempotent per name.
 */
int ctr_net_lease_take(int net_dirfd, const char *name, const char *hostname,
		       const struct ctr_net_spec *spec, const struct ctr_net_bridge *bridge,
		       struct ctr_net_lease *ret_lease, struct ctr_error *err);
int ctr_net_lease_load(int net_dirfd, const char *name, struct ctr_net_lease *ret_lease,
		       struct ctr_error *err);

/*
 * Do: makes the bridge when it is missing (address, up, ip_forward, the nftables table once), the veth pair with
 * its other end "eth0" in the namespace, addresses and default route inside, loopback up, published ports. netns_fd
 * is the container's (from its pidfd or /proc/PID/ns/net). mode none: only loopback. mode host: nothing.
 */
int ctr_net_up(const struct ctr_net_lease *lease, const struct ctr_net_bridge *bridge,
	       const char *name, int netns_fd, struct ctr_error *err);
/*
 * Undo, from the record alone, whether the namespace lives or not: nftables elements, addresses, names. Absent is no
 * error. The veth pair dies with its namespace, which the kernel takes apart on its own; to remove it by hand would
 * wait for an RCU grace period (15 to 20 ms, measured). ctr_net_link_remove() does that for the rare namespace that
 * somebody still holds; ctr_net_up() replaces a pair that it finds under the name.
 */
int ctr_net_down(int net_dirfd, const char *name, struct ctr_error *err);
int ctr_net_link_remove(const char *name, struct ctr_error *err);
/* Uninstall and tests: removes bridges made by ctr that nobody uses, and the nftables table. */
int ctr_net_host_clean(int net_dirfd, struct ctr_error *err);

/* Text of /etc/resolv.conf for the container (pure but for the host's resolv.conf, whose text is given). */
int ctr_net_resolv_conf(const struct ctr_net_spec *spec, const char *host_resolv_conf,
			struct ctr_buf *ret_text, struct ctr_error *err);
/*
 * The hosts file that all containers of one bridge share, "<bridge>.hosts" below net_dirfd: localhost lines and one
 * line "ADDRESS NAME HOSTNAME" each. Rewritten in place by lease_take and down, so that a bind mount of it stays
 * current. The file's name for a lease (for none and host: "local.hosts"); buf of 32 bytes.
 */
const char *ctr_net_hosts_file(const struct ctr_net_lease *lease, char buf[static 32]);

/* What doctor prints: forwarding off, a foreign nftables/iptables policy that drops forwarded packets, missing library. */
int ctr_net_host_findings(int net_dirfd, struct ctr_buf *ret_lines, struct ctr_error *err);

#endif
