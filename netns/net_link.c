/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bridge, the veth pair and what is inside the namespace. Host side; CAP_NET_ADMIN. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <string.h>

#include "common/fd.h"
#include "netns/nl_int.h"

static struct ifinfomsg *put_link(struct nlmsghdr *message, int index, bool up)
{
	struct ifinfomsg *link = mnl_nlmsg_put_extra_header(message, sizeof(*link));

	link->ifi_family = AF_UNSPEC;
	link->ifi_index = index;
	link->ifi_flags = up ? IFF_UP : 0;
	link->ifi_change = up ? IFF_UP : 0;
	return link;
}

static size_t addr_len(const struct ctr_net_addr *a)
{
	return a->family == AF_INET ? sizeof(a->v4) : sizeof(a->v6);
}

static void add_address(struct ctr_nl *nl, unsigned int index, const struct ctr_net_addr *a,
			const char *what)
{
	struct nlmsghdr *message =
		ctr_nl_request(nl, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, what);
	struct ifaddrmsg *address = mnl_nlmsg_put_extra_header(message, sizeof(*address));

	address->ifa_family = (uint8_t)a->family;
	address->ifa_prefixlen = a->prefix;
	address->ifa_index = index;
	mnl_attr_put(message, IFA_LOCAL, addr_len(a), &a->v4);
	mnl_attr_put(message, IFA_ADDRESS, addr_len(a), &a->v4);
	if (a->family == AF_INET) {
		struct in_addr broadcast = {
			a->v4.s_addr |
			htonl(a->prefix ? (uint32_t)(0xffffffffULL >> a->prefix) : ~0u)
		};

		mnl_attr_put(message, IFA_BROADCAST, sizeof(broadcast), &broadcast);
	} else {
		/* Nobody waits a second for a duplicate that the allocator has ruled out. */
		mnl_attr_put_u32(message, IFA_FLAGS, IFA_F_NODAD);
	}
	ctr_nl_end(nl, message);
}

static void add_default_route(struct ctr_nl *nl, unsigned int index,
			      const struct ctr_net_addr *gateway)
{
	struct nlmsghdr *message = ctr_nl_request(nl, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE,
						  "add the default route");
	struct rtmsg *route = mnl_nlmsg_put_extra_header(message, sizeof(*route));

	route->rtm_family = (uint8_t)gateway->family;
	route->rtm_table = RT_TABLE_MAIN;
	route->rtm_protocol = RTPROT_STATIC;
	route->rtm_scope = RT_SCOPE_UNIVERSE;
	route->rtm_type = RTN_UNICAST;
	mnl_attr_put(message, RTA_GATEWAY, addr_len(gateway), &gateway->v4);
	mnl_attr_put_u32(message, RTA_OIF, index);
	ctr_nl_end(nl, message);
}

/* The index of eth0 in the namespace of the socket; 0 with err when there is none. */
static unsigned int find_eth0(struct ctr_nl *nl, struct ctr_error *err)
{
	struct nlmsghdr *message = ctr_nl_request(nl, RTM_GETLINK, 0, "find eth0");
	char answer[8192];
	int n;

	message->nlmsg_flags = NLM_F_REQUEST;
	(void)put_link(message, 0, false);
	mnl_attr_put_strz(message, IFLA_IFNAME, "eth0");
	n = ctr_nl_query(nl, message, answer, sizeof(answer), err);
	if (n < 0)
		return 0;
	message = (struct nlmsghdr *)answer;
	if (message->nlmsg_type != RTM_NEWLINK) {
		(void)ctr_err_set(err, CTR_E_INTERNAL, "the namespace has no eth0");
		return 0;
	}
	return (unsigned int)((const struct ifinfomsg *)mnl_nlmsg_get_payload(message))->ifi_index;
}

