// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The only file that knows libcgroup. It answers where each controller is mounted and makes the
 * groups that all containers share; once per boot, on the host side, before anything else. The
 * library is loaded here, because every other start would pay for it and use nothing of it. Its
 * codes and its log (which it would print) become a ctr_error.
 */
#include "cgroups/cg_int.h"

#include <libcgroup.h>
#include <stdarg.h>
#include <string.h>

#include "common/dl.h"

#define SONAME "libcgroup.so.2"
#define PACKAGE "libcgroup2"

static struct {
	int (*init)(void);
	const char *(*strerror)(int code);
	void (*set_logger)(cgroup_logger_callback logger, int level, void *userdata);
	int (*controller_begin)(void **handle, struct cgroup_mount_point *info);
	int (*controller_next)(void **handle, struct cgroup_mount_point *info);
	int (*controller_end)(void **handle);
	struct cgroup *(*new_cgroup)(const char *name);
	struct cgroup_controller *(*add_controller)(struct cgroup *group, const char *name);
	int (*create)(struct cgroup *group, int ignore_ownership);
	void (*free)(struct cgroup **group);
} lib;

static void discard_log(void *userdata, int level, const char *fmt, va_list ap)
{
	(void)userdata;
	(void)level;
	(void)fmt;
	(void)ap;
}

static int load(struct ctr_error *err)
{
	static const struct ctr_dl_symbol table[] = {
		{ "cgroup_init", (void **)&lib.init },
		{ "cgroup_strerror", (void **)&lib.strerror },
		{ "cgroup_set_logger", (void **)&lib.set_logger },
		{ "cgroup_get_controller_begin", (void **)&lib.controller_begin },
		{ "cgroup_get_controller_next", (void **)&lib.controller_next },
		{ "cgroup_get_controller_end", (void **)&lib.controller_end },
		{ "cgroup_new_cgroup", (void **)&lib.new_cgroup },
		{ "cgroup_add_controller", (void **)&lib.add_controller },
		{ "cgroup_create_cgroup", (void **)&lib.create },
		{ "cgroup_free", (void **)&lib.free },
		{ NULL, NULL },
	};
	int rc;

	if (lib.init)
		return 0;
	if (ctr_dl_load(SONAME, PACKAGE, table, err) < 0)
		return -1;
	rc = lib.init();
	/* After init, which sets its own logger. */
	lib.set_logger(discard_log, CGROUP_LOG_ERROR, NULL);
	if (rc == 0)
		return 0;
	ctr_err_set(err, CTR_E_HOST, "discover the cgroup controllers: %s", lib.strerror(rc));
	lib.init = NULL;
	return -1;
}

int ctr_cg_libcgroup_discover(struct ctr_cg_host *host, struct ctr_error *err)
{
	struct cgroup_mount_point info;
	void *handle = NULL;
	int rc;

	if (load(err) < 0)
		return -1;
	for (rc = lib.controller_begin(&handle, &info); rc == 0;
	     rc = lib.controller_next(&handle, &info)) {
		if (ctr_cg_host_note(host, info.name, info.path, err) < 0) {
			(void)lib.controller_end(&handle);
			return -1;
		}
	}
	(void)lib.controller_end(&handle);
	if (rc != ECGEOF)
		return ctr_err_set(err, CTR_E_HOST, "list the cgroup controllers: %s",
				   lib.strerror(rc));
	return 0;
}

static int make(const char *name, const struct ctr_cg_host *host, bool v1, struct ctr_error *err)
{
	struct cgroup *group = lib.new_cgroup(name);
	bool any = false;
	int rc = 0;

	if (!group)
		return ctr_err_nomem(err);
	for (int c = 0; c < CTR_CG_CONTROLLERS_; c++) {
		bool wanted = ctr_cg_place(host, c) == (v1 ? CG_ON_V1 : CG_ON_V2);

		/*
		 * The first v1 cpuset or blkio group taxes the whole host: not before a container
		 * needs it. And cgroup2 itself counts CPU time.
		 */
		if (v1 && (c == CTR_CG_CPUSET || c == CTR_CG_IO || c == CTR_CG_CPUACCT))
			wanted = false;
		if (!wanted)
			continue;
		any = true;
		if (!lib.add_controller(group, ctr_cg_controller_name(c, v1)))
			rc = ECGINVAL;
	}
	/* 1: no chown(2) of all the files. */
	if (any && rc == 0)
		rc = lib.create(group, 1);
	lib.free(&group);
	if (rc != 0)
		return ctr_err_set(err, CTR_E_HOST, "create cgroup %s: %s", name, lib.strerror(rc));
	return 0;
}

int ctr_cg_libcgroup_roots(const struct ctr_cg_host *host, struct ctr_error *err)
{
	if (load(err) < 0)
		return -1;
	if (make(CG_ROOT, host, true, err) < 0)
		return -1;
	/* On v2 a group's controllers are enabled in its parents: this makes "ctr" and enables them
	 * there. */
	return make(CG_ROOT "/" CG_MONITORS, host, false, err);
}
