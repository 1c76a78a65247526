/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Shared inside security/ only. */
#ifndef CTR_SECURITY_SEC_INT_H
#define CTR_SECURITY_SEC_INT_H

#include <seccomp.h>

#include "common/buf.h"
#include "security/security.h"

#define SEC_CAP(number) (UINT64_C(1) << (number))

/* Limits of a filter: the kernel's BPF_MAXINSNS. */
#define SEC_FILTER_MAX 4096

/* libseccomp, loaded when a filter has to be compiled: its functions under their own names without the prefix. */
struct sec_lib {
	__typeof__(seccomp_init) *init;
	__typeof__(seccomp_release) *release;
	__typeof__(seccomp_merge) *merge;
	__typeof__(seccomp_attr_set) *attr_set;
	__typeof__(seccomp_arch_add) *arch_add;
	__typeof__(seccomp_arch_remove) *arch_remove;
	__typeof__(seccomp_arch_native) *arch_native;
	__typeof__(seccomp_arch_resolve_name) *arch_resolve_name;
	__typeof__(seccomp_syscall_resolve_name) *resolve_name;
	__typeof__(seccomp_syscall_resolve_name_arch) *resolve_name_arch;
	__typeof__(seccomp_syscall_resolve_num_arch) *resolve_num_arch;
	__typeof__(seccomp_rule_add_array) *rule_add;
	__typeof__(seccomp_export_bpf) *export_bpf;
};

/* CTR_E_HOST with the package when it is missing. */
int ctr_sec_lib_load(struct sec_lib *ret_lib, struct ctr_error *err);
/* A negative errno of libseccomp as an error about the object. */
int ctr_sec_lib_error(int rc, const char *object, struct ctr_error *err);
/* The context's program into memory. */
int ctr_sec_lib_export(const struct sec_lib *lib, scmp_filter_ctx ctx, struct ctr_buf *ret_bpf,
		       struct ctr_error *err);

/*
 * What of a spec decides its built-in filter: the profile, and those capabilities that open calls. Two specs with equal
 * views have equal filters.
 */
struct sec_view {
	enum ctr_sec_profile profile;
	uint64_t caps;
};
struct sec_view ctr_sec_view(enum ctr_sec_profile profile, bool userns, uint64_t caps);
/* The built-in filter for an SCMP_ARCH_* (0: native) as instructions. */
int ctr_sec_filter_build(const struct sec_lib *lib, const struct sec_view *view, uint32_t arch,
			 struct ctr_buf *ret_bpf, struct ctr_error *err);
/* The filter of an OCI or Docker profile; the fd is read from its beginning. */
int ctr_sec_filter_from_file(const struct sec_lib *lib, int fd, const char *path, uint64_t caps,
			     struct ctr_buf *ret_bpf, struct ctr_error *err);

/* Instructions of somebody's. */
struct sec_program {
	const struct sock_filter *code;
	size_t len;
};

/* An entry of the kernel: what seccomp_compact.c has to know of it. */
enum { SEC_ABIS = 2 };
struct sec_abi {
	uint32_t arch;   /* SCMP_ARCH_*, which is AUDIT_ARCH_* */
	uint32_t newest; /* a number above this gets ENOSYS */
	int ioctl;       /* the number of ioctl(2) */
	int socketcall;  /* the number of socketcall(2), or -2 */
};
/*
 * The same decisions as full, in fewer instructions; arguments is a program that knows those calls of full whose arguments
 * decide. CTR_E_INTERNAL when the result does not decide as it must.
 */
int ctr_sec_filter_compact(const struct sec_program *full, const struct sec_program *arguments,
			   const struct sec_abi *abis, size_t n_abis, struct ctr_buf *ret_bpf,
			   struct ctr_error *err);

/* From cache or compiled: the instructions, the caller's to free; NULL when the spec wants none. */
int ctr_sec_filter_get(const struct ctr_sec_spec *spec, uint64_t caps, int cache_dirfd,
		       struct sock_filter **ret_filter, size_t *ret_len, struct ctr_error *err);
/* The instructions stored under this key, or -1 without an error: they have to be compiled. */
int ctr_sec_cache_read(int dirfd, const char *key, struct sock_filter **ret_filter,
		       size_t *ret_len);
/* Stores them; a cache that cannot be written costs time, nothing else. */
void ctr_sec_cache_write(int dirfd, const char *key, const struct sock_filter *filter, size_t len);
/* The name of the file for a key. */
void ctr_sec_cache_name(const char *key, char ret_name[static 32]);

/* The capabilities that this process could ever have. */
uint64_t ctr_sec_caps_host(void);
/* The sets that the spec asks for; host as above. Pure. */
int ctr_sec_caps_compute(const struct ctr_sec_spec *spec, uint64_t host, uint64_t *ret_bounding,
			 uint64_t *ret_ambient, struct ctr_error *err);
/* The steps of apply, in the order they are called in. */
int ctr_sec_caps_drop_bounding(uint64_t bounding, struct ctr_error *err);
int ctr_sec_caps_set(uint64_t permitted, uint64_t inheritable, struct ctr_error *err);
int ctr_sec_caps_set_ambient(uint64_t ambient, struct ctr_error *err);
/* "CHOWN" for a number; "41" for one that has no name. */
const char *ctr_sec_cap_text(int cap, char buf[static 32]);

/* The limits that a payload gets; fills the plan's part. */
int ctr_sec_rlimits_plan(const struct ctr_sec_spec *spec, struct ctr_sec_plan *plan,
			 struct ctr_error *err);
int ctr_sec_rlimits_apply(const struct ctr_sec_plan *plan, struct ctr_error *err);

#endif
