/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How much? Weights, limits, freezing, killing and counting for one container.
 *
 * Everything is said in the words of cgroup v2. Where a host keeps a controller on a v1 hierarchy
 * beside its cgroup2 mount (a hybrid host), cg_v1.c translates the same settings; nothing outside
 * this folder can tell the difference. Layout: <cgroup2>/ctr/NAME/ carries the limits,
 * <cgroup2>/ctr/NAME/payload/ the processes (root of the container's cgroup namespace); on v1
 * <controller>/ctr/NAME/ carries both. <cgroup2>/ctr/monitors/ holds the detached monitors.
 *
 * All functions run on the host side as root, except ctr_cg_join(), which init and exec call on
 * themselves.
 */
#ifndef CTR_CGROUPS_CGROUP_H
#define CTR_CGROUPS_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/buf.h"
#include "common/error.h"

#define CTR_CG_MAX UINT64_MAX /* "max": no limit */

/* This folder's part of the specification. */
struct ctr_cg_spec {
	uint64_t cpu_weight;      /* 1..10000, default 100; 0: the idle class (cpu.idle) */
	uint64_t cpu_max_milli;   /* thousandths of a CPU, 0: no cap */
	uint64_t cpu_burst_usec;  /* cpu.max.burst */
	char *cpus;               /* "0-3", NULL: all */
	uint64_t memory_min;      /* bytes, 0: none */
	uint64_t memory_high;     /* bytes or CTR_CG_MAX */
	uint64_t memory_max;      /* bytes or CTR_CG_MAX */
	uint64_t memory_swap_max; /* bytes or CTR_CG_MAX */
	bool oom_process;         /* oom: process; otherwise the whole container dies */
	uint64_t pids_max;        /* or CTR_CG_MAX */
	char **devices;           /* host device nodes allowed beyond the standard ones */
};

enum ctr_cg_controller {
	CTR_CG_CPU,
	CTR_CG_CPUACCT, /* v1 only, and unused: cgroup2 counts CPU time on every host */
	CTR_CG_MEMORY,
	CTR_CG_PIDS,
	CTR_CG_IO, /* blkio on v1 */
	CTR_CG_CPUSET,
	CTR_CG_CONTROLLERS_
};

/* Where this host keeps what; found once per boot and cached. */
struct ctr_cg_host {
	/* Mount point of cgroup2. */
	char unified[128];
	/* Mount points of v1 hierarchies, "" when the controller is on cgroup2 or absent. */
	char v1[CTR_CG_CONTROLLERS_][128];
	bool on_v2[CTR_CG_CONTROLLERS_]; /* controller is enabled for <cgroup2>/ctr */
	bool recursive_prot;             /* memory_recursiveprot */
	bool busy;                       /* processes in <cgroup2> itself forbid controllers */
	bool device_policy;              /* the default one is attached; false in a userns */
};

/* One write: controller, file and value, as cgroup v2 spells them or already translated for v1. */
struct ctr_cg_write {
	enum ctr_cg_controller controller;
	char file[40];
	char value[256];
};
struct ctr_cg_plan {
	struct ctr_cg_write writes[24];
	size_t n_writes;
	/* v1 has no memory.oom.group: the monitor kills the group on an OOM event. */
	bool kill_all_on_oom;
};

/*
 * One container's group while an operation works on it; ctr_cg_done() closes. -1 everywhere is the
 * null state. All fds are close-on-exec.
 */
struct ctr_cg {
	int dirfd;                         /* <cgroup2>/ctr/NAME */
	int payload_fd;                    /* <cgroup2>/ctr/NAME/payload, for CLONE_INTO_CGROUP */
	int v1_dirfd[CTR_CG_CONTROLLERS_]; /* <v1>/ctr/NAME */
	int v1_tasks[CTR_CG_CONTROLLERS_]; /* its "tasks", open for writing; inherited by init */
};
#define CTR_CG_NULL                                               \
	((struct ctr_cg){ .dirfd = -1,                            \
			  .payload_fd = -1,                       \
			  .v1_dirfd = { -1, -1, -1, -1, -1, -1 }, \
			  .v1_tasks = { -1, -1, -1, -1, -1, -1 } })

struct ctr_cg_stat {
	uint64_t cpu_usage_usec, cpu_throttled_usec, cpu_nr_throttled;
	uint64_t memory_current, memory_peak, memory_swap_current;
	uint64_t pids_current, pids_peak;
	uint64_t oom_kills;
	uint64_t cpu_weight;           /* read back from the kernel; 0: idle class */
	uint64_t memory_max, pids_max; /* read back; CTR_CG_MAX: none */
	uint64_t cpu_max_milli;        /* read back; 0: none */
};

/* The spec's defaults: weight 100, no limits. */
void ctr_cg_spec_init(struct ctr_cg_spec *spec);
void ctr_cg_spec_done(struct ctr_cg_spec *spec);

/*
 * The layout of this host. Reads the cache file (name below cache_dirfd, valid for this boot and
 * these mounts only); otherwise discovers with libcgroup, makes the "ctr" roots and "monitors",
 * enables the controllers, attaches the default device policy at <cgroup2>/ctr, and writes the
 * cache. CTR_E_HOST names what is missing.
 */
int ctr_cg_host_load(int cache_dirfd, struct ctr_cg_host *ret_host, struct ctr_error *err);
/* Removes the empty "ctr" roots again (uninstall, tests); fails while a container is there. */
int ctr_cg_host_unload(const struct ctr_cg_host *host, struct ctr_error *err);
/* An O_DIRECTORY fd of <cgroup2>/ctr/monitors, for CLONE_INTO_CGROUP of a detached monitor. */
int ctr_cg_monitors_open(const struct ctr_cg_host *host, struct ctr_error *err);
/*
 * Replaces the empty monitors group. Needed after somebody wrote to its cgroup.kill: since Linux 6.14 whatever is cloned
 * into such a group from outside dies at birth (the group's kill sequence differs from the parent's).
 */
int ctr_cg_monitors_renew(const struct ctr_cg_host *host, struct ctr_error *err);
/* What doctor prints: one line "name: finding" each, empty when all is well. */
int ctr_cg_host_findings(const struct ctr_cg_host *host, struct ctr_buf *ret_lines,
			 struct ctr_error *err);

/* Decide (pure): the writes for this spec on this host. CTR_E_HOST names a setting that it cannot
 * express. */
int ctr_cg_plan(const struct ctr_cg_spec *spec, const struct ctr_cg_host *host,
		struct ctr_cg_plan *ret_plan, struct ctr_error *err);
/*
 * Do: makes the groups and writes the plan. Groups that are there already are replaced by fresh
 * ones when empty and CTR_E_EXISTS when not. Leaves nothing behind when it fails.
 */
int ctr_cg_create(const struct ctr_cg_host *host, const char *name, const struct ctr_cg_plan *plan,
		  struct ctr_cg *ret_cg, struct ctr_error *err);
/* Replaces the device policy for a container with own devices (eBPF through libbpf, loaded when
 * used). */
int ctr_cg_devices_apply(const struct ctr_cg *cg, char *const *devices, struct ctr_error *err);
/* Opens an existing container's group; CTR_E_NOTFOUND when there is none. */
int ctr_cg_open(const struct ctr_cg_host *host, const char *name, struct ctr_cg *ret_cg,
		struct ctr_error *err);
void ctr_cg_done(struct ctr_cg *cg);

/*
 * Moves the calling single-threaded process into the v1 groups by writing "0" to "tasks", which
 * takes no global lock in the kernel (writing a pid to cgroup.procs waits for an RCU grace period:
 * about 10 ms, measured).
 */
int ctr_cg_join(const struct ctr_cg *cg, struct ctr_error *err);

/*
 * cgroup.freeze and waiting for the "frozen" event, at most timeout_ms; thaws again when it fails
 * (CTR_E_STATE). A process cloned into a frozen group stops before its first instruction.
 */
int ctr_cg_freeze(const struct ctr_cg *cg, bool freeze, int timeout_ms, struct ctr_error *err);
/* From cgroup.events. */
int ctr_cg_events(const struct ctr_cg *cg, bool *ret_populated, bool *ret_frozen,
		  struct ctr_error *err);
/* cgroup.kill (signal by signal on kernels before 5.14), frozen or not. */
int ctr_cg_kill(const struct ctr_cg *cg, struct ctr_error *err);
/* Pids of the container's processes, in the host's pid namespace; *ret_pids is the caller's. */
int ctr_cg_pids(const struct ctr_cg *cg, pid_t **ret_pids, size_t *ret_n, struct ctr_error *err);
/* Counters; what a host does not count is 0. */
int ctr_cg_stat(const struct ctr_cg *cg, struct ctr_cg_stat *ret_stat, struct ctr_error *err);
/* Only the OOM killer's count, for the monitor; some kernels count the first victim of a group kill
 * twice. */
int ctr_cg_oom_kills(const struct ctr_cg *cg, uint64_t *ret_kills, struct ctr_error *err);
/*
 * A pollable fd that becomes readable when an OOM kill may have happened (inotify or eventfd); -1 +
 * err. On v1 the event comes before the kill: after a wake-up that finds no new kill, look again
 * some milliseconds later.
 */
int ctr_cg_oom_watch(const struct ctr_cg *cg, struct ctr_error *err);
/* Empties the watch after poll said readable. */
void ctr_cg_oom_drain(int watch_fd);

/* Kills what is left, waits until it is empty (timeout_ms) and removes the groups; absent ones are
 * no error. */
int ctr_cg_remove(const struct ctr_cg_host *host, const char *name, int timeout_ms,
		  struct ctr_error *err);

#endif
