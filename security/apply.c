/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Giving the powers up, in the one safe order. The last act of init and of exec before execve, inside the container, as
 * root of its user namespace, single-threaded. Behind the filter only write(2) and execve(2) are called.
 */
#include <errno.h>
#include <grp.h>
#include <linux/seccomp.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/sys.h"
#include "security/sec_int.h"

static int apply_rlimits(const struct ctr_sec_plan *plan, struct ctr_error *err)
{
	for (size_t i = 0; i < plan->n_rlimits; i++) {
		const struct ctr_sec_rlimit *l = &plan->rlimits[i];
		struct rlimit value = { l->soft, l->hard };

		if (setrlimit((__rlimit_resource_t)l->resource, &value) < 0)
			return ctr_err_sys(err, "set limit %s", ctr_sec_rlimit_name(l->resource));
	}
	return 0;
}

static int load_filter(const struct ctr_sec_plan *plan, struct ctr_error *err)
{
	struct sock_fprog program = { .len = (unsigned short)plan->filter_len,
				      .filter = plan->filter };

	if (!plan->filter)
		return 0;
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
		return ctr_err_sys(err, "load the seccomp filter");
	return 0;
}

static int become_user(const struct ctr_sec_ids *ids, struct ctr_error *err)
{
	if (setgroups(ids->n_groups, ids->groups) < 0)
		return ctr_err_sys(err, "set supplementary groups");
	if (setresgid(ids->gid, ids->gid, ids->gid) < 0)
		return ctr_err_sys(err, "become group %u", ids->gid);
	/* Keeps the permitted set over the change of uid; cleared by execve. */
	if (ids->uid != 0 && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return ctr_err_sys(err, "prctl PR_SET_KEEPCAPS");
	if (setresuid(ids->uid, ids->uid, ids->uid) < 0)
		return ctr_err_sys(err, "become user %u", ids->uid);
	return 0;
}

int ctr_sec_apply(const struct ctr_sec_plan *plan, const struct ctr_sec_ids *ids,
		  struct ctr_error *err)
{
	/* Without no_new_privs the kernel wants CAP_SYS_ADMIN to load a filter: it is given up right behind it. */
	bool early = plan->filter && !plan->no_new_privs;
	bool root = ids->uid == 0;

	/* The caller's session keyring may hold keys of the host. */
	if (ctr_sys_join_session_keyring() < 0 && errno != ENOSYS)
		return ctr_err_sys(err, "join a new session keyring");
	if (apply_rlimits(plan, err) < 0 || ctr_sec_caps_bound(plan->bounding, err) < 0 ||
	    become_user(ids, err) < 0 ||
	    ctr_sec_caps_apply(plan->bounding, plan->ambient, root, early, err) < 0)
		return -1;
	if (plan->no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return ctr_err_sys(err, "prctl PR_SET_NO_NEW_PRIVS");
	if (!early)
		return load_filter(plan, err);
	if (load_filter(plan, err) < 0)
		return -1;
	return ctr_sec_caps_apply(plan->bounding, plan->ambient, root, false, err);
}
