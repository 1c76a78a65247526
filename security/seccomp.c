/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Getting the filter: from the cache, or compiled and stored there. Host side. In front of libseccomp's program stands a
 * short one of our own for what an allow-list cannot say: an ioctl is allowed unless its low 32 bits are TIOCSTI or
 * TIOCLINUX (the kernel looks at those 32 only), and a clone or unshare with namespace flags is EPERM, not ENOSYS.
 */
#include "security/sec_int.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "common/child.h"
#include "common/fd.h"

#define FORMAT 4 /* raise it when the tables or the prologue change */
#define MAX_INSTRUCTIONS 4096

struct header {
	char magic[8];
	uint32_t format, count;
	uint64_t sum;
};

static uint64_t hash(const void *data, size_t len, uint64_t h)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * 1099511628211u;
	return h;
}

/* --- the prologue --- */

struct abi {
	uint32_t arch;
	uint32_t ioctl, clone, unshare;
};
#if defined(__x86_64__)
static const struct abi abis[] = { { AUDIT_ARCH_X86_64, 16, 56, 272 },
				   { AUDIT_ARCH_I386, 54, 120, 310 } };
#elif defined(__aarch64__)
static const struct abi abis[] = { { AUDIT_ARCH_AARCH64, 29, 220, 97 } };
#else
#error "add this architecture's numbers of ioctl, clone and unshare"
#endif

#define LOW32(n) (uint32_t)(offsetof(struct seccomp_data, args) + (n) * sizeof(uint64_t))
#define EPERM_ACTION (SECCOMP_RET_ERRNO | EPERM)
#define NEW_NAMESPACES 0x7e020000u /* all CLONE_NEW* but NEWTIME, which clone(2) cannot say */

static size_t prologue_abi(struct sock_filter *to, const struct abi *abi, bool namespaces)
{
	const struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, abi->arch, 0, 13),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, abi->ioctl, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, LOW32(1)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, TIOCSTI, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, TIOCLINUX, 0, 8),
		BPF_STMT(BPF_RET | BPF_K, EPERM_ACTION),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, abi->clone, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, abi->unshare, 0, 5),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, LOW32(0)),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, namespaces ? 0 : NEW_NAMESPACES, 0, 3),
		BPF_STMT(BPF_RET | BPF_K, EPERM_ACTION),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
	};

	memcpy(to, program, sizeof(program));
	return CTR_ARRAY_LEN(program);
}

/* Whose calls the program may let through: the rest is refused before it asks. */
static size_t abis_of(enum ctr_sec_profile profile)
{
	return profile == CTR_SEC_VPS ? CTR_ARRAY_LEN(abis) : 1;
}

/* --- the cache --- */

static int cache_read(int dirfd, const char *name, struct sock_filter **ret_filter, size_t *ret_len)
{
	_cleanup_close_ int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct header head;
	struct sock_filter *filter;
	struct stat st;
	size_t size;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != 0 ||
	    (st.st_mode & 022) || read(fd, &head, sizeof(head)) != (ssize_t)sizeof(head) ||
	    memcmp(head.magic, "ctr-bpf", 8) || head.format != FORMAT || head.count == 0 ||
	    head.count > MAX_INSTRUCTIONS)
		return -1;
	size = head.count * sizeof(*filter);
	if ((size_t)st.st_size != sizeof(head) + size)
		return -1;
	filter = malloc(size);
	if (!filter || read(fd, filter, size) != (ssize_t)size ||
	    hash(filter, size, 1) != head.sum) {
		free(filter);
		return -1;
	}
	*ret_filter = filter;
	*ret_len = head.count;
	return 0;
}

/* A cache that cannot be written costs time, nothing else. */
static void cache_write(int dirfd, const char *name, const struct sock_filter *filter, size_t len)
{
	_cleanup_buf_ struct ctr_buf file = { 0 };
	struct header head = { .magic = "ctr-bpf", .format = FORMAT, .count = (uint32_t)len };
	struct ctr_error ignored;

	head.sum = hash(filter, len * sizeof(*filter), 1);
	ctr_buf_add(&file, &head, sizeof(head));
	ctr_buf_add(&file, filter, len * sizeof(*filter));
	if (ctr_buf_check(&file, &ignored) == 0)
		(void)ctr_fd_replace_at(dirfd, name, file.data, file.len, 0600, &ignored);
}

/* --- compiling --- */

