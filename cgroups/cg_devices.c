// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Which device nodes a container may open or make. On cgroup2 that is an eBPF program; the policy
 * is a short list of what is allowed, everything else is not. One default program at <cgroup2>/ctr
 * serves all containers (one system call on the hot path verifies it); a container with devices of
 * its own overrides it. Runs on the host side. Loading goes through libbpf, loaded when used.
 * Source: Documentation/bpf/prog_cgroup_*.rst, Documentation/admin-guide/cgroup-v2.rst (Device
 * controller), bpf-helpers(7).
 */
#include "cgroups/cg_int.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <linux/bpf_common.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "common/dl.h"

#define SONAME "libbpf.so.1"
#define PACKAGE "libbpf1"
#define RULE_INSNS 5
#define HEAD_INSNS 5
#define TAIL_INSNS 2
#define MAX_RULES 200 /* 4096 instructions are the limit of the oldest kernels */
#define ANY_MINOR UINT32_MAX

struct rule {
	uint32_t type; /* BPF_DEVCG_DEV_CHAR or _BLOCK */
	uint32_t major, minor;
};

/*
 * Opening, and making the node: with the host's user namespace a container's root may need mknod(2)
 * for just these. /dev/fuse, /dev/kmsg, /dev/mem, disks and the like are not in it.
 */
static const struct rule standard[] = {
	{ BPF_DEVCG_DEV_CHAR, 1, 3 },           /* null */
	{ BPF_DEVCG_DEV_CHAR, 1, 5 },           /* zero */
	{ BPF_DEVCG_DEV_CHAR, 1, 7 },           /* full */
	{ BPF_DEVCG_DEV_CHAR, 1, 8 },           /* random */
	{ BPF_DEVCG_DEV_CHAR, 1, 9 },           /* urandom */
	{ BPF_DEVCG_DEV_CHAR, 5, 0 },           /* tty */
	{ BPF_DEVCG_DEV_CHAR, 5, 1 },           /* console */
	{ BPF_DEVCG_DEV_CHAR, 5, 2 },           /* ptmx */
	{ BPF_DEVCG_DEV_CHAR, 136, ANY_MINOR }, /* pts */
};

static struct {
	int (*prog_load)(enum bpf_prog_type type, const char *name, const char *license,
			 const struct bpf_insn *insns, size_t count,
			 const struct bpf_prog_load_opts *opts);
	int (*prog_attach)(int prog_fd, int target_fd, enum bpf_attach_type type,
			   unsigned int flags);
	int (*fd_by_id)(uint32_t id);
	int (*info_by_fd)(int fd, void *info, uint32_t *info_len);
} lib;

static int load_library(struct ctr_error *err)
{
	static const struct ctr_dl_symbol table[] = {
		{ "bpf_prog_load", (void **)&lib.prog_load },
		{ "bpf_prog_attach", (void **)&lib.prog_attach },
		{ "bpf_prog_get_fd_by_id", (void **)&lib.fd_by_id },
		{ "bpf_obj_get_info_by_fd", (void **)&lib.info_by_fd },
		{ NULL, NULL },
	};

	if (lib.prog_attach)
		return 0;
	if (ctr_dl_load(SONAME, PACKAGE, table, err) < 0)
		return ctr_err_wrap(err, "device policy");
	return 0;
}

static struct bpf_insn load_field(uint8_t reg, int16_t offset)
{
	return (struct bpf_insn){ .code = BPF_LDX | BPF_MEM | BPF_W,
				  .dst_reg = reg,
				  .src_reg = BPF_REG_1,
				  .off = offset };
}

static struct bpf_insn alu(uint8_t op, uint8_t reg, int32_t imm)
{
	return (struct bpf_insn){ .code = BPF_ALU | BPF_K | op, .dst_reg = reg, .imm = imm };
}

static struct bpf_insn jump_unless_equal(uint8_t reg, uint32_t value, int16_t skip)
{
	return (struct bpf_insn){ .code = BPF_JMP | BPF_JNE | BPF_K,
				  .dst_reg = reg,
				  .off = skip,
				  .imm = (int32_t)value };
}

static struct bpf_insn answer(int32_t value)
{
	return (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K,
				  .dst_reg = BPF_REG_0,
				  .imm = value };
}

static struct bpf_insn leave(void)
{
	return (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT };
}

/* r2 = type, r4 = major, r5 = minor of the request: struct bpf_cgroup_dev_ctx. */
static size_t assemble(const struct rule *rules, size_t n, struct bpf_insn *out)
{
	size_t at = 0;

	out[at++] = load_field(BPF_REG_2, offsetof(struct bpf_cgroup_dev_ctx, access_type));
	out[at++] = alu(BPF_AND, BPF_REG_2, 0xffff); /* the access is in the upper half */
	out[at++] = load_field(BPF_REG_4, offsetof(struct bpf_cgroup_dev_ctx, major));
	out[at++] = load_field(BPF_REG_5, offsetof(struct bpf_cgroup_dev_ctx, minor));
	for (size_t i = 0; i < n; i++) {
		bool any = rules[i].minor == ANY_MINOR;
		int16_t rest = any ? 3 : 4;

		out[at++] = jump_unless_equal(BPF_REG_2, rules[i].type, rest);
		out[at++] = jump_unless_equal(BPF_REG_4, rules[i].major, rest - 1);
		if (!any)
			out[at++] = jump_unless_equal(BPF_REG_5, rules[i].minor, 2);
		out[at++] = answer(1);
		out[at++] = leave();
	}
	out[at++] = answer(0);
	out[at++] = leave();
	return at;
}