int ctr_net_inside(const struct ctr_net_lease *lease, int netns_fd, struct ctr_error *err)
{
	struct ctr_nl nl = { 0 };
	struct nlmsghdr *message;
	unsigned int eth0 = 0;
	int rc;

	if (ctr_nl_open_in(&nl, netns_fd, err) < 0)
		return -1;
	if (lease->mode == CTR_NET_BRIDGE) {
		eth0 = find_eth0(&nl, err);
		if (!eth0) {
			ctr_nl_close(&nl);
			return -1;
		}
	}
	message = ctr_nl_request(&nl, RTM_NEWLINK, 0, "set loopback up");
	(void)put_link(message, 1, true); /* always the first link of a namespace */
	ctr_nl_end(&nl, message);
	if (lease->mode == CTR_NET_BRIDGE) {
		message = ctr_nl_request(&nl, RTM_NEWLINK, 0, "set eth0 up");
		(void)put_link(message, (int)eth0, true);
		ctr_nl_end(&nl, message);
		for (size_t i = 0; i < lease->n_addresses; i++)
			add_address(&nl, eth0, &lease->addresses[i], "add an address to eth0");
		if (lease->gateway.family)
			add_default_route(&nl, eth0, &lease->gateway);
	}
	rc = ctr_nl_commit(&nl, 0, err);
	ctr_nl_close(&nl);
	return rc;
}

static int write_sysctl(const char *path, struct ctr_error *err)
{
	return ctr_fd_write_at(AT_FDCWD, path, "1", err);
}

/* Forwarding for its packets, and answers of containers to the host's own 127.0.0.1. */
static int bridge_sysctls(const struct ctr_net_bridge *bridge, struct ctr_error *err)
{
	char path[96];

	if (write_sysctl("/proc/sys/net/ipv4/ip_forward", err) < 0)
		return -1;
	(void)snprintf(path, sizeof(path), "/proc/sys/net/ipv4/conf/%s/route_localnet",
		       bridge->name);
	return write_sysctl(path, err);
}

/* Stable over restarts, so that neighbours' ARP caches stay right; locally administered. */
static void mac_of(const char *name, uint8_t mac[static 6])
{
	uint64_t h = 14695981039346656037u;

	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 1099511628211u;
	for (int i = 0; i < 6; i++)
		mac[i] = (uint8_t)(h >> (8 * i));
	mac[0] = (uint8_t)((mac[0] & 0xfc) | 0x02);
}

static int bridge_create(const struct ctr_net_bridge *bridge, struct ctr_error *err)
{
	struct nlattr *info, *data;
	struct ctr_nl nl = { 0 };
	struct nlmsghdr *message;
	uint8_t mac[6];
	int rc;

	if (ctr_nl_open(&nl, NETLINK_ROUTE, err) < 0)
		return -1;
	message = ctr_nl_request(&nl, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, "make the bridge");
	(void)put_link(message, 0, true);
	mnl_attr_put_strz(message, IFLA_IFNAME, bridge->name);
	/*
	 * A fixed address: without one a bridge takes the lowest of its ports', and every container that comes or goes
	 * could change the gateway's address under the others, whose ARP entries then point nowhere for seconds.
	 */
	mac_of(bridge->name, mac);
	mnl_attr_put(message, IFLA_ADDRESS, sizeof(mac), mac);
	info = mnl_attr_nest_start(message, IFLA_LINKINFO);
	mnl_attr_put_strz(message, IFLA_INFO_KIND, "bridge");
	data = mnl_attr_nest_start(message, IFLA_INFO_DATA);
	mnl_attr_put_u32(message, IFLA_BR_FORWARD_DELAY, 0);
	mnl_attr_put_u32(message, IFLA_BR_STP_STATE, 0);
	mnl_attr_nest_end(message, data);
	mnl_attr_nest_end(message, info);
	ctr_nl_end(&nl, message);
	/* EEXIST: another start made it just now. */
	rc = ctr_nl_commit(&nl, EEXIST, err);
	if (rc == 0) {
		unsigned int index = if_nametoindex(bridge->name);

		message = ctr_nl_request(&nl, RTM_SETLINK, 0, "mark the bridge");
		(void)put_link(message, (int)index, true);
		mnl_attr_put_strz(message, IFLA_IFALIAS, CTR_NET_ALIAS);
		ctr_nl_end(&nl, message);
		add_address(&nl, index, &bridge->gateway, "add the bridge's address");
		rc = ctr_nl_commit(&nl, 0, err);
	}
	ctr_nl_close(&nl);
	return rc;
}

