/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * /etc/ctr/ctr.yaml, what the host gives: networks and the pool of ids. Read with the same tree and
 * the same tables as a container's specification. Any process; an absent file is all defaults.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "common/fd.h"
#include "spec/spec.h"
#include "spec/tables.h"

/* Above what distributions give to people and subordinate ids, below 2^31, where programs start to
 * see signs. */
#define IDS_FIRST 1879048192U
#define IDS_COUNT 268369920U
#define IDS_CHUNK 65536U

/* As written in the file, before the rules. */
struct network {
	char *subnet, *gateway;
	bool nat;
};

struct conf {
	struct ctr_hostconf *conf;
	uint64_t ids_first, ids_count;
};

static bool check_subnet(const char *text, const char **ret_why)
{
	struct ctr_net_addr addr;
	uint32_t mask;

	*ret_why = "is not an IPv4 network; use one such as 10.77.0.0/16, with a prefix length "
		   "from 8 to 30";
	if (!ctr_net_addr_parse(text, &addr) || addr.family != AF_INET || addr.prefix < 8 ||
	    addr.prefix > 30)
		return false;
	*ret_why =
		"has bits behind its prefix; use the network's first address, such as 10.77.0.0/16";
	mask = ~UINT32_C(0) << (32 - addr.prefix);
	return !(ntohl(addr.v4.s_addr) & ~mask);
}

static bool check_gateway(const char *text, const char **ret_why)
{
	struct ctr_net_addr addr;

	*ret_why = "is not an address; use auto or one of the subnet, such as 10.77.0.1";
	return !strcmp(text, "auto") ||
	       (!strchr(text, '/') && ctr_net_addr_parse(text, &addr) && addr.family == AF_INET);
}

#define NET(field) offsetof(struct network, field)

static const struct ctr_schema_key network_keys[] = {
	{ "subnet", &ctr_type_text, NET(subnet), .check = check_subnet,
	  .fallback = "ctr0: 10.77.0.0/16", .help = "its addresses" },
	{ "gateway", &ctr_type_text, NET(gateway), .check = check_gateway, .fallback = "auto",
	  .help = "the bridge's own address; auto: the subnet's first" },
	{ "nat", &ctr_type_bool, NET(nat), .fallback = "true",
	  .help = "whether it reaches the outside through the host" },
	{ 0 },
};

static bool check_network_name(const char *text, const char **ret_why)
{
	size_t len = strlen(text);

	*ret_why = "is not a network's name; use at most 15 letters, digits, '.', '_' and '-', and "
		   "not none or host";
	return len >= 1 && len <= 15 && strcmp(text, "none") != 0 && strcmp(text, "host") != 0 &&
	       *text != '.' &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
		       len;
}

static bool overlap(const struct ctr_net_addr *a, const struct ctr_net_addr *b)
{
	uint8_t prefix = a->prefix < b->prefix ? a->prefix : b->prefix;

	return ((ntohl(a->v4.s_addr) ^ ntohl(b->v4.s_addr)) >> (32 - prefix)) == 0;
}

/* Texts that were checked one by one -> bridge; what they are together is checked here. */
static void make_bridge(const struct ctr_doc_node *node, const struct network *network,
			struct ctr_net_bridge *bridge, struct ctr_problems *problems)
{
	const struct ctr_doc_node *gateway = ctr_doc_get(node, "gateway");
	uint32_t first, mask, address;

	if (network->subnet)
		(void)ctr_net_addr_parse(network->subnet, &bridge->subnet);
	mask = ~UINT32_C(0) << (32 - bridge->subnet.prefix);
	first = ntohl(bridge->subnet.v4.s_addr);
	bridge->gateway = bridge->subnet;
	bridge->gateway.v4.s_addr = htonl(first + 1);
	bridge->nat = network->nat;
	if (!network->gateway || !strcmp(network->gateway, "auto"))
		return;
	(void)ctr_net_addr_parse(network->gateway, &bridge->gateway);
	bridge->gateway.prefix = bridge->subnet.prefix;
	address = ntohl(bridge->gateway.v4.s_addr);
	if ((address & mask) != first || (address & ~mask) == 0 || (address & ~mask) == ~mask)
		ctr_schema_problem(problems, gateway,
				   "'%s' is no host's address of the subnet; use auto",
				   network->gateway);
}

