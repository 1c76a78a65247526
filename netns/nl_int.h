/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Shared inside netns/ only: one netlink transaction, the links' indices, the pieces of up and down. */
#ifndef CTR_NETNS_NL_INT_H
#define CTR_NETNS_NL_INT_H

#include <libmnl/libmnl.h>

#include "common/buf.h"
#include "netns/netns.h"

#define CTR_NL_BATCH 4096
#define CTR_NET_ALIAS "ctr" /* IFLA_IFALIAS of a bridge that ctr made */

/* A batch of requests that is sent at once; each is acknowledged on its own. */
struct ctr_nl {
	struct mnl_socket *sock;
	unsigned int first_seq, n;
	const char *what[16]; /* for errors: the operation and its object */
	size_t used;
	char data[CTR_NL_BATCH];
};

/* Opens a socket in the current network namespace. */
int ctr_nl_open(struct ctr_nl *nl, int protocol, struct ctr_error *err);
/* The same in another namespace: enters it, opens, and comes back (the process is single-threaded). */
int ctr_nl_open_in(struct ctr_nl *nl, int netns_fd, struct ctr_error *err);
void ctr_nl_close(struct ctr_nl *nl);
/* Begins one request; what is borrowed until commit. Its header and attributes follow with mnl_*_put(). */
struct nlmsghdr *ctr_nl_request(struct ctr_nl *nl, uint16_t type, uint16_t flags, const char *what);
/* The next request begins behind this one. */
void ctr_nl_end(struct ctr_nl *nl, struct nlmsghdr *message);
/*
 * Sends all and reads every acknowledgement. The first failure is the error, with the kernel's own text (NLM_F_ACK_TLVS)
 * when it gives one; tolerate (an errno, 0: none) is no failure.
 */
int ctr_nl_commit(struct ctr_nl *nl, int tolerate, struct ctr_error *err);

/* Sends the one request that was begun and reads its one answer, an error among them; its length, or -1. */
int ctr_nl_query(struct ctr_nl *nl, struct nlmsghdr *message, char *answer, size_t size,
		 struct ctr_error *err);

/* Makes the bridge when it is missing: address, up, forwarding. ret_index is the link's. */
int ctr_net_bridge_up(const struct ctr_net_bridge *bridge, unsigned int *ret_index,
		      struct ctr_error *err);
/* Everything inside the namespace: loopback, and with a lease that has addresses eth0. */
int ctr_net_inside(const struct ctr_net_lease *lease, int netns_fd, struct ctr_error *err);

/* nftables: the table with the bridge's subnet in it; this container's published ports. */
/* is_new: the bridge was made just now, and an existing table has yet to learn its subnet. */
int ctr_nft_table(const struct ctr_net_bridge *bridge, bool is_new, struct ctr_error *err);
int ctr_nft_ports_add(const struct ctr_net_lease *lease, struct ctr_error *err);
int ctr_nft_ports_remove(const struct ctr_net_lease *lease, struct ctr_error *err);
int ctr_nft_clean(struct ctr_error *err);
/* One line for each base chain of somebody else's that drops forwarded packets by policy. */
int ctr_nft_findings(struct ctr_buf *lines, struct ctr_error *err);

/* The shared hosts file; the caller holds the allocator's lock. address NULL only removes the name. */
int ctr_net_hosts_set(int net_dirfd, const char *bridge, const char *name, const char *hostname,
		      const char *address, struct ctr_error *err);
/* Takes the lock of the allocator, waiting: it is held for microseconds. Returns its fd. */
int ctr_net_lock(int net_dirfd, struct ctr_error *err);
/* Gives back what lease_take claimed. */
int ctr_net_claims_release(int net_dirfd, const char *name, const struct ctr_net_lease *lease,
			   struct ctr_error *err);

#endif
