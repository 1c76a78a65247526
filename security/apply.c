/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Giving the powers up, in the one safe order: the last act of init and of exec before execve. Runs inside the container,
 * single-threaded, as root of its user namespace (or of the host, with user_namespace: host). Whoever calls this must know
 * that a change of uid clears PR_SET_PDEATHSIG and sets the dumpable flag to fs.suid_dumpable (prctl(2)); execve(2) sets
 * the flag to 1 again.
 */
#include <errno.h>
#include <grp.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/sys.h"
#include "security/sec_int.h"

/* The caller's session keyring may hold keys of the host's. ENOSYS: a kernel without keys has none to protect. */
static int leave_keyring(struct ctr_error *err)
{
	if (ctr_sys_join_session_keyring() == 0 || errno == ENOSYS)
		return 0;
	(void)ctr_err_sys(err, "join a new session keyring");
	if (err->sys_errno == EDQUOT)
		ctr_err_hint(err, "raise sysctl kernel.keys.maxkeys");
	return -1;
}

/*
 * Not root, and never root again: an execve with uid 0 would give nothing. Only together with no_new_privs, because
 * otherwise sudo and su are meant to work. Root keeps the kernel's usual rules, whatever the caller had.
 */
static int set_securebits(const struct ctr_sec_plan *plan, bool root, struct ctr_error *err)
{
	unsigned int want = !root && plan->no_new_privs ? SECBIT_NOROOT | SECBIT_NOROOT_LOCKED : 0;

	if (prctl(PR_GET_SECUREBITS, 0, 0, 0, 0) != (int)want &&
	    prctl(PR_SET_SECUREBITS, want, 0, 0, 0) < 0)
		return ctr_err_sys(err, "set securebits 0x%x", want);
	return 0;
}

static int load_filter(const struct ctr_sec_plan *plan, struct ctr_error *err)
{
	struct sock_fprog program = { .len = (unsigned short)plan->filter_len,
				      .filter = plan->filter };

	if (plan->filter && syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
		return ctr_err_sys(err, "load the seccomp filter");
	return 0;
}

static int become_user(const struct ctr_sec_ids *ids, struct ctr_error *err)
{
	/* Keeps the permitted set over the change of uid; execve clears it. */
	if (ids->uid != 0 && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return ctr_err_sys(err, "prctl PR_SET_KEEPCAPS");
	if (setresuid(ids->uid, ids->uid, ids->uid) < 0) {
		(void)ctr_err_sys(err, "become user %u", ids->uid);
		return err->sys_errno == EINVAL
			       ? ctr_err_hint(err, "the container's ids do not reach so far")
			       : -1;
	}
	return 0;
}

static int become_groups(const struct ctr_sec_ids *ids, struct ctr_error *err)
{
	if (setgroups(ids->n_groups, ids->groups) < 0)
		return ctr_err_sys(err, "set %zu supplementary groups", ids->n_groups);
	if (setresgid(ids->gid, ids->gid, ids->gid) < 0) {
		(void)ctr_err_sys(err, "become group %u", ids->gid);
		return err->sys_errno == EINVAL
			       ? ctr_err_hint(err, "the container's ids do not reach so far")
			       : -1;
	}
	return 0;
}

int ctr_sec_apply(const struct ctr_sec_plan *plan, const struct ctr_sec_ids *ids,
		  struct ctr_error *err)
{
	bool root = ids->uid == 0;
	uint64_t final = root ? plan->bounding : plan->ambient & plan->bounding;

	/* The bounding set and the securebits need CAP_SETPCAP: while everything is still effective. */
	if (leave_keyring(err) < 0 || ctr_sec_rlimits_apply(plan, err) < 0 ||
	    become_groups(ids, err) < 0 || ctr_sec_caps_drop_bounding(plan->bounding, err) < 0 ||
	    set_securebits(plan, root, err) < 0)
		return -1;
	/*
	 * Without no_new_privs only CAP_SYS_ADMIN may load a filter, so it is loaded while we have it; every filter
	 * must then pass setresuid, prctl and capset, which ours do.
	 */
	if (!plan->no_new_privs && load_filter(plan, err) < 0)
		return -1;
	if (become_user(ids, err) < 0 || ctr_sec_caps_set(final, root ? 0 : final, err) < 0 ||
	    ctr_sec_caps_set_ambient(root ? 0 : final, err) < 0)
		return -1;
	if (!plan->no_new_privs)
		return 0;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return ctr_err_sys(err, "prctl PR_SET_NO_NEW_PRIVS");
	return load_filter(plan, err);
}
