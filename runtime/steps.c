/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a container is made of. Each row acts in the monitor; its bit is recorded before it acts. Undo takes the record
 * alone, walks the rows back, and finds nothing to do where nothing was made: so the rollback of a failed start, the
 * teardown after exit, delete --force and the recovery after a crash are this one function.
 */
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>

#include "common/fd.h"
#include "runtime/fault.h"
#include "runtime/msg.h"
#include "runtime/run_int.h"

#define REMOVE_TIMEOUT_MS 10000

static int step_cgroup(struct ctr_run *run, struct ctr_error *err)
{
	if (ctr_cg_plan(&run->spec->cgroup, &run->host->cg, &run->cg_plan, err) < 0 ||
	    ctr_cg_create(&run->host->cg, run->name, &run->cg_plan, &run->cg, err) < 0)
		return -1;
	run->memory_max = run->spec->cgroup.memory_max;
	if (run->spec->cgroup.devices &&
	    ctr_cg_devices_apply(&run->cg, run->spec->cgroup.devices, err) < 0)
		return -1;
	if (run->memory_max != CTR_CG_MAX)
		run->oom_fd = ctr_cg_oom_watch(&run->cg, err);
	return run->memory_max != CTR_CG_MAX && run->oom_fd < 0 ? -1 : 0;
}

static int undo_cgroup(struct ctr_host *host, const char *name, int dirfd,
		       const struct ctr_state *state, struct ctr_error *err)
{
	(void)dirfd;
	(void)state;
	return ctr_cg_remove(&host->cg, name, REMOVE_TIMEOUT_MS, err);
}

static const struct ctr_net_bridge *bridge_of(const struct ctr_run *run)
{
	return run->spec->net.mode == CTR_NET_BRIDGE
		       ? ctr_hostconf_bridge(&run->host->conf, run->spec->net.bridge)
		       : NULL;
}

static int step_network(struct ctr_run *run, struct ctr_error *err)
{
	const struct ctr_net_bridge *bridge = bridge_of(run);

	if (run->spec->net.mode == CTR_NET_BRIDGE && !bridge) {
		ctr_err_set(err, CTR_E_SPEC, "no network '%s'", run->spec->net.bridge);
		return ctr_err_hint(err, "describe it in " CTR_CONF_FILE " under networks");
	}
	return ctr_net_lease_take(run->host->net_dirfd, run->name, run->spec->hostname,
				  &run->spec->net, bridge, &run->lease, err);
}

static int undo_network(struct ctr_host *host, const char *name, int dirfd,
			const struct ctr_state *state, struct ctr_error *err)
{
	(void)dirfd;
	(void)state;
	return ctr_net_down(host->net_dirfd, name, err);
}

static int step_powers(struct ctr_run *run, struct ctr_error *err)
{
	return ctr_sec_plan(&run->spec->sec, run->host->cache_dirfd, &run->sec, err);
}

/* The resolv.conf that will be bound into the container. */
static int write_resolv_conf(struct ctr_run *run, struct ctr_error *err)
{
	static const char *const sources[] = { "/run/systemd/resolve/resolv.conf",
					       "/etc/resolv.conf" };
	_cleanup_buf_ struct ctr_buf host = { 0 };
	_cleanup_buf_ struct ctr_buf text = { 0 };

	/* systemd-resolved's own file lists the real servers; the usual one may name its loopback stub only. */
	for (size_t i = 0; i < CTR_ARRAY_LEN(sources) && !host.len; i++)
		if (access(sources[i], R_OK) == 0 &&
		    ctr_fd_read_at(AT_FDCWD, sources[i], 65536, &host, err) < 0)
			return -1;
	if (ctr_net_resolv_conf(&run->spec->net, ctr_buf_str(&host), &text, err) < 0)
		return -1;
	return ctr_fd_replace_at(run->dirfd, "resolv.conf", ctr_buf_str(&text), text.len, 0644,
				 err);
}

static int step_rootfs(struct ctr_run *run, struct ctr_error *err)
{
	const struct ctr_spec *spec = run->spec;
	struct ctr_rootfs_context context = {
		.userns = spec->sec.userns,
		.own_network = spec->net.mode != CTR_NET_HOST,
		/* Powers are decided before: who may mount must not clear the flags of what is handed in. */
		.may_mount =
			spec->sec.userns && (run->sec.bounding & (UINT64_C(1) << CAP_SYS_ADMIN)),
		.cgroup_writable = spec->sec.profile == CTR_SEC_VPS,
		.terminal = run->io.terminal,
		.hostname = spec->hostname,
		.user = spec->sec.user,
	};
	char resolv_conf[128], hosts[128], file[32];

	if (spec->net.mode == CTR_NET_BRIDGE) {
		if (write_resolv_conf(run, err) < 0)
			return -1;
		(void)snprintf(resolv_conf, sizeof(resolv_conf), CTR_RUN_DIR "/%s/resolv.conf",
			       run->name);
		(void)snprintf(hosts, sizeof(hosts), CTR_RUN_DIR "/.net/%s",
			       ctr_net_hosts_file(&run->lease, file));
		context.resolv_conf = resolv_conf;
		context.hosts = hosts;
	} else if (spec->net.mode == CTR_NET_HOST) {
		context.resolv_conf = "/etc/resolv.conf";
		context.hosts = "/etc/hosts";
	}
	return ctr_rootfs_plan(&spec->rootfs, &context, &run->mounts, err);
}

