/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Templates to start from: they pass the check as they are, and every line that is commented out
 * may be used. */
#include <string.h>

#include "spec/spec.h"

static const char app[] =
	"# A container for ctr. Check it with 'ctr spec check FILE', start it with 'ctr run "
	"FILE'.\n"
	"# Lines with '#' show other values or the defaults; 'ctr spec keys' explains every key.\n"
	"name: web1\n"
	"profile: app                  # app: an application with its own files; service: a "
	"packaged service\n"
	"#hostname: web1.example.net    # default: the name\n"
	"#labels: {account: acme}\n"
	"\n"
	"rootfs:                       # exactly one of path and host\n"
	"  path: /srv/web1             # a directory with a root file system, used as it is\n"
	"  #host: [/usr, /etc/ssl]      # or a read-only view of the host's own files\n"
	"  #readonly: true\n"
	"\n"
	"command: [/bin/sh, -c, \"exec sleep 3600\"]\n"
	"#user: www-data                # name, uid, name:group or uid:gid inside the container\n"
	"#working_dir: /srv\n"
	"#environment: {TZ: UTC}        # the command gets these and nothing of the caller's\n"
	"#init: reaper                  # a tiny pid 1 that collects orphans\n"
	"\n"
	"cpu:\n"
	"  weight: 100                 # share against the other containers, 1 to 10000; 0: only "
	"idle time\n"
	"  #max: 1.5                    # hard cap in CPUs\n"
	"  #cpus: \"0\"                   # where it may run\n"
	"memory:\n"
	"  #high: 400M                  # slowed down above this\n"
	"  max: 512M                   # killed above this\n"
	"  #swap_max: 0\n"
	"  #oom: process                # default: all of the container dies\n"
	"pids: {max: 512}\n"
	"\n"
	"network: [{bridge: ctr0, address: auto}]   # or: none (default), host, a bridge's name\n"
	"#ports: [\"8080:80\"]            # host's port : container's port, /udp for UDP\n"
	"#dns: {servers: [10.77.0.1], search: [example.net]}\n"
	"\n"
	"#volumes: [\"/srv/data:/data\", \"/srv/www:/var/www:ro\"]\n"
	"#tmpfs: [\"/run:size=16M\"]\n"
	"#devices: [/dev/fuse]\n"
	"\n"
	"#user_namespace: auto          # own ids; host: root inside is root outside\n"
	"#capabilities: {add: [NET_ADMIN], drop: [CHOWN]}\n"
	"#seccomp: default\n"
	"#no_new_privileges: true\n"
	"#sysctls: {net.ipv4.ip_unprivileged_port_start: 0}\n"
	"#ulimits: {nofile: 65536}\n"
	"\n"
	"#stop: {signal: SIGTERM, timeout: 10s}\n"
	"#restart: {policy: on-failure, delay: 1s, max: 5}\n";

static const char service[] =
	"# A packaged service in a container: the host's own files, read-only, and few powers.\n"
	"# Check it with 'ctr spec check FILE', start it with 'ctr run FILE'; 'ctr spec keys' "
	"explains every key.\n"
	"name: ns1\n"
	"profile: service              # read-only root, tmpfs on /run /tmp /var/tmp, no "
	"capabilities but those listed\n"
	"#hostname: ns1.example.net\n"
	"#labels: {account: acme}\n"
	"\n"
	"rootfs:\n"
	"  host: [/usr, /etc/ssl]      # what of the host is seen; passwd, group, hosts, "
	"resolv.conf are generated\n"
	"\n"
	"command: [/usr/sbin/named, -f]             # in the foreground\n"
	"user: bind                    # found in the generated passwd, which has the host's "
	"system accounts\n"
	"#environment: {TZ: UTC}\n"
	"\n"
	"cpu:\n"
	"  weight: 200                 # twice the share of a container with 100\n"
	"  #max: 1.5\n"
	"  #burst: 50ms\n"
	"memory: {max: 512M}\n"
	"pids: {max: 256}\n"
	"\n"
	"network: [{bridge: ctr0, address: auto}]\n"
	"#ports: [\"5353:53/udp\", \"5353:53/tcp\"]\n"
	"\n"
	"#volumes: [\"/srv/zones:/etc/bind:ro\"]\n"
	"tmpfs: [\"/run/named:mode=1777\", \"/var/cache/bind:size=16M,mode=1777\"]\n"
	"\n"
	"capabilities: {add: [NET_BIND_SERVICE]}    # ports below 1024\n"
	"#ulimits: {nofile: 65536}\n"
	"\n"
	"stop: {signal: SIGTERM, timeout: 10s}\n"
	"restart: {policy: on-failure, delay: 1s, max: 5}\n";

int ctr_spec_example(const char *profile, struct ctr_buf *ret_text, struct ctr_error *err)
{
	if (!strcmp(profile, "app"))
		ctr_buf_puts(ret_text, app);
	else if (!strcmp(profile, "service"))
		ctr_buf_puts(ret_text, service);
	else
		return ctr_err_set(err, CTR_E_USAGE, "no example for '%s'; use app or service",
				   profile);
	return ctr_buf_check(ret_text, err);
}
