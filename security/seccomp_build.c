/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From the tables to a filter, by libseccomp. Host side, only when the cache has none. 32-bit x86 is a context of its own,
 * merged in the end, because calls newer than this libseccomp can be added by number to the native one only.
 */
#include <errno.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/dl.h"
#include "common/fd.h"
#include "security/sec_int.h"
#include "security/seccomp_table.h"

int ctr_sec_lib_load(struct sec_lib *lib, struct ctr_error *err)
{
	const struct ctr_dl_symbol table[] = {
		{ "seccomp_init", (void **)&lib->init },
		{ "seccomp_release", (void **)&lib->release },
		{ "seccomp_merge", (void **)&lib->merge },
		{ "seccomp_attr_set", (void **)&lib->attr_set },
		{ "seccomp_arch_add", (void **)&lib->arch_add },
		{ "seccomp_arch_remove", (void **)&lib->arch_remove },
		{ "seccomp_arch_native", (void **)&lib->arch_native },
		{ "seccomp_arch_resolve_name", (void **)&lib->arch_resolve_name },
		{ "seccomp_syscall_resolve_name", (void **)&lib->resolve_name },
		{ "seccomp_syscall_resolve_name_arch", (void **)&lib->resolve_name_arch },
		{ "seccomp_syscall_resolve_num_arch", (void **)&lib->resolve_num_arch },
		{ "seccomp_rule_add_array", (void **)&lib->rule_add },
		{ "seccomp_export_bpf", (void **)&lib->export_bpf },
		{ NULL, NULL },
	};

	return ctr_dl_load("libseccomp.so.2", "libseccomp2", table, err);
}

int ctr_sec_lib_error(int rc, const char *object, struct ctr_error *err)
{
	errno = -rc;
	return ctr_err_sys(err, "libseccomp: %s", object);
}

int ctr_sec_lib_export(const struct sec_lib *lib, scmp_filter_ctx ctx, struct ctr_buf *ret_bpf,
		       struct ctr_error *err)
{
	_cleanup_close_ int fd = memfd_create("ctr-seccomp", MFD_CLOEXEC);
	int rc;

	if (fd < 0)
		return ctr_err_sys(err, "memfd_create");
	rc = lib->export_bpf(ctx, fd);
	if (rc < 0)
		return ctr_sec_lib_error(rc, "compile the filter", err);
	if (lseek(fd, 0, SEEK_SET) < 0)
		return ctr_err_sys(err, "read the compiled filter");
	return ctr_fd_read_all(fd, SEC_FILTER_MAX * sizeof(struct sock_filter), ret_bpf, err);
}

struct build {
	const struct sec_lib *lib;
	const struct sec_view *view;
	scmp_filter_ctx ctx;
	uint32_t arch;
	bool native;
	bool arguments_only; /* the rules that look at arguments, and no other */
	struct ctr_error *err;
};

/* The number for rule_add, which takes the native one and translates it by name. */
static int number_of(const struct build *b, const char *name)
{
	int number = b->lib->resolve_name(name);

	if (!b->native)
		return b->lib->resolve_name_arch(b->arch, name) == __NR_SCMP_ERROR ? __NR_SCMP_ERROR
										   : number;
	if (number >= 0)
		return number;
	for (const struct ctr_sec_newer *newer = ctr_sec_newer; newer->name; newer++)
		if (!strcmp(newer->name, name))
			return newer->number;
	return __NR_SCMP_ERROR;
}

/* What this architecture does not have needs no rule. */
static int add_rule(struct build *b, uint32_t action, const char *name, unsigned int n,
		    const struct scmp_arg_cmp *args)
{
	int number = number_of(b, name), rc;

	if (number == __NR_SCMP_ERROR)
		return 0;
	rc = b->lib->rule_add(b->ctx, action, number, n, args);
	return rc < 0 ? ctr_sec_lib_error(rc, name, b->err) : 0;
}

static bool has(const struct sec_view *view, int cap)
{
	return cap < 0 || (view->caps & SEC_CAP(cap));
}