static int undo_rootfs(struct ctr_host *host, const char *name, int dirfd,
		       const struct ctr_state *state, struct ctr_error *err)
{
	(void)host;
	(void)name;
	(void)state;
	if (dirfd >= 0 && unlinkat(dirfd, "resolv.conf", 0) < 0 && errno != ENOENT)
		return ctr_err_sys(err, "remove resolv.conf");
	return 0;
}

static int step_init(struct ctr_run *run, struct ctr_error *err)
{
	/* The payload's streams belong to root of the container: host id "first" of its range. */
	uid_t owner = run->spec->sec.userns ? run->state.ids.first : 0;

	if (ctr_stdio_open(&run->io, run->io.foreground, run->io.interactive, run->io.terminal,
			   owner, err) < 0)
		return -1;
	return ctr_spawn_init(run, err);
}

static int undo_init(struct ctr_host *host, const char *name, int dirfd,
		     const struct ctr_state *state, struct ctr_error *err)
{
	_cleanup_close_ int pidfd = ctr_proc_open(&state->init, err);

	(void)host;
	(void)name;
	(void)dirfd;
	if (pidfd < 0)
		return err->code == CTR_E_NOTFOUND ? 0 : -1;
	if (pidfd_send_signal(pidfd, SIGKILL, NULL, 0) < 0 && errno != ESRCH)
		return ctr_err_sys(err, "kill the first process");
	/* A frozen one dies when its cgroup is killed, which is the next thing undone. */
	return 0;
}

static int step_links(struct ctr_run *run, struct ctr_error *err)
{
	_cleanup_close_ int netns_fd = -1;
	char path[48];

	if (run->spec->net.mode == CTR_NET_HOST)
		return 0;
	(void)snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)run->state.init.pid);
	netns_fd = ctr_fd_open_at(AT_FDCWD, path, O_RDONLY, 0, err);
	if (netns_fd < 0)
		return -1;
	return ctr_net_up(&run->lease, bridge_of(run), run->name, netns_fd, err);
}

/* A peer that is gone has left its error in the socket, which is read next. */
static int send_start(struct ctr_run *run, struct ctr_error *err)
{
	int rc = ctr_msg_send(run->init_sock, CTR_MSG_START, NULL, 0, err);

	return rc < 0 && err->sys_errno != EPIPE ? -1 : 0;
}

/* From START to the end of file that says the program runs. */
static int step_inside(struct ctr_run *run, struct ctr_error *err)
{
	int ptmx_fd = -1, type;
	size_t n_fds = 1;

	/*
	 * START first: init reads it when it is ready, which saves a turn of both processes. With a terminal it waits until
	 * that has its size: the program asks for it once, when it begins.
	 */
	if (!run->io.terminal && send_start(run, err) < 0)
		return -1;
	if (ctr_msg_expect(run->init_sock, CTR_MSG_READY, &ptmx_fd, &n_fds, "init", err) < 0)
		return -1;
	if (n_fds != (run->io.terminal ? 1 : 0)) {
		ctr_cleanup_close(&ptmx_fd);
		return ctr_err_set(err, CTR_E_PEER, "init sent READY with %zu terminals", n_fds);
	}
	if (ptmx_fd >= 0 &&
	    (ctr_stdio_terminal(&run->io, ptmx_fd, err) < 0 || send_start(run, err) < 0))
		return -1;
	if (ctr_msg_expect(run->init_sock, CTR_MSG_EXECING, NULL, NULL, "init", err) < 0)
		return -1;
	type = ctr_msg_recv(run->init_sock, NULL, NULL, err);
	if (type > CTR_MSG_EOF)
		return ctr_err_set(err, CTR_E_PEER, "init went on talking after EXECING");
	return type < 0 ? -1 : 0;
}

static const struct step {
	const char *name;
	int (*apply)(struct ctr_run *run, struct ctr_error *err);
	int (*undo)(struct ctr_host *host, const char *name, int dirfd,
		    const struct ctr_state *state, struct ctr_error *err);
} steps[] = {
	{ "cgroup", step_cgroup, undo_cgroup },
	{ "network", step_network, undo_network },
	{ "powers", step_powers, NULL },
	{ "rootfs", step_rootfs, undo_rootfs },
	{ "init", step_init, undo_init },
	{ "links", step_links,
	  NULL }, /* undone by "network": the lease's record names the links too */
	{ "inside", step_inside, NULL },
};

int ctr_steps_apply(struct ctr_run *run, struct ctr_error *err)
{
	for (size_t i = 0; i < CTR_ARRAY_LEN(steps); i++) {
		run->state.steps |= 1u << i;
		if (steps[i].undo && ctr_state_write(run->state_fd, &run->state, err) < 0)
			return ctr_err_wrap(err, "%s", steps[i].name);
		if (ctr_fault_before(steps[i].name, err) < 0 || steps[i].apply(run, err) < 0 ||
		    ctr_fault_after(steps[i].name, err) < 0)
			return ctr_err_wrap(err, "%s", steps[i].name);
	}
	return 0;
}

int ctr_steps_undo(struct ctr_host *host, const char *name, int dirfd,
		   const struct ctr_state *state, struct ctr_error *err)
{
	int rc = 0;

	for (size_t i = CTR_ARRAY_LEN(steps); i-- > 0;) {
		struct ctr_error next;

		if (!(state->steps & (1u << i)) || !steps[i].undo)
			continue;
		if (steps[i].undo(host, name, dirfd, state, &next) < 0 && rc == 0) {
			*err = next;
			ctr_err_wrap(err, "undo %s", steps[i].name);
			rc = -1;
		}
	}
	return rc;
}
