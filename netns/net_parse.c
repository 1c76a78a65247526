/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses, ports, names: text to values and back. Pure. */
#include <arpa/inet.h>
#include <string.h>

#include "common/parse.h"
#include "common/strv.h"
#include "netns/netns.h"

void ctr_net_bridge_default(struct ctr_net_bridge *ret_bridge)
{
	*ret_bridge = (struct ctr_net_bridge){ .name = "ctr0", .nat = true };
	(void)ctr_net_addr_parse("10.77.0.0/16", &ret_bridge->subnet);
	(void)ctr_net_addr_parse("10.77.0.1/16", &ret_bridge->gateway);
}

void ctr_net_spec_init(struct ctr_net_spec *spec)
{
	*spec = (struct ctr_net_spec){ .mode = CTR_NET_BRIDGE,
				       .bridge = strdup("ctr0"),
				       .address_auto = true };
}

void ctr_net_spec_done(struct ctr_net_spec *spec)
{
	free(spec->bridge);
	free(spec->addresses);
	free(spec->ports);
	ctr_strv_free(spec->dns_servers);
	ctr_strv_free(spec->dns_search);
	*spec = (struct ctr_net_spec){ 0 };
}

void ctr_net_lease_done(struct ctr_net_lease *lease)
{
	free(lease->ports);
	lease->ports = NULL;
	lease->n_ports = 0;
}

bool ctr_net_addr_parse(const char *text, struct ctr_net_addr *ret_addr)
{
	struct ctr_net_addr addr = { .family = strchr(text, ':') ? AF_INET6 : AF_INET,
				     .prefix = 255 };
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	char copy[INET6_ADDRSTRLEN];
	uint32_t prefix;

	if (len == 0 || len >= sizeof(copy))
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (inet_pton(addr.family, copy, &addr.v4) != 1)
		return false;
	if (slash) {
		if (!ctr_parse_u32(slash + 1, addr.family == AF_INET ? 32 : 128, &prefix))
			return false;
		addr.prefix = (uint8_t)prefix;
	}
	*ret_addr = addr;
	return true;
}

const char *ctr_net_addr_format(const struct ctr_net_addr *addr, bool with_prefix,
				char buf[static 64])
{
	if (!inet_ntop(addr->family, &addr->v4, buf, 64))
		buf[0] = '\0';
	else if (with_prefix && addr->prefix != 255)
		(void)snprintf(buf + strlen(buf), 64 - strlen(buf), "/%u", addr->prefix);
	return buf;
}

static bool parse_number(const char *text, uint16_t *ret_port, const char **ret_why)
{
	uint32_t value;

	*ret_why = "a port is a number from 1 to 65535";
	if (!ctr_parse_u32(text, 65535, &value) || value == 0)
		return false;
	*ret_port = (uint16_t)value;
	return true;
}

/* The host's address in front, with its colon; brackets around an IPv6 one. Returns what is behind it, or NULL. */
static char *take_host_addr(char *text, struct ctr_net_addr *ret_addr, const char **ret_why)
{
	char *last = strrchr(text, ':'), *end;

	*ret_why =
		"write HOST-PORT:PORT, or ADDRESS:HOST-PORT:PORT with brackets around an IPv6 address";
	if (!last)
		return NULL;
	if (*text == '[') {
		end = strchr(text, ']');
		if (!end || end[1] != ':')
			return NULL;
		*end = '\0';
		text++;
		end += 2;
	} else {
		char *colon = strchr(text, ':');

		if (colon == last)
			return text;
		*colon = '\0';
		end = colon + 1;
	}
	*ret_why = "the part in front of the host's port is not an address";
	return ctr_net_addr_parse(text, ret_addr) && ret_addr->prefix == 255 ? end : NULL;
}

bool ctr_net_port_parse(const char *text, struct ctr_net_port *ret_port, const char **ret_why)
{
	struct ctr_net_port port = { .proto = IPPROTO_TCP };
	char copy[128], *slash, *rest, *colon;

	*ret_why = "it is too long";
	if (snprintf(copy, sizeof(copy), "%s", text) >= (int)sizeof(copy))
		return false;
	slash = strchr(copy, '/');
	if (slash) {
		*slash = '\0';
		*ret_why = "the protocol is tcp or udp";
		if (!strcmp(slash + 1, "udp"))
			port.proto = IPPROTO_UDP;
		else if (strcmp(slash + 1, "tcp"))
			return false;
	}
	rest = take_host_addr(copy, &port.host_addr, ret_why);
	if (!rest)
		return false;
	colon = strchr(rest, ':');
	*ret_why = "write HOST-PORT:PORT";
	if (!colon)
		return false;
	*colon = '\0';
	if (!parse_number(rest, &port.host, ret_why) ||
	    !parse_number(colon + 1, &port.container, ret_why))
		return false;
	*ret_port = port;
	return true;
}

void ctr_net_ifname(const char *name, char ret_ifname[static 16])
{
	uint32_t h = 2166136261u;

	if (strlen(name) <= 13) {
		(void)snprintf(ret_ifname, 16, "vc%s", name);
		return;
	}
	for (const char *p = name; *p; p++)
		h = (h ^ (unsigned char)*p) * 16777619u;
	(void)snprintf(ret_ifname, 16, "vc%.5s%08x", name, h);
}