static int export(const struct sec_seccomp *lib, scmp_filter_ctx ctx, size_t n_abis,
		  bool namespaces, struct sock_filter **ret_filter, size_t *ret_len,
		  struct ctr_error *err)
{
	_cleanup_close_ int fd = memfd_create("ctr-seccomp", MFD_CLOEXEC);
	_cleanup_buf_ struct ctr_buf program = { 0 };
	struct sock_filter *filter;
	size_t n = 0, len;
	int rc;

	if (fd < 0)
		return ctr_err_sys(err, "memfd_create");
	rc = lib->export_bpf(ctx, fd);
	if (rc < 0) {
		errno = -rc;
		return ctr_err_sys(err, "compile the seccomp filter");
	}
	if (lseek(fd, 0, SEEK_SET) < 0 ||
	    ctr_fd_read_all(fd, MAX_INSTRUCTIONS * sizeof(*filter), &program, err) < 0)
		return ctr_err_wrap(err, "seccomp filter");
	len = program.len / sizeof(*filter);
	filter = malloc(program.len + 32 * sizeof(*filter));
	if (!filter)
		return ctr_err_nomem(err);
	for (size_t i = 0; i < n_abis; i++)
		n += prologue_abi(filter + n, &abis[i], namespaces);
	memcpy(filter + n, program.data, program.len);
	*ret_filter = filter;
	*ret_len = n + len;
	return 0;
}

static int compile(const struct ctr_sec_spec *spec, uint64_t caps, struct sock_filter **ret_filter,
		   size_t *ret_len, struct ctr_error *err)
{
	bool from_file = spec->seccomp && spec->seccomp[0] == '/';
	bool namespaces = spec->profile == CTR_SEC_VPS ||
			  (spec->profile == CTR_SEC_APP && (caps & SEC_CAP(CAP_SYS_ADMIN)));
	struct sec_seccomp lib;
	scmp_filter_ctx ctx;
	int rc;

	if (ctr_sec_seccomp_load(&lib, err) < 0)
		return -1;
	rc = from_file ? ctr_sec_filter_from_file(&lib, spec->seccomp, &ctx, err)
		       : ctr_sec_filter_build(&lib, spec->profile, caps, &ctx, err);
	if (rc < 0)
		return -1;
	rc = export(&lib, ctx, from_file ? 0 : abis_of(spec->profile), namespaces, ret_filter,
		    ret_len, err);
	lib.release(ctx);
	return rc;
}

struct compile_job {
	const struct ctr_sec_spec *spec;
	uint64_t caps;
	int cache_dirfd;
	const char *name;
};

/* In a child: libseccomp and its tables go with it. */
static int compile_into_cache(void *arg, struct ctr_error *err)
{
	const struct compile_job *job = arg;
	struct sock_filter *filter;
	size_t len;

	if (compile(job->spec, job->caps, &filter, &len, err) < 0)
		return -1;
	cache_write(job->cache_dirfd, job->name, filter, len);
	free(filter);
	return 0;
}

int ctr_sec_filter_get(const struct ctr_sec_spec *spec, uint64_t caps, int cache_dirfd,
		       struct sock_filter **ret_filter, size_t *ret_len, struct ctr_error *err)
{
	char name[64];
	uint64_t key = hash(&caps, sizeof(caps), 14695981039346656037u);
	struct compile_job job = { spec, caps, cache_dirfd, name };

	*ret_filter = NULL;
	*ret_len = 0;
	if (spec->seccomp && !strcmp(spec->seccomp, "unconfined"))
		return 0;
	/* A file of the user's may change between two starts; it is rare enough to compile it each time. */
	if (cache_dirfd < 0 || (spec->seccomp && spec->seccomp[0] == '/'))
		return compile(spec, caps, ret_filter, ret_len, err);
	(void)snprintf(name, sizeof(name), "seccomp-%s-%d-%016llx", CTR_VERSION, (int)spec->profile,
		       (unsigned long long)key);
	if (cache_read(cache_dirfd, name, ret_filter, ret_len) == 0)
		return 0;
	if (ctr_child_run(compile_into_cache, &job, err) < 0)
		return -1;
	if (cache_read(cache_dirfd, name, ret_filter, ret_len) == 0)
		return 0;
	/* A cache that cannot be written (disk full): once more, here. */
	return compile(spec, caps, ret_filter, ret_len, err);
}
