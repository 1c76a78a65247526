/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * NAT and published ports: one table, made once, whose maps get an element for each port. libnftables is loaded when a
 * bridge is new or a port is published. Host side; CAP_NET_ADMIN.
 */
#include "netns/nl_int.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <nftables/libnftables.h>
#include <string.h>

#include "common/child.h"
#include "common/dl.h"

static const char table_text[] =
	"table inet ctr {\n"
	" set subnets4 { type ipv4_addr; flags interval; auto-merge; }\n"
	" set nat4 { type ipv4_addr; flags interval; auto-merge; }\n"
	" map tcp4 { type inet_service : ipv4_addr . inet_service; }\n"
	" map udp4 { type inet_service : ipv4_addr . inet_service; }\n"
	" map tcp4at { type ipv4_addr . inet_service : ipv4_addr . inet_service; }\n"
	" map udp4at { type ipv4_addr . inet_service : ipv4_addr . inet_service; }\n"
	" map tcp6 { type inet_service : ipv6_addr . inet_service; }\n"
	" map udp6 { type inet_service : ipv6_addr . inet_service; }\n"
	" map tcp6at { type ipv6_addr . inet_service : ipv6_addr . inet_service; }\n"
	" map udp6at { type ipv6_addr . inet_service : ipv6_addr . inet_service; }\n"
	/*
	 * With route_localnet on a bridge the kernel no longer refuses loopback addresses that come over a wire: neither a
	 * container nor a neighbour may use that to reach what listens on the host's loopback, or is published there only.
	 */
	" chain guard { type filter hook prerouting priority raw; policy accept;\n"
	"  iifname != lo ip daddr 127.0.0.0/8 drop\n"
	"  iifname != lo ip saddr 127.0.0.0/8 drop\n"
	" }\n"
	" chain published {\n"
	"  dnat ip to ip daddr . tcp dport map @tcp4at\n"
	"  dnat ip to ip daddr . udp dport map @udp4at\n"
	"  dnat ip6 to ip6 daddr . tcp dport map @tcp6at\n"
	"  dnat ip6 to ip6 daddr . udp dport map @udp6at\n"
	"  meta nfproto ipv4 dnat ip to tcp dport map @tcp4\n"
	"  meta nfproto ipv4 dnat ip to udp dport map @udp4\n"
	"  meta nfproto ipv6 dnat ip6 to tcp dport map @tcp6\n"
	"  meta nfproto ipv6 dnat ip6 to udp dport map @udp6\n"
	" }\n"
	" chain prerouting { type nat hook prerouting priority dstnat; policy accept;\n"
	"  fib daddr type local jump published\n"
	" }\n"
	" chain output { type nat hook output priority -100; policy accept;\n"
	"  fib daddr type local jump published\n"
	" }\n"
	/* Out to the world; and what came by a published port from the host's loopback or from a container. */
	" chain postrouting { type nat hook postrouting priority srcnat; policy accept;\n"
	"  ip saddr @nat4 ip daddr != @subnets4 masquerade\n"
	"  ct status dnat ip daddr @subnets4 ip saddr @subnets4 masquerade\n"
	"  ct status dnat ip daddr @subnets4 ip saddr 127.0.0.0/8 masquerade\n"
	" }\n"
	"}\n";

struct nft {
	struct nft_ctx *ctx;
	struct nft_ctx *(*new)(uint32_t flags);
	void (*free)(struct nft_ctx *);
	int (*run)(struct nft_ctx *, const char *);
	int (*buffer_error)(struct nft_ctx *);
	int (*buffer_output)(struct nft_ctx *);
	const char *(*error)(struct nft_ctx *);
	const char *(*output)(struct nft_ctx *);
};

static int nft_open(struct nft *nft, struct ctr_error *err)
{
	const struct ctr_dl_symbol table[] = {
		{ "nft_ctx_new", (void **)&nft->new },
		{ "nft_ctx_free", (void **)&nft->free },
		{ "nft_run_cmd_from_buffer", (void **)&nft->run },
		{ "nft_ctx_buffer_error", (void **)&nft->buffer_error },
		{ "nft_ctx_buffer_output", (void **)&nft->buffer_output },
		{ "nft_ctx_get_error_buffer", (void **)&nft->error },
		{ "nft_ctx_get_output_buffer", (void **)&nft->output },
		{ 0 },
	};

	if (ctr_dl_load("libnftables.so.1", "libnftables1", table, err) < 0)
		return -1;
	nft->ctx = nft->new (NFT_CTX_DEFAULT);
	if (!nft->ctx)
		return ctr_err_nomem(err);
	(void)nft->buffer_error(nft->ctx);
	(void)nft->buffer_output(nft->ctx);
	return 0;
}

