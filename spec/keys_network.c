/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The keys of the network. One way to say it, and a short form:
 *
 *	network: [{bridge: ctr0, address: auto}]
 *	network: none | host | BRIDGE
 *
 * Pure; any process.
 */
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "common/parse.h"
#include "common/strv.h"
#include "spec/tables.h"

static bool check_bridge(const char *text, const char **ret_why)
{
	size_t len = strlen(text);

	*ret_why = "is not a network's name; use at most 15 letters, digits, '.', '_' and '-'";
	return len >= 1 && len <= 15 && strcmp(text, ".") != 0 && strcmp(text, "..") != 0 &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
		       len;
}

static bool is_later_kind(const char *text)
{
	static const char *const kinds[] = { "macvlan", "ipvlan", "routed", "join" };

	for (size_t i = 0; i < CTR_ARRAY_LEN(kinds); i++)
		if (!strcmp(text, kinds[i]))
			return true;
	return false;
}

/* none, host or the name of a bridge. */
static void read_word(const struct ctr_doc_node *node, struct ctr_net_spec *net,
		      struct ctr_problems *problems)
{
	const char *text = node->text, *why;
	char quoted[64], *copy;

	if (ctr_doc_is_null(node)) {
		ctr_schema_wanted(problems, node, "none, host or the name of a bridge");
		return;
	}
	if (!strcmp(text, "none") || !strcmp(text, "host")) {
		net->mode = *text == 'n' ? CTR_NET_NONE : CTR_NET_HOST;
	} else if (is_later_kind(text)) {
		ctr_schema_problem(
			problems, node,
			"'%s' is not supported yet; use none, host or the name of a bridge", text);
	} else if (!check_bridge(text, &why)) {
		ctr_schema_problem(problems, node, "'%s' %s", ctr_problem_quote(text, quoted), why);
	} else {
		net->mode = CTR_NET_BRIDGE;
		copy = strdup(text);
		if (!copy) {
			problems->nomem = true;
			return;
		}
		free(net->bridge);
		net->bridge = copy;
	}
}

/* A host's address: not the network itself, not broadcast, multicast, loopback or unspecified. */
static const char *address_fault(const struct ctr_net_addr *addr)
{
	if (addr->family == AF_INET) {
		uint32_t host = ntohl(addr->v4.s_addr), mask;

		if (addr->prefix > 32)
			return "has no prefix length; add it, such as 10.77.0.20/16";
		mask = addr->prefix ? ~UINT32_C(0) << (32 - addr->prefix) : 0;
		if (host >> 24 == 0 || host >> 24 == 127 || host >> 28 >= 14)
			return "is no address for a container; use a unicast address";
		if (addr->prefix < 31 && ((host & ~mask) == 0 || (host & ~mask) == ~mask))
			return "is the network's own or its broadcast address; use one in between";
		return NULL;
	}
	if (addr->prefix > 128)
		return "has no prefix length; add it, such as fd00::20/64";
	if (IN6_IS_ADDR_UNSPECIFIED(&addr->v6) || IN6_IS_ADDR_LOOPBACK(&addr->v6) ||
	    IN6_IS_ADDR_MULTICAST(&addr->v6) || IN6_IS_ADDR_V4MAPPED(&addr->v6))
		return "is no address for a container; use a unicast address";
	return NULL;
}

static bool same_address(const struct ctr_net_addr *a, const struct ctr_net_addr *b)
{
	if (a->family != b->family)
		return false;
	return a->family == AF_INET ? a->v4.s_addr == b->v4.s_addr
				    : !memcmp(&a->v6, &b->v6, sizeof(a->v6));
}

static void read_address(const struct ctr_doc_node *node, struct ctr_net_spec *net,
			 struct ctr_problems *problems)
{
	const char *text = ctr_schema_text(node, problems), *fault;
	struct ctr_net_addr addr = { 0 }, *place;
	char quoted[64];

	if (!text)
		return;
	if (!strcmp(text, "auto")) {
		if (net->address_auto)
			ctr_schema_problem(problems, node,
					   "'auto' is given twice; remove one of them");
		net->address_auto = true;
		return;
	}
	if (!ctr_net_addr_parse(text, &addr)) {
		ctr_schema_wanted(
			problems, node,
			"auto or an address with its prefix length, such as 10.77.0.20/16");
		return;
	}
	fault = address_fault(&addr);
	for (size_t i = 0; !fault && i < net->n_addresses; i++)
		if (same_address(&addr, &net->addresses[i]))
			fault = "is given twice; remove one of them";
	if (!fault && net->n_addresses >= 7)
		fault = "is one too many; use at most 7 static addresses";
	if (fault) {
		ctr_schema_problem(problems, node, "'%s' %s", ctr_problem_quote(text, quoted),
				   fault);
		return;
	}
	place = ctr_schema_grow((void **)&net->addresses, &net->n_addresses, sizeof(addr),
				problems);
	if (place)
		*place = addr;
}