static bool spared(const struct sec_view *view, int unless_cap)
{
	return unless_cap >= 0 && has(view, unless_cap);
}

static int add_groups(struct build *b)
{
	static const unsigned int bits[] = {
		[CTR_SEC_APP] = SEC_APP, [CTR_SEC_SERVICE] = SEC_SERVICE, [CTR_SEC_VPS] = SEC_VPS
	};

	for (const struct sec_group *g = ctr_sec_groups; g->names; g++) {
		uint32_t action = g->error ? SCMP_ACT_ERRNO((uint32_t)g->error) : SCMP_ACT_ALLOW;

		if (!(g->profiles & bits[b->view->profile]) || !has(b->view, g->cap) ||
		    spared(b->view, g->unless_cap))
			continue;
		for (const char *const *name = g->names; *name; name++)
			if (add_rule(b, action, *name, 0, NULL) < 0)
				return -1;
	}
	return 0;
}

static int add_arguments(struct build *b)
{
	for (const struct sec_arg *a = ctr_sec_args; a->name; a++) {
		struct scmp_arg_cmp cmp =
			SCMP_CMP64(a->index, SCMP_CMP_MASKED_EQ, a->mask, a->value);

		if (has(b->view, a->cap) && !spared(b->view, a->unless_cap) &&
		    add_rule(b, SCMP_ACT_ALLOW, a->name, 1, &cmp) < 0)
			return -1;
	}
	return 0;
}

static bool listed(const struct build *b, const struct sec_number *table, int number)
{
	for (; table->number >= 0; table++)
		if (table->number == number)
			return has(b->view, table->cap);
	return false;
}

/* Every value of the argument gets a rule, so nothing is left to the default: up to `last` one each, the rest by "more". */
static int add_numbers(struct build *b, const struct sec_number *table, int last,
		       unsigned int index, int error, const struct scmp_arg_cmp *with)
{
	struct scmp_arg_cmp cmp[2];
	unsigned int n = with ? 2 : 1;

	if (with)
		cmp[1] = *with;
	for (int i = 0; i <= last + 1; i++) {
		bool allow = i <= last && listed(b, table, i);

		cmp[0] = i <= last ? SCMP_CMP64(index, SCMP_CMP_EQ, (uint64_t)i)
				   : SCMP_CMP64(index, SCMP_CMP_GT, (uint64_t)last);
		/* Netlink is told apart by its protocol. */
		if (!with && i == AF_NETLINK)
			continue;
		/* On 32-bit x86 libseccomp turns each rule into one for socketcall as well, where these would collide. */
		if (!allow && b->arch == SCMP_ARCH_X86)
			continue;
		if (add_rule(b, allow ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO((uint32_t)error), "socket",
			     n, cmp) < 0)
			return -1;
	}
	return 0;
}

static int add_sockets(struct build *b)
{
	struct scmp_arg_cmp netlink = SCMP_CMP64(0, SCMP_CMP_EQ, AF_NETLINK);

	if (add_numbers(b, ctr_sec_families, AF_PACKET, 0, EAFNOSUPPORT, NULL) < 0)
		return -1;
	return add_numbers(b, ctr_sec_netlinks, NETLINK_GENERIC, 2, EPROTONOSUPPORT, &netlink);
}

static int add_all(struct build *b)
{
	if (!b->arguments_only && add_groups(b) < 0)
		return -1;
	return add_arguments(b) < 0 || add_sockets(b) < 0 ? -1 : 0;
}

/* A context for one architecture with all rules. */
static int build_one(struct build *b, const char *name)
{
	uint32_t native = b->lib->arch_native();
	int rc;

	b->native = b->arch == native;
	b->ctx = b->lib->init(SCMP_ACT_ERRNO(EPERM));
	if (!b->ctx)
		return ctr_err_nomem(b->err);
	if (!b->native) {
		rc = b->lib->arch_add(b->ctx, b->arch);
		if (rc == 0)
			rc = b->lib->arch_remove(b->ctx, native);
		if (rc < 0) {
			(void)ctr_sec_lib_error(rc, name, b->err);
			goto fail;
		}
	}
	rc = b->lib->attr_set(b->ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS));
	if (rc < 0) {
		(void)ctr_sec_lib_error(rc, "SCMP_FLTATR_ACT_BADARCH", b->err);
		goto fail;
	}
	/* A binary tree over the numbers: loading runs the filter for each call once, to find those always allowed. */
	(void)b->lib->attr_set(b->ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (add_all(b) == 0)
		return 0;
fail:
	b->lib->release(b->ctx);
	return -1;
}