static void network_read(const struct ctr_doc_node *node, struct ctr_hostconf *conf,
			 struct ctr_problems *problems)
{
	static const struct ctr_schema_key *const tables[] = { network_keys, NULL };
	struct network network = { .nat = true };
	struct ctr_net_bridge *bridge = NULL;
	size_t before = problems->total;
	const char *name = node->key->text, *why;

	if (!check_network_name(name, &why)) {
		ctr_problems_add(problems, node->key->line, node->key->column, "networks: '%s' %s",
				 name, why);
		return;
	}
	ctr_schema_bind(tables, node, &network, problems);
	for (size_t i = 0; i < conf->n_bridges; i++)
		if (!strcmp(conf->bridges[i].name, name))
			bridge = &conf->bridges[i];
	if (problems->total != before)
		goto out;
	if (!bridge && !network.subnet) {
		ctr_problems_add(problems, node->key->line, node->key->column,
				 "networks.%s: key 'subnet' is missing; add it, such as 'subnet: "
				 "10.78.0.0/16'",
				 name);
		goto out;
	}
	if (!bridge) {
		bridge = ctr_schema_grow((void **)&conf->bridges, &conf->n_bridges, sizeof(*bridge),
					 problems);
		if (!bridge)
			goto out;
		memcpy(bridge->name, name, strlen(name) + 1);
	}
	make_bridge(node, &network, bridge, problems);
	for (const struct ctr_net_bridge *other = conf->bridges;
	     other < conf->bridges + conf->n_bridges; other++)
		if (other != bridge && overlap(&other->subnet, &bridge->subnet))
			ctr_problems_add(
				problems, node->key->line, node->key->column,
				"networks.%s: its subnet overlaps that of %s; use another one",
				name, other->name);
out:
	free(network.subnet);
	free(network.gateway);
}

static void networks_read(const struct ctr_schema_key *key, const struct ctr_doc_node *node,
			  void *base, struct ctr_problems *problems)
{
	struct conf *c = base;
	const struct ctr_doc_node *ctr0 = ctr_doc_get(node, "ctr0");

	(void)key;
	if (node->bad)
		return;
	if (node->kind != CTR_DOC_MAP) {
		ctr_schema_wanted(problems, node, "a map of networks");
		return;
	}
	/* It is there by default: its own subnet is known before others are compared with it. */
	if (ctr0)
		network_read(ctr0, c->conf, problems);
	for (const struct ctr_doc_node *item = node->first; item; item = item->next)
		if (item != ctr0)
			network_read(item, c->conf, problems);
}

static const struct ctr_schema_type type_networks = { "map", NULL, networks_read, ctr_later_dump };

static const struct ctr_schema_key ids_keys[] = {
	{ "first", &ctr_type_number, offsetof(struct conf, ids_first), .min = IDS_CHUNK,
	  .max = UINT32_MAX - IDS_CHUNK, .fallback = "1879048192",
	  .help = "first host id of the pool" },
	{ "count", &ctr_type_number, offsetof(struct conf, ids_count), .min = IDS_CHUNK,
	  .max = UINT32_MAX - IDS_CHUNK, .fallback = "268369920",
	  .help = "size of the pool; each container takes 65536" },
	{ 0 },
};
static const struct ctr_schema_key host_keys[] = {
	{ "share", &ctr_type_later, .flags = CTR_KEY_LATER, .help = "the host's share of the CPU" },
	{ "memory_reserve", &ctr_type_later, .flags = CTR_KEY_LATER,
	  .help = "memory kept for the host" },
	{ 0 },
};
static const struct ctr_schema_key conf_keys[] = {
	{ "networks", &type_networks, .help = "bridges by name" },
	{ "ids", &ctr_type_section, .section = ids_keys, .help = "the pool of id ranges" },
	{ "host", &ctr_type_section, .section = host_keys, .help = "what is kept for the host" },
	{ "storage", &ctr_type_later, .flags = CTR_KEY_LATER,
	  .help = "where images and data are kept" },
	{ 0 },
};