static void address_read(const struct ctr_schema_key *key, const struct ctr_doc_node *node,
			 void *base, struct ctr_problems *problems)
{
	struct ctr_net_spec *net = &((struct ctr_spec *)base)->net;

	if (node->bad)
		return;
	net->address_auto = false;
	if (node->kind != CTR_DOC_LIST) {
		read_address(node, net, problems);
		return;
	}
	if (!ctr_schema_list(key, node, problems))
		return;
	for (const struct ctr_doc_node *item = node->first; item; item = item->next)
		read_address(item, net, problems);
}

static void bridge_read(const struct ctr_schema_key *key, const struct ctr_doc_node *node,
			void *base, struct ctr_problems *problems)
{
	ctr_type_text.read(key, node, base, problems);
	((struct ctr_spec *)base)->net.mode = CTR_NET_BRIDGE;
}

static void word_hint_read(const struct ctr_schema_key *key, const struct ctr_doc_node *node,
			   void *base, struct ctr_problems *problems)
{
	(void)base;
	ctr_schema_problem(problems, node, "it is no key; write 'network: %s'", key->name);
}

static const struct ctr_schema_type type_bridge = { "name", "{\"type\":\"string\"}", bridge_read,
						    ctr_later_dump };
static const struct ctr_schema_type type_address = {
	"auto|address|list",
	"{\"oneOf\":[{\"type\":\"string\"},{\"type\":\"array\",\"items\":{\"type\":\"string\"}}]}",
	address_read, ctr_later_dump
};
static const struct ctr_schema_type type_word_hint = { NULL, NULL, word_hint_read, ctr_later_dump };

#define AT(field) offsetof(struct ctr_spec, net.field)

static const struct ctr_schema_key network_keys[] = {
	{ "bridge", &type_bridge, AT(bridge), .check = check_bridge, .fallback = "ctr0",
	  .help = "a network of /etc/ctr/ctr.yaml; ctr0 is always there" },
	{ "address", &type_address, .fallback = "auto",
	  .help = "auto, an address such as 10.77.0.20/16, or a list of them" },
	{ "macvlan", &ctr_type_later, .flags = CTR_KEY_LATER,
	  .help = "an own address on the host's interface" },
	{ "ipvlan", &ctr_type_later, .flags = CTR_KEY_LATER,
	  .help = "the same with the host's link address" },
	{ "routed", &ctr_type_later, .flags = CTR_KEY_LATER, .help = "addresses routed to it" },
	{ "join", &ctr_type_later, .flags = CTR_KEY_LATER,
	  .help = "the network of another container" },
	{ 0 },
};
/* Only read: what people try first. */
static const struct ctr_schema_key hint_keys[] = {
	{ .name = "none", .type = &type_word_hint },
	{ .name = "host", .type = &type_word_hint },
	{ 0 },
};

static void read_one(const struct ctr_doc_node *node, struct ctr_spec *spec,
		     struct ctr_problems *problems)
{
	static const struct ctr_schema_key *const tables[] = { network_keys, hint_keys, NULL };

	if (node->bad)
		return;
	if (node->kind == CTR_DOC_MAP) {
		spec->net.mode = CTR_NET_BRIDGE;
		ctr_schema_bind(tables, node, spec, problems);
	} else if (node->kind == CTR_DOC_LIST) {
		ctr_schema_wanted(
			problems, node,
			"none, host, the name of a bridge, or {bridge: NAME, address: auto}");
	} else {
		read_word(node, &spec->net, problems);
	}
}

static void network_read(const struct ctr_schema_key *key, const struct ctr_doc_node *node,
			 void *base, struct ctr_problems *problems)
{
	if (node->kind != CTR_DOC_LIST) {
		read_one(node, base, problems);
		return;
	}
	if (!ctr_schema_list(key, node, problems))
		return;
	read_one(node->first, base, problems);
	if (node->first->next)
		ctr_schema_problem(problems, node->first->next,
				   "more than one network is not supported yet; remove it");
}

static void network_dump(const struct ctr_schema_key *key, const void *base, struct ctr_buf *out)
{
	const struct ctr_net_spec *net = &((const struct ctr_spec *)base)->net;
	size_t n = net->n_addresses + net->address_auto;
	const char *comma = "";
	char text[64];

	(void)key;
	if (net->mode != CTR_NET_BRIDGE) {
		ctr_buf_puts(out, net->mode == CTR_NET_HOST ? "host" : "none");
		return;
	}
	ctr_buf_puts(out, "[{bridge: ");
	ctr_dump_text(net->bridge, out);
	ctr_buf_puts(out, n > 1 ? ", address: [" : ", address: ");
	if (net->address_auto) {
		ctr_buf_puts(out, "auto");
		comma = ", ";
	}
	for (size_t i = 0; i < net->n_addresses; i++) {
		ctr_buf_puts(out, comma);
		ctr_dump_text(ctr_net_addr_format(&net->addresses[i], true, text), out);
		comma = ", ";
	}
	ctr_buf_puts(out, n > 1 ? "]}]" : "}]");
}

