/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Shared inside cgroups/ only. */
#ifndef CTR_CGROUPS_CG_INT_H
#define CTR_CGROUPS_CG_INT_H

#include "cgroups/cgroup.h"

#define CG_ROOT "ctr"
#define CG_MONITORS "monitors"
#define CG_PAYLOAD "payload"
#define CG_PATH_MAX 384 /* mount point (128) + "/ctr/" + a container's name with its pool */

/*
 * cpu.shares = CG_V1_SHARES x cpu.weight. An integer factor keeps every ratio between two weights
 * exactly, and 1..10000 stays inside the kernel's 2..262144. (The factor 10.24 that would map 100
 * to the default of 1024 has to round: 1 : 3 became 10 : 31.) Nothing but containers lives below
 * <cpu>/ctr, so the absolute size means nothing; against the rest of the host counts the weight of
 * "ctr" itself, which keeps its default.
 */
#define CG_V1_SHARES 10

/* Where a controller is for the containers of this host. */
enum cg_place { CG_NOWHERE, CG_ON_V1, CG_ON_V2 };

/*
 * A container's name, or pools and a name, becomes a path here that is killed and removed: an empty component, "." or
 * ".." would name all containers or the host. cg_tree.c.
 */
int ctr_cg_name_check(const char *name, struct ctr_error *err);

/* --- cg_plan.c --- */
enum cg_place ctr_cg_place(const struct ctr_cg_host *host, enum ctr_cg_controller c);
/* "cpu", "memory", ... as v2 names it; v1 says blkio for io. */
const char *ctr_cg_controller_name(enum ctr_cg_controller c, bool v1);
/* Whether the plan touches this controller. */
bool ctr_cg_plan_has(const struct ctr_cg_plan *plan, enum ctr_cg_controller c);
/* Adds one write; too many or too long is a bug of ours or an absurd value, and an error. */
int ctr_cg_plan_add(struct ctr_cg_plan *plan, enum ctr_cg_controller c, struct ctr_error *err,
		    const char *file, const char *fmt, ...) CTR_PRINTF(5, 6);
/* cpu_max_milli as quota and period in microseconds; the kernel's smallest quota is 1 ms. */
void ctr_cg_quota(uint64_t milli, uint64_t *ret_quota, uint64_t *ret_period);

/* --- cg_v1.c: the translation, pure; then what v1 needs besides --- */
int ctr_cg_v1_cpu(const struct ctr_cg_spec *spec, struct ctr_cg_plan *plan, struct ctr_error *err);
int ctr_cg_v1_memory(const struct ctr_cg_spec *spec, struct ctr_cg_plan *plan,
		     struct ctr_error *err);
/* Makes <mount>/ctr with what children need from it: memory.use_hierarchy, cpuset.cpus and .mems.
 */
int ctr_cg_v1_root(const char *mount, enum ctr_cg_controller c, struct ctr_error *err);
/* Fills an empty cpuset file (cpuset.mems, cpuset.cpus) of the group from its parent. */
int ctr_cg_v1_cpuset_fill(int dirfd, const char *file, struct ctr_error *err);
/* The v1 part of ctr_cg_stat(). */
void ctr_cg_v1_stat(const struct ctr_cg *cg, struct ctr_cg_stat *stat);

/* --- cg_cache.c: pure --- */
/* What makes a cached layout valid. */
struct ctr_cg_identity {
	char boot_id[37];
	uint64_t root_dev, root_ino; /* of <cgroup2>/ctr */
	uint32_t prog_id;            /* of the default device policy; 0: none */
};
int ctr_cg_cache_format(const struct ctr_cg_host *host, const struct ctr_cg_identity *id,
			struct ctr_buf *ret_text, struct ctr_error *err);
/* False when the text is not of this version or damaged: then it is as if there were none. */
bool ctr_cg_cache_parse(const char *text, struct ctr_cg_host *ret_host,
			struct ctr_cg_identity *ret_id);
/* Finds the cgroup2 mount and its options in the text of mountinfo (proc_pid_mountinfo(5)). */
int ctr_cg_mounts_parse(const char *mountinfo, struct ctr_cg_host *host, struct ctr_error *err);
/* Notes that libcgroup found this controller at this mount point; unknown controllers are ignored.
 */
int ctr_cg_host_note(struct ctr_cg_host *host, const char *controller, const char *mount,
		     struct ctr_error *err);

/* --- cg_libcgroup.c --- */
/* Fills v1[] of the host; on_v2[] says which controllers cgroup2 offers. */
int ctr_cg_libcgroup_discover(struct ctr_cg_host *host, struct ctr_error *err);
/* Makes the "ctr" groups of the v1 hierarchies and, on cgroup2, ctr/monitors with the controllers
 * of on_v2[]. */
int ctr_cg_libcgroup_roots(const struct ctr_cg_host *host, struct ctr_error *err);

/* --- cg_tree.c --- */
/* <mount>/ctr/<name> */
void ctr_cg_path(char path[static CG_PATH_MAX], const char *mount, const char *name);
/* The plan's writes at the open group; errors name the setting. */
int ctr_cg_write_plan(const struct ctr_cg *cg, const struct ctr_cg_plan *plan,
		      struct ctr_error *err);

/* --- cg_remove.c --- */
/* Removes the empty group path with the groups in it, retrying EBUSY until the deadline; absent is
 * no error. */
int ctr_cg_rmdir(const char *path, int64_t deadline, struct ctr_error *err);

/* --- cg_freeze.c --- */
/* Milliseconds of the monotonic clock. */
int64_t ctr_cg_now_ms(void);
/* Waits until cgroup.events says key = value; false in *ret_reached after the deadline. */
int ctr_cg_wait_event(int dirfd, const char *key, uint64_t value, int64_t deadline,
		      bool *ret_reached, struct ctr_error *err);

/* --- cg_devices.c --- */
/* Attaches the default policy to the directory; its program id. */
int ctr_cg_devices_default(int dirfd, uint32_t *ret_prog_id, struct ctr_error *err);
/* The id of the one program that is attached to the directory itself, 0 when there is none; one
 * bpf(2). */
uint32_t ctr_cg_devices_query(int dirfd);

/* --- cg_stat.c --- */
/* Reads a small file into buf with a NUL; -1 and errno on failure. No ctr_error: absence is an
 * answer. */
ssize_t ctr_cg_read(int dirfd, const char *file, char *buf, size_t size);
/* The number behind "key " at the start of a line. */
bool ctr_cg_keyed(const char *text, const char *key, uint64_t *ret_value);
/* A leading number, or "max" as CTR_CG_MAX. */
bool ctr_cg_number(const char *text, uint64_t *ret_value);
/* The file's number, or fallback when there is no such file. */
uint64_t ctr_cg_read_u64(int dirfd, const char *file, uint64_t fallback);
uint64_t ctr_cg_read_keyed(int dirfd, const char *file, const char *key, uint64_t fallback);

#endif