static bool is_bridge(const char *name)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/sys/class/net/%s/bridge", name);
	return access(path, F_OK) == 0;
}

int ctr_net_bridge_up(const struct ctr_net_bridge *bridge, unsigned int *ret_index,
		      struct ctr_error *err)
{
	unsigned int index = if_nametoindex(bridge->name);
	bool is_new = index == 0;

	if (is_new) {
		if (bridge_create(bridge, err) < 0 || bridge_sysctls(bridge, err) < 0)
			return ctr_err_wrap(err, "network %s", bridge->name);
		index = if_nametoindex(bridge->name);
		if (index == 0)
			return ctr_err_sys(err, "find the bridge %s", bridge->name);
	} else if (!is_bridge(bridge->name)) {
		ctr_err_set(err, CTR_E_HOST, "the link %s is not a bridge", bridge->name);
		return ctr_err_hint(err,
				    "rename it, or describe another network in /etc/ctr/ctr.yaml");
	}
	*ret_index = index;
	/* Also without NAT: published ports and the guard of the host's loopback are in it. */
	return ctr_nft_table(bridge, is_new, err);
}

/* One request: the pair, our end up and in the bridge, the other in the namespace as eth0. */
static void request_veth(struct ctr_nl *nl, const char *host_if, const char *name,
			 unsigned int bridge, int netns_fd)
{
	struct nlmsghdr *message =
		ctr_nl_request(nl, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, "make the veth pair");
	struct nlattr *info, *data, *peer;
	uint8_t mac[6];

	(void)put_link(message, 0, true);
	mnl_attr_put_strz(message, IFLA_IFNAME, host_if);
	mnl_attr_put_u32(message, IFLA_MASTER, bridge);
	info = mnl_attr_nest_start(message, IFLA_LINKINFO);
	mnl_attr_put_strz(message, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(message, IFLA_INFO_DATA);
	peer = mnl_attr_nest_start(message, VETH_INFO_PEER);
	(void)mnl_nlmsg_put_extra_header(message, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(message, IFLA_IFNAME, "eth0");
	mnl_attr_put_u32(message, IFLA_NET_NS_FD, (uint32_t)netns_fd);
	mac_of(name, mac);
	mnl_attr_put(message, IFLA_ADDRESS, sizeof(mac), mac);
	mnl_attr_nest_end(message, peer);
	mnl_attr_nest_end(message, data);
	mnl_attr_nest_end(message, info);
	ctr_nl_end(nl, message);
}

/*
 * Lets the bridge send a frame back to the port that it came from: a container that calls its own published port. With
 * bridge-nf-call-iptables the kernel rewrites such a frame inside the bridge, which drops it otherwise.
 */
static void request_hairpin(struct ctr_nl *nl, const char *host_if)
{
	struct nlmsghdr *message =
		ctr_nl_request(nl, RTM_NEWLINK, 0, "set the bridge port's hairpin mode");
	struct nlattr *info, *data;

	(void)put_link(message, 0, false);
	mnl_attr_put_strz(message, IFLA_IFNAME, host_if);
	info = mnl_attr_nest_start(message, IFLA_LINKINFO);
	mnl_attr_put_strz(message, IFLA_INFO_SLAVE_KIND, "bridge");
	data = mnl_attr_nest_start(message, IFLA_INFO_SLAVE_DATA);
	mnl_attr_put_u8(message, IFLA_BRPORT_MODE, 1);
	mnl_attr_nest_end(message, data);
	mnl_attr_nest_end(message, info);
	ctr_nl_end(nl, message);
}

static int make_veth(struct ctr_nl *nl, const struct ctr_net_lease *lease, const char *name,
		     unsigned int bridge, int netns_fd, struct ctr_error *err)
{
	request_veth(nl, lease->host_if, name, bridge, netns_fd);
	if (lease->n_ports)
		request_hairpin(nl, lease->host_if);
	return ctr_nl_commit(nl, 0, err);
}

static int delete_link(struct ctr_nl *nl, const char *name, struct ctr_error *err)
{
	struct nlmsghdr *message = ctr_nl_request(nl, RTM_DELLINK, 0, "remove the veth pair");

	(void)put_link(message, 0, false);
	mnl_attr_put_strz(message, IFLA_IFNAME, name);
	ctr_nl_end(nl, message);
	return ctr_nl_commit(nl, ENODEV, err);
}

int ctr_net_up(const struct ctr_net_lease *lease, const struct ctr_net_bridge *bridge,
	       const char *name, int netns_fd, struct ctr_error *err)
{
	struct ctr_nl nl = { 0 };
	unsigned int index;
	int rc;

	if (lease->mode == CTR_NET_HOST)
		return 0;
	if (lease->mode == CTR_NET_NONE)
		return ctr_net_inside(lease, netns_fd, err);
	if (ctr_net_bridge_up(bridge, &index, err) < 0 || ctr_nl_open(&nl, NETLINK_ROUTE, err) < 0)
		return -1;
	rc = make_veth(&nl, lease, name, index, netns_fd, err);
	if (rc < 0 && err->sys_errno == EEXIST) {
		/* What a crash left under our name. */
		rc = delete_link(&nl, lease->host_if, err);
		if (rc == 0)
			rc = make_veth(&nl, lease, name, index, netns_fd, err);
	}
	ctr_nl_close(&nl);
	if (rc < 0 || ctr_net_inside(lease, netns_fd, err) < 0)
		return -1;
	return lease->n_ports ? ctr_nft_ports_add(lease, err) : 0;
}

int ctr_net_link_remove(const char *name, struct ctr_error *err)
{
	struct ctr_nl nl = { 0 };
	char link[16];
	int rc;

	ctr_net_ifname(name, link);
	if (if_nametoindex(link) == 0)
		return 0;
	if (ctr_nl_open(&nl, NETLINK_ROUTE, err) < 0)
		return -1;
	rc = delete_link(&nl, link, err);
	ctr_nl_close(&nl);
	return rc;
}

int ctr_net_down(int net_dirfd, const char *name, struct ctr_error *err)
{
	struct ctr_net_lease lease = { 0 };
	int rc = 0;

	if (ctr_net_lease_load(net_dirfd, name, &lease, err) < 0)
		return err->code == CTR_E_NOTFOUND ? 0 : -1;
	if (lease.n_ports)
		rc = ctr_nft_ports_remove(&lease, err);
	if (rc == 0)
		rc = ctr_net_claims_release(net_dirfd, name, &lease, err);
	ctr_net_lease_done(&lease);
	return rc;
}

/* A bridge of ours has our alias and, when nobody uses it, no port. */
static bool bridge_is_idle(const char *name)
{
	_cleanup_closedir_ DIR *ports = NULL;
	char path[64];
	int n = 0;

	(void)snprintf(path, sizeof(path), "/sys/class/net/%s/brif", name);
	ports = opendir(path);
	while (ports && readdir(ports))
		n++;
	return ports && n <= 2;
}

int ctr_net_host_clean(int net_dirfd, struct ctr_error *err)
{
	struct if_nameindex *links = if_nameindex();
	struct ctr_nl nl = { 0 };
	bool busy = false;
	int rc = ctr_nl_open(&nl, NETLINK_ROUTE, err);

	(void)net_dirfd;
	for (struct if_nameindex *l = links; l && l->if_index && rc == 0; l++) {
		_cleanup_buf_ struct ctr_buf alias = { 0 };
		char path[64];

		(void)snprintf(path, sizeof(path), "/sys/class/net/%s/ifalias", l->if_name);
		if (!is_bridge(l->if_name) ||
		    ctr_fd_read_at(AT_FDCWD, path, 256, &alias, err) < 0 ||
		    strcmp(ctr_buf_str(&alias), CTR_NET_ALIAS "\n"))
			continue;
		if (bridge_is_idle(l->if_name))
			rc = delete_link(&nl, l->if_name, err);
		else
			busy = true;
	}
	if_freenameindex(links);
	ctr_nl_close(&nl);
	/* The table serves all bridges: while one is in use it stays. */
	return rc < 0 || busy ? rc : ctr_nft_clean(err);
}