static void ports_read(const struct ctr_schema_key *key, const struct ctr_doc_node *node,
		       void *base, struct ctr_problems *problems)
{
	struct ctr_net_spec *net = &((struct ctr_spec *)base)->net;

	if (!ctr_schema_list(key, node, problems))
		return;
	for (const struct ctr_doc_node *item = node->first; item; item = item->next) {
		const char *text = ctr_schema_text(item, problems), *why = "is not a port";
		struct ctr_net_port port = { 0 }, *place;
		char quoted[64];

		if (!text)
			continue;
		if (!ctr_net_port_parse(text, &port, &why)) {
			ctr_schema_reason(
				problems, item, why,
				"write \"8080:80\", \"53:53/udp\" or \"127.0.0.1:8080:80\"");
			continue;
		}
		for (size_t i = 0; i < net->n_ports; i++) {
			const struct ctr_net_port *other = &net->ports[i];

			if (other->host == port.host && other->proto == port.proto &&
			    (!other->host_addr.family || !port.host_addr.family ||
			     same_address(&other->host_addr, &port.host_addr))) {
				ctr_schema_problem(
					problems, item,
					"'%s': the host's port %u is used twice; use another one",
					ctr_problem_quote(text, quoted), port.host);
				break;
			}
		}
		place = ctr_schema_grow((void **)&net->ports, &net->n_ports, sizeof(port),
					problems);
		if (place)
			*place = port;
	}
}

static void ports_dump(const struct ctr_schema_key *key, const void *base, struct ctr_buf *out)
{
	const struct ctr_net_spec *net = &((const struct ctr_spec *)base)->net;

	(void)key;
	for (size_t i = 0; i < net->n_ports; i++) {
		const struct ctr_net_port *port = &net->ports[i];
		bool six = port->host_addr.family == AF_INET6;
		char text[64];

		ctr_buf_puts(out, i ? ", \"" : "[\"");
		if (port->host_addr.family)
			ctr_buf_printf(out, "%s%s%s:", six ? "[" : "",
				       ctr_net_addr_format(&port->host_addr, false, text),
				       six ? "]" : "");
		ctr_buf_printf(out, "%u:%u/%s\"", port->host, port->container,
			       port->proto == IPPROTO_UDP ? "udp" : "tcp");
	}
	if (net->n_ports)
		ctr_buf_puts(out, "]");
}

static const struct ctr_schema_type type_network = {
	"none|host|bridge",
	"{\"oneOf\":[{\"type\":\"string\"},{\"$ref\":\"#/$defs/network\"},"
	"{\"type\":\"array\",\"minItems\":1,\"maxItems\":1,\"items\":{\"oneOf\":[{\"type\":"
	"\"string\"},"
	"{\"$ref\":\"#/$defs/network\"}]}}]}",
	network_read, network_dump
};
static const struct ctr_schema_type type_ports = {
	"list of ports", "{\"type\":\"array\",\"items\":{\"type\":\"string\"}}", ports_read,
	ports_dump
};

static bool check_server(const char *text, const char **ret_why)
{
	struct ctr_net_addr addr;

	*ret_why = "is not an address; use one such as 10.77.0.1";
	return !strchr(text, '/') && ctr_net_addr_parse(text, &addr);
}

static bool check_domain(const char *text, const char **ret_why)
{
	*ret_why = "is not a domain; use letters, digits and hyphens, in labels with dots";
	return ctr_hostname_valid(text);
}

static const struct ctr_schema_key dns_keys[] = {
	{ "servers", &ctr_type_texts, AT(dns_servers), .flags = CTR_KEY_EMPTY,
	  .check = check_server, .fallback = "the host's", .help = "addresses of name servers" },
	{ "search", &ctr_type_texts, AT(dns_search), .flags = CTR_KEY_EMPTY, .check = check_domain,
	  .fallback = "the host's", .help = "domains that short names are looked up in" },
	{ 0 },
};

const struct ctr_schema_key ctr_keys_network[] = {
	{ "network", &type_network, .section = network_keys, .fallback = "none",
	  .help = "none: loopback only; host: the host's own; a bridge by name, or [{bridge: ctr0, "
		  "address: auto}]" },
	{ "ports", &type_ports, .flags = CTR_KEY_EMPTY,
	  .help = "ports of the host that lead in: \"8080:80\", \"53:53/udp\", "
		  "\"127.0.0.1:8080:80\"" },
	{ "dns", &ctr_type_section, .section = dns_keys, .help = "what resolv.conf says" },
	{ 0 },
};