static void nft_close(struct nft *nft)
{
	nft->free(nft->ctx);
}

static int nft_run(struct nft *nft, const char *text, const char *what, struct ctr_error *err)
{
	const char *why;

	if (nft->run(nft->ctx, text) == 0)
		return 0;
	why = nft->error(nft->ctx);
	ctr_err_set(err, CTR_E_SYS, "nftables: %s: %.*s", what, (int)strcspn(why, "\n"), why);
	return -1;
}

/* Asks the kernel itself: that costs microseconds, loading libnftables milliseconds. 1: there, 0: not, -1: error. */
static int table_exists(struct ctr_error *err)
{
	struct ctr_nl nl = { 0 };
	struct nlmsghdr *message;
	struct nfgenmsg *head;
	char answer[4096];
	int rc;

	if (ctr_nl_open(&nl, NETLINK_NETFILTER, err) < 0)
		return -1;
	message = ctr_nl_request(&nl, (NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_GETTABLE, 0,
				 "look for table inet ctr");
	message->nlmsg_flags = NLM_F_REQUEST;
	head = mnl_nlmsg_put_extra_header(message, sizeof(*head));
	head->nfgen_family = NFPROTO_INET;
	mnl_attr_put_strz(message, NFTA_TABLE_NAME, "ctr");
	rc = ctr_nl_query(&nl, message, answer, sizeof(answer), err);
	ctr_nl_close(&nl);
	if (rc < 0)
		return -1;
	return ((const struct nlmsghdr *)answer)->nlmsg_type != NLMSG_ERROR;
}

/* What write_table() puts into the kernel. */
struct table_job {
	const struct ctr_net_bridge *bridge;
	bool create;
};

/* Each of these runs in a child process: libnftables and what it loads would stay with the monitor. */
static int write_table(void *arg, struct ctr_error *err)
{
	_cleanup_buf_ struct ctr_buf text = { 0 };
	const struct table_job *job = arg;
	char subnet[64];
	struct nft nft;
	int rc;

	if (nft_open(&nft, err) < 0)
		return -1;
	(void)ctr_net_addr_format(&job->bridge->subnet, true, subnet);
	/* "create" fails when another start was faster: its rules must not be there twice. */
	if (job->create)
		ctr_buf_printf(&text, "create table inet ctr\n%s", table_text);
	ctr_buf_printf(&text, "add element inet ctr subnets4 { %s }\n", subnet);
	if (job->bridge->nat)
		ctr_buf_printf(&text, "add element inet ctr nat4 { %s }\n", subnet);
	rc = ctr_buf_check(&text, err) < 0
		     ? -1
		     : nft_run(&nft, ctr_buf_str(&text), "write table inet ctr", err);
	nft_close(&nft);
	return rc;
}

int ctr_nft_table(const struct ctr_net_bridge *bridge, bool is_new, struct ctr_error *err)
{
	struct table_job job = { .bridge = bridge };
	struct ctr_error ignored;
	int rc = table_exists(err);

	if (rc < 0 || (rc > 0 && !is_new))
		return rc < 0 ? -1 : 0;
	job.create = rc == 0;
	rc = ctr_child_run(write_table, &job, err);
	if (rc == 0 || !job.create || table_exists(&ignored) <= 0)
		return rc;
	/* Another start made the table just now, with its own bridge in it. */
	job.create = false;
	return ctr_child_run(write_table, &job, err);
}

static void address_of_family(const struct ctr_net_lease *lease, int family, char buf[static 64])
{
	buf[0] = '\0';
	for (size_t i = 0; i < lease->n_addresses && !buf[0]; i++)
		if (lease->addresses[i].family == family)
			(void)ctr_net_addr_format(&lease->addresses[i], false, buf);
}

/* "add element inet ctr udp4 { 53 : 10.77.0.9 . 53 }", one command a line; without values for removal. */
static void port_commands(const char *verb, const struct ctr_net_lease *lease,
			  const struct ctr_net_port *p, bool value, struct ctr_buf *text)
{
	const char *proto = p->proto == IPPROTO_UDP ? "udp" : "tcp";
	char v4[64], v6[64], at[64];

	address_of_family(lease, AF_INET, v4);
	address_of_family(lease, AF_INET6, v6);
	if (v4[0] && p->host_addr.family != AF_INET6) {
		ctr_buf_printf(text, "%s element inet ctr %s4%s { ", verb, proto,
			       p->host_addr.family ? "at" : "");
		if (p->host_addr.family)
			ctr_buf_printf(text, "%s . ",
				       ctr_net_addr_format(&p->host_addr, false, at));
		ctr_buf_printf(text, "%u", p->host);
		if (value)
			ctr_buf_printf(text, " : %s . %u", v4, p->container);
		ctr_buf_puts(text, " }\n");
	}
	if (v6[0] && p->host_addr.family != AF_INET) {
		ctr_buf_printf(text, "%s element inet ctr %s6%s { ", verb, proto,
			       p->host_addr.family ? "at" : "");
		if (p->host_addr.family)
			ctr_buf_printf(text, "%s . ",
				       ctr_net_addr_format(&p->host_addr, false, at));
		ctr_buf_printf(text, "%u", p->host);
		if (value)
			ctr_buf_printf(text, " : %s . %u", v6, p->container);
		ctr_buf_puts(text, " }\n");
	}
}

/* One by one: an element that is not there fails alone, and that is no failure. */
static void remove_each(struct nft *nft, const struct ctr_net_lease *lease)
{
	for (size_t i = 0; i < lease->n_ports; i++) {
		_cleanup_buf_ struct ctr_buf text = { 0 };
		struct ctr_error ignored;

		port_commands("delete", lease, &lease->ports[i], false, &text);
		if (text.len)
			(void)nft_run(nft, ctr_buf_str(&text), "remove a port", &ignored);
	}
}

static int add_ports(void *arg, struct ctr_error *err)
{
	const struct ctr_net_lease *lease = arg;
	_cleanup_buf_ struct ctr_buf text = { 0 };
	struct ctr_error first;
	struct nft nft;
	int rc;

	if (nft_open(&nft, err) < 0)
		return -1;
	for (size_t i = 0; i < lease->n_ports; i++)
		port_commands("add", lease, &lease->ports[i], true, &text);
	rc = nft_run(&nft, ctr_buf_str(&text), "publish ports", &first);
	if (rc < 0) {
		/* Most likely what a crash left under the same port. */
		remove_each(&nft, lease);
		rc = nft_run(&nft, ctr_buf_str(&text), "publish ports", err);
	}
	nft_close(&nft);
	return rc;
}

int ctr_nft_ports_add(const struct ctr_net_lease *lease, struct ctr_error *err)
{
	return ctr_child_run(add_ports, (void *)lease, err);
}

static int remove_ports(void *arg, struct ctr_error *err)
{
	struct nft nft;

	if (nft_open(&nft, err) < 0)
		return -1;
	remove_each(&nft, arg);
	nft_close(&nft);
	return 0;
}

int ctr_nft_ports_remove(const struct ctr_net_lease *lease, struct ctr_error *err)
{
	int rc = table_exists(err);

	return rc <= 0 ? rc : ctr_child_run(remove_ports, (void *)lease, err);
}

int ctr_nft_clean(struct ctr_error *err)
{
	struct nft nft;
	int rc = table_exists(err);

	if (rc <= 0)
		return rc;
	if (nft_open(&nft, err) < 0)
		return -1;
	rc = nft_run(&nft, "delete table inet ctr", "remove table inet ctr", err);
	nft_close(&nft);
	return rc;
}

int ctr_nft_findings(struct ctr_buf *lines, struct ctr_error *err)
{
	struct nft nft;
	const char *text;

	if (nft_open(&nft, err) < 0) {
		ctr_buf_printf(lines, "nftables: %s\n", err->msg);
		return 0;
	}
	if (nft.run(nft.ctx, "list chains") == 0) {
		/* "type filter hook forward priority filter; policy drop;" */
		for (text = nft.output(nft.ctx); text && (text = strstr(text, "hook forward"));
		     text++) {
			size_t len = strcspn(text, "\n");
			const char *drop = strstr(text, "policy drop");

			if (drop && drop < text + len)
				ctr_buf_puts(
					lines,
					"forwarding: another firewall drops forwarded packets by policy, whatever our "
					"table says; allow iifname ctr0 and oifname ctr0 there (Docker: chain DOCKER-USER)\n");
		}
	}
	nft_close(&nft);
	return 0;
}