static void check_ids(const struct ctr_doc_node *root, struct conf *c,
		      struct ctr_problems *problems)
{
	const struct ctr_doc_node *ids = ctr_doc_get(root, "ids");
	const struct ctr_doc_node *first = ctr_doc_get(ids, "first"),
				  *count = ctr_doc_get(ids, "count");

	if (first && c->ids_first % IDS_CHUNK)
		ctr_schema_problem(problems, first, "%s is not a multiple of 65536; use %llu",
				   first->text,
				   (unsigned long long)(c->ids_first - c->ids_first % IDS_CHUNK));
	if (count && c->ids_count % IDS_CHUNK)
		ctr_schema_problem(problems, count, "%s is not a multiple of 65536; use %llu",
				   count->text,
				   (unsigned long long)(c->ids_count - c->ids_count % IDS_CHUNK));
	/* The last chunk of 32 bits holds 4294967295, which means "no id". */
	if (ids && c->ids_first + c->ids_count > UINT64_C(0x100000000) - IDS_CHUNK)
		ctr_schema_problem(problems, ids,
				   "the pool ends beyond 4294901759; lower first or count");
	c->conf->ids = (struct ctr_sec_idrange){ (uint32_t)c->ids_first, (uint32_t)c->ids_count };
}

int ctr_hostconf_default(struct ctr_hostconf *ret_conf, struct ctr_error *err)
{
	*ret_conf = (struct ctr_hostconf){ .ids = { IDS_FIRST, IDS_COUNT } };
	ret_conf->bridges = calloc(1, sizeof(*ret_conf->bridges));
	if (!ret_conf->bridges)
		return ctr_err_nomem(err);
	ctr_net_bridge_default(&ret_conf->bridges[0]);
	ret_conf->n_bridges = 1;
	return 0;
}

static int read_text(const char *path, const struct ctr_buf *text, struct ctr_hostconf *conf,
		     struct ctr_buf *ret_problems, struct ctr_error *err)
{
	static const struct ctr_schema_key *const tables[] = { conf_keys, NULL };
	struct ctr_problems problems = { .source = path,
					 .text = ctr_buf_str(text),
					 .len = text->len };
	struct conf c = { .conf = conf, .ids_first = IDS_FIRST, .ids_count = IDS_COUNT };
	struct ctr_doc doc = { 0 };
	int rc;

	/* Nothing but comments is as good as no file. */
	if (text->len)
		doc.root = ctr_doc_read_value(&doc, text->data, text->len, 0, &problems);
	if (doc.root) {
		ctr_schema_bind(tables, doc.root, &c, &problems);
		check_ids(doc.root, &c, &problems);
	}
	rc = ctr_problems_finish(&problems, ret_problems, err);
	ctr_doc_done(&doc);
	ctr_problems_done(&problems);
	return rc;
}

int ctr_hostconf_read(const char *path, struct ctr_hostconf *ret_conf, struct ctr_buf *ret_problems,
		      struct ctr_error *err)
{
	_cleanup_buf_ struct ctr_buf text = { 0 };
	_cleanup_(ctr_hostconf_done) struct ctr_hostconf conf = { 0 };
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0 && errno != ENOENT)
		return ctr_err_sys(err, "open %s", path);
	if (ctr_hostconf_default(&conf, err) < 0)
		return -1;
	if (fd >= 0) {
		if (ctr_fd_read_all(fd, CTR_DOC_MAX_BYTES, &text, err) < 0)
			return ctr_err_wrap(err, "%s", path);
		if (read_text(path, &text, &conf, ret_problems, err) < 0)
			return -1;
	}
	*ret_conf = conf;
	conf = (struct ctr_hostconf){ 0 };
	return 0;
}

const struct ctr_net_bridge *ctr_hostconf_bridge(const struct ctr_hostconf *conf, const char *name)
{
	for (size_t i = 0; i < conf->n_bridges; i++)
		if (!strcmp(conf->bridges[i].name, name))
			return &conf->bridges[i];
	return NULL;
}

void ctr_hostconf_done(struct ctr_hostconf *conf)
{
	free(conf->bridges);
	*conf = (struct ctr_hostconf){ 0 };
}
