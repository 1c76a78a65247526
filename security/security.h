/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which powers? Ids, capabilities, seccomp, rlimits, sysctls. ctr_sec_plan() decides on the host side;
 * ctr_sec_apply() gives the powers up in the one safe order, as the last act of init and of exec before execve:
 * both call it with the same plan, so an exec'd process can never have more than the payload.
 */
#ifndef CTR_SECURITY_SECURITY_H
#define CTR_SECURITY_SECURITY_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/buf.h"
#include "common/error.h"

enum ctr_sec_profile { CTR_SEC_APP, CTR_SEC_SERVICE, CTR_SEC_VPS };

struct ctr_sec_rlimit {
	int resource;        /* RLIMIT_NOFILE ... */
	uint64_t soft, hard; /* RLIM_INFINITY: unlimited */
};

/* This folder's part of the specification. */
struct ctr_sec_spec {
	enum ctr_sec_profile profile;
	bool userns;    /* user_namespace: auto; false: the host's */
	char *user;     /* "name", "uid", "name:group", "uid:gid"; NULL: root */
	char **cap_add; /* names without CAP_, upper case, or "ALL" */
	char **cap_drop;
	char *seccomp; /* "default", "unconfined" or an absolute path; NULL: default */
	bool no_new_privs;
	struct ctr_sec_rlimit *rlimits;
	size_t n_rlimits;
	char **sysctls; /* "key=value" */
};

/* The decision: everything apply needs, no reference into the spec. */
struct ctr_sec_plan {
	uint64_t bounding; /* bit n: CAP n may ever be had */
	uint64_t ambient;  /* given to a user other than root: only what the spec adds by name */
	bool no_new_privs;
	struct sock_filter *filter; /* NULL: unconfined */
	size_t filter_len;          /* instructions */
	struct ctr_sec_rlimit *rlimits;
	size_t n_rlimits;
};

/* Who the payload runs as, in ids of the container. */
struct ctr_sec_ids {
	uid_t uid;
	gid_t gid;
	gid_t *groups;
	size_t n_groups;
	char *home; /* from passwd, "/" when there is none; owned */
	char *name; /* from passwd, or NULL; owned */
};

/* A container's own range of host ids: container id 0..count-1 is host id first..first+count-1. */
struct ctr_sec_idrange {
	uint32_t first, count;
};

void ctr_sec_spec_init(struct ctr_sec_spec *spec);
void ctr_sec_spec_done(struct ctr_sec_spec *spec);

/* Capability number of "NET_ADMIN" or "CAP_NET_ADMIN" (libcap), or -1. */
int ctr_sec_cap_number(const char *name);
/* RLIMIT_* of "nofile", or -1; the names of prlimit(1). */
int ctr_sec_rlimit_number(const char *name);
/* "nofile", or NULL. */
const char *ctr_sec_rlimit_name(int resource);
/*
 * Whether a container may set this sysctl: only those that a namespace of its own isolates (net.* with an own
 * network namespace, kernel.shm*, kernel.msg*, kernel.sem, fs.mqueue.*, kernel.domainname). false + reason text.
 */
bool ctr_sec_sysctl_allowed(const char *key, bool own_network, const char **ret_why);
/*
 * Writes them below /proc/sys (a directory fd, checked here to be procfs), as the container's root, before it is read-only.
 * kernel.domainname goes by setdomainname(2).
 */
int ctr_sec_sysctls_apply(int proc_sys_fd, char *const *sysctls, struct ctr_error *err);

/*
 * Decide. The seccomp filter comes from the cache directory (cache_dirfd: root's, 0700; -1: none) when it is there, else it
 * is compiled with libseccomp (loaded for that) and stored. A capability that the spec adds by name beyond this process's
 * bounding set is CTR_E_HOST by name; a hard rlimit that cannot be raised here is CTR_E_HOST with the name, what is wanted
 * and what there is. The limits are meant for a child of this process: what it inherits already is not in the plan.
 */
int ctr_sec_plan(const struct ctr_sec_spec *spec, int cache_dirfd, struct ctr_sec_plan *ret_plan,
		 struct ctr_error *err);
void ctr_sec_plan_done(struct ctr_sec_plan *plan);
/*
 * Raises the hard limits of pid, a child of the caller (0: the caller itself), that are above the caller's own: a process in
 * a user namespace of its own cannot (the kernel wants CAP_SYS_RESOURCE of the first one). To be called on the host side
 * before the child applies the plan. Nothing to raise: no system call but getrlimit(2).
 */
int ctr_sec_rlimits_raise(const struct ctr_sec_plan *plan, pid_t pid, struct ctr_error *err);
/* The whole plan as text: golden tests, and "ctr state --json". */
int ctr_sec_plan_dump(const struct ctr_sec_plan *plan, struct ctr_buf *ret_text,
		      struct ctr_error *err);

/*
 * "name", "uid", "name:group", "uid:gid" in the passwd and group files below rootfd (bounded, regular files only). NULL is
 * root, without a look at any file. Digits are a number always; a uid that passwd does not list has the gid of the same
 * number; with a group of its own there are no supplementary ones. CTR_E_NOTFOUND: no such name; CTR_E_SPEC: a text that is
 * neither, or a file that cannot be trusted.
 */
int ctr_sec_ids_resolve(int rootfd, const char *user, struct ctr_sec_ids *ret_ids,
			struct ctr_error *err);
void ctr_sec_ids_done(struct ctr_sec_ids *ids);

/*
 * Do, in the container, single-threaded, as root of its user namespace, right before execve: a new session keyring, rlimits,
 * groups, bounding set, securebits, uid, capabilities, ambient set, no_new_privs, seccomp last. Without no_new_privs the
 * filter is loaded before the uid changes, because it needs CAP_SYS_ADMIN. Clears PR_SET_PDEATHSIG when the uid changes.
 */
int ctr_sec_apply(const struct ctr_sec_plan *plan, const struct ctr_sec_ids *ids,
		  struct ctr_error *err);

/*
 * Takes an id range for name out of pool (chunks of 65536), recorded as two links in dirfd; the same name gets the same
 * range again until it is released. No global lock: symlink(2) decides. CTR_E_HOST when the pool is used up.
 */
int ctr_sec_idrange_take(int dirfd, const char *name, const struct ctr_sec_idrange *pool,
			 struct ctr_sec_idrange *ret_range, struct ctr_error *err);
/* Gives it back; absent is no error. */
int ctr_sec_idrange_release(int dirfd, const char *name, const struct ctr_sec_idrange *pool,
			    struct ctr_error *err);
/* Writes uid_map and gid_map of a cloned child (user_namespaces(7)); needs CAP_SETUID and CAP_SETGID on the host. */
int ctr_sec_idmap_write(pid_t pid, const struct ctr_sec_idrange *range, struct ctr_error *err);

/* What doctor prints about this kernel and host. */
int ctr_sec_host_findings(struct ctr_buf *ret_lines, struct ctr_error *err);

#endif