struct sec_view ctr_sec_view(enum ctr_sec_profile profile, bool userns, uint64_t caps)
{
	uint64_t matter = SEC_CAP(CAP_NET_ADMIN) | SEC_CAP(CAP_NET_RAW) | SEC_CAP(CAP_SYS_CHROOT) |
			  SEC_CAP(CAP_SYS_NICE) | SEC_CAP(CAP_SYS_PTRACE) |
			  SEC_CAP(CAP_SYS_TTY_CONFIG);

	if (profile != CTR_SEC_SERVICE) {
		matter |= SEC_CAP(CAP_SYS_TIME) | SEC_CAP(CAP_SYSLOG);
		/* In the host's user namespace these would be the host's own. */
		if (userns)
			matter |= SEC_CAP(CAP_SYS_ADMIN) | SEC_CAP(CAP_SYS_BOOT);
	}
	return (struct sec_view){ .profile = profile, .caps = caps & matter };
}

static int merge_compat(const struct build *main, struct build *compat)
{
	int rc;

	if (build_one(compat, "x86") < 0)
		return -1;
	/* On success the second context is gone. */
	rc = main->lib->merge(main->ctx, compat->ctx);
	if (rc == 0)
		return 0;
	main->lib->release(compat->ctx);
	return ctr_sec_lib_error(rc, "merge x86", main->err);
}

/* Both architectures in one program. */
static int build_program(const struct build *like, bool compat, bool arguments_only,
			 struct ctr_buf *ret_bpf)
{
	struct build main = *like, x86 = *like;
	int rc = 0;

	main.arguments_only = x86.arguments_only = arguments_only;
	x86.arch = SCMP_ARCH_X86;
	if (build_one(&main, "native") < 0)
		return -1;
	if (compat)
		rc = merge_compat(&main, &x86);
	if (rc == 0)
		rc = ctr_sec_lib_export(like->lib, main.ctx, ret_bpf, like->err);
	like->lib->release(main.ctx);
	return rc;
}

static struct sec_program program_of(const struct ctr_buf *bpf)
{
	return (struct sec_program){ (const struct sock_filter *)(const void *)bpf->data,
				     bpf->len / sizeof(struct sock_filter) };
}

int ctr_sec_filter_build(const struct sec_lib *lib, const struct sec_view *view, uint32_t arch,
			 struct ctr_buf *ret_bpf, struct ctr_error *err)
{
	struct build b = {
		.lib = lib, .view = view, .arch = arch ? arch : lib->arch_native(), .err = err
	};
	/* Only a whole distribution has programs of another architecture: each costs every start its half of the program. */
	bool compat = b.arch == SCMP_ARCH_X86_64 && view->profile == CTR_SEC_VPS;
	const struct sec_abi abis[SEC_ABIS] = {
		{ b.arch, SEC_NEWEST, lib->resolve_name_arch(b.arch, "ioctl"), -2 },
		{ SCMP_ARCH_X86, SEC_NEWEST_X86, lib->resolve_name_arch(SCMP_ARCH_X86, "ioctl"),
		  102 },
	};
	_cleanup_buf_ struct ctr_buf full = { 0 };
	_cleanup_buf_ struct ctr_buf arguments = { 0 };
	struct sec_program of_full, of_arguments;

	if (build_program(&b, compat, false, &full) < 0 ||
	    build_program(&b, compat, true, &arguments) < 0)
		return -1;
	of_full = program_of(&full);
	of_arguments = program_of(&arguments);
	return ctr_sec_filter_compact(&of_full, &of_arguments, abis, compat ? 2 : 1, ret_bpf, err);
}
