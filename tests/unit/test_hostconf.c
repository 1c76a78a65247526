/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* /etc/ctr/ctr.yaml. */
#include <fcntl.h>
#include <unistd.h>

#include "common/fd.h"
#include "spec/spec.h"
#include "tests/unit/tap.h"

static struct ctr_error err;
static struct ctr_hostconf conf;
static struct ctr_buf problems;
static char path[] = "/tmp/ctr-test-hostconf-XXXXXX";

static int read_conf(const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	int rc = ctr_fd_write_all(fd, text, strlen(text), &err);

	(void)close(fd);
	ctr_hostconf_done(&conf);
	ctr_buf_done(&problems);
	err = (struct ctr_error){ 0 };
	return rc < 0 ? rc : ctr_hostconf_read(path, &conf, &problems, &err);
}

static void bridge_is(const char *name, const char *subnet, const char *gateway, bool nat)
{
	const struct ctr_net_bridge *bridge = ctr_hostconf_bridge(&conf, name);
	char text[64];

	if (!ok(bridge != NULL, name))
		return;
	is_str(ctr_net_addr_format(&bridge->subnet, true, text), subnet, "its subnet");
	is_str(ctr_net_addr_format(&bridge->gateway, true, text), gateway, "its gateway");
	is_int(bridge->nat, nat, "its NAT");
}

static void refused(const char *text, const char *want)
{
	ok(read_conf(text) == -1 && err.code == CTR_E_SPEC, want);
	if (!ok(strstr(ctr_buf_str(&problems), want), "the problem is told"))
		printf("# %s\n", ctr_buf_str(&problems));
}

static void test_defaults(void)
{
	static const char *const texts[] = { "", "# only a comment\n", "{}\n", "networks: {}\n" };

	for (size_t i = 0; i < CTR_ARRAY_LEN(texts); i++) {
		ok(read_conf(texts[i]) == 0 && conf.n_bridges == 1, "nothing said");
		bridge_is("ctr0", "10.77.0.0/16", "10.77.0.1/16", true);
		ok(conf.ids.first == 1879048192U && conf.ids.count == 268369920U,
		   "the pool of ids");
	}
	ctr_hostconf_done(&conf);
	ok(ctr_hostconf_read("/nonexistent/ctr.yaml", &conf, &problems, &err) == 0 &&
		   conf.n_bridges == 1,
	   "no file");
	ctr_hostconf_done(&conf);
	ok(ctr_hostconf_default(&conf, &err) == 0 && conf.n_bridges == 1, "without reading");
	ok(!ctr_hostconf_bridge(&conf, "ctr1"), "no other network");
}

static void test_good(void)
{
	if (!ok(read_conf("networks:\n  lan0: {subnet: 192.168.7.0/24, gateway: 192.168.7.254, "
			  "nat: false}\n"
			  "  ctr0: {subnet: 10.99.0.0/20}\nids: {first: 1000013824, count: "
			  "131072}\n") == 0,
		"networks and ids"))
		printf("# %s\n", ctr_buf_str(&problems));
	bridge_is("ctr0", "10.99.0.0/20", "10.99.0.1/20", true);
	bridge_is("lan0", "192.168.7.0/24", "192.168.7.254/24", false);
	ok(conf.ids.first == 1000013824 && conf.ids.count == 131072, "ids");
	ok(read_conf("networks: {ctr0: {gateway: 10.77.9.9, nat: false}}\n") == 0,
	   "only the gateway");
	bridge_is("ctr0", "10.77.0.0/16", "10.77.9.9/16", false);
	ok(read_conf("networks: {lan0: {subnet: 10.77.0.0/16}, ctr0: {subnet: 10.78.0.0/16}}\n") ==
		   0,
	   "the default's place is free when it moves");
}

static void test_bad(void)
{
	refused("networks: {lan0: {nat: true}}\n", ":1:12: networks.lan0: key 'subnet' is missing");
	refused("networks: {lan0: {subnet: 10.77.4.0/24}}\n",
		":1:12: networks.lan0: its subnet overlaps that of ctr0");
	refused("networks: {lan0: {subnet: 10.78.0.1/16}}\n",
		":1:27: networks.lan0.subnet: '10.78.0.1/16' has bits behind");
	refused("networks: {lan0: {subnet: 10.78.0.0}}\n", "is not an IPv4 network");
	refused("networks: {lan0: {subnet: 10.78.0.0/31}}\n", "is not an IPv4 network");
	refused("networks: {lan0: {subnet: 'fd00::/64'}}\n", "is not an IPv4 network");
	refused("networks: {ctr0: {gateway: 10.78.0.1}}\n",
		"'10.78.0.1' is no host's address of the subnet; use auto");
	refused("networks: {ctr0: {gateway: 10.77.255.255}}\n",
		"is no host's address of the subnet");
	refused("networks: {host: {subnet: 10.78.0.0/16}}\n",
		":1:12: networks: 'host' is not a network's name");
	refused("networks: {a-name-that-is-too-long: {subnet: 10.78.0.0/16}}\n",
		"is not a network's name");
	refused("networks: {ctr0: {subnett: 10.78.0.0/16}}\n",
		"did you mean 'networks.ctr0.subnet'?");
	refused("networks: [ctr0]\n", "networks: this is a list; use a map of networks");
	refused("networks: {ctr0: }\n", "networks.ctr0: the value is missing");
	refused("ids: {first: 65537}\n", "ids.first: 65537 is not a multiple of 65536; use 65536");
	refused("ids: {count: 100000}\n",
		"ids.count: 100000 is not a multiple of 65536; use 65536");
	refused("ids: {first: 0}\n", "ids.first: 0 is out of range");
	refused("ids: {first: 4294836224, count: 131072}\n", "the pool ends beyond 4294901759");
	refused("host: {share: 100}\n", "key 'host.share' is not supported yet; remove it");
	refused("host: {memory_reserve: 1G}\n",
		"key 'host.memory_reserve' is not supported yet; remove it");
	refused("storage: /data\n", "key 'storage' is not supported yet; remove it");
	refused("network: {}\n", "unknown key 'network'");
	refused("ids: 5\nnetworks: {x: 1}\n", "ids: '5' is not valid");
}

int main(void)
{
	int fd = mkstemp(path);

	(void)close(fd);
	test_defaults();
	test_good();
	test_bad();
	ctr_hostconf_done(&conf);
	ctr_buf_done(&problems);
	(void)unlink(path);
	return tap_done();
}