uint32_t ctr_cg_devices_query(int dirfd)
{
	union bpf_attr attr = { 0 };
	uint32_t ids[8] = { 0 };

	attr.query.target_fd = (uint32_t)dirfd;
	attr.query.attach_type = BPF_CGROUP_DEVICE;
	attr.query.prog_ids = (uintptr_t)ids;
	attr.query.prog_cnt = CTR_ARRAY_LEN(ids);
	/* bpf(2) itself: every start asks, and the library would cost more than the question. */
	if (syscall(SYS_bpf, BPF_PROG_QUERY, &attr, sizeof(attr)) < 0 || attr.query.prog_cnt != 1)
		return 0;
	return ids[0];
}

static int load_program(const struct rule *rules, size_t n, struct ctr_error *err)
{
	struct bpf_insn insns[HEAD_INSNS + MAX_RULES * RULE_INSNS + TAIL_INSNS];
	int prog;

	if (load_library(err) < 0)
		return -1;
	prog = lib.prog_load(BPF_PROG_TYPE_CGROUP_DEVICE, "ctr_devices", "LGPL-2.1-or-later", insns,
			     assemble(rules, n, insns), NULL);
	if (prog >= 0)
		return prog;
	ctr_err_sys(err, "device policy: load the BPF program");
	err->code = CTR_E_HOST;
	return ctr_err_hint(err, "needs CAP_BPF and a kernel with CONFIG_CGROUP_BPF");
}

static int attach(int prog, int dirfd, unsigned int flags, struct ctr_error *err)
{
	if (lib.prog_attach(prog, dirfd, BPF_CGROUP_DEVICE, flags) == 0)
		return 0;
	ctr_err_sys(err, "device policy: attach the BPF program");
	err->code = CTR_E_HOST;
	return ctr_err_hint(err, "a parent cgroup may forbid it (bpftool cgroup tree)");
}

/* Whether two programs have the same instructions: the kernel's tag is a hash of them. */
static bool same_program(int prog, int other)
{
	struct bpf_prog_info a = { 0 }, b = { 0 };
	uint32_t a_len = sizeof(a), b_len = sizeof(b);

	return other >= 0 && lib.info_by_fd(prog, &a, &a_len) == 0 &&
	       lib.info_by_fd(other, &b, &b_len) == 0 && !memcmp(a.tag, b.tag, sizeof(a.tag));
}

int ctr_cg_devices_default(int dirfd, uint32_t *ret_prog_id, struct ctr_error *err)
{
	_cleanup_close_ int prog = load_program(standard, CTR_ARRAY_LEN(standard), err);
	_cleanup_close_ int present = -1;

	if (prog < 0)
		return -1;
	/* One with this policy stays, so that a racing first start does not invalidate the other's
	 * cache. */
	*ret_prog_id = ctr_cg_devices_query(dirfd);
	if (*ret_prog_id)
		present = lib.fd_by_id(*ret_prog_id);
	if (same_program(prog, present))
		return 0;
	if (attach(prog, dirfd, BPF_F_ALLOW_OVERRIDE, err) < 0)
		return -1;
	*ret_prog_id = ctr_cg_devices_query(dirfd);
	return 0;
}

static int rule_of(const char *path, struct rule *ret_rule, struct ctr_error *err)
{
	struct stat st;

	if (stat(path, &st) < 0) {
		ctr_err_sys(err, "devices: %s", path);
		err->code = CTR_E_HOST;
		return -1;
	}
	if (!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode))
		return ctr_err_set(err, CTR_E_SPEC, "devices: %s is not a device node", path);
	*ret_rule = (struct rule){ S_ISCHR(st.st_mode) ? BPF_DEVCG_DEV_CHAR : BPF_DEVCG_DEV_BLOCK,
				   major(st.st_rdev), minor(st.st_rdev) };
	return 0;
}

int ctr_cg_devices_apply(const struct ctr_cg *cg, char *const *devices, struct ctr_error *err)
{
	struct rule rules[MAX_RULES];
	size_t n = CTR_ARRAY_LEN(standard);
	_cleanup_close_ int prog = -1;

	memcpy(rules, standard, sizeof(standard));
	for (size_t i = 0; devices && devices[i]; i++) {
		if (n == MAX_RULES)
			return ctr_err_set(err, CTR_E_SPEC, "devices: more than %zu",
					   MAX_RULES - CTR_ARRAY_LEN(standard));
		if (rule_of(devices[i], &rules[n++], err) < 0)
			return -1;
	}
	prog = load_program(rules, n, err);
	/* No flag: nothing below may loosen it again. */
	return prog < 0 ? -1 : attach(prog, cg->dirfd, 0, err);
}
