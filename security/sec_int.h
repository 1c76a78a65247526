/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Shared inside security/ only. */
#ifndef CTR_SECURITY_SEC_INT_H
#define CTR_SECURITY_SEC_INT_H

#include <seccomp.h>

#include "common/buf.h"
#include "security/security.h"

#define SEC_CAP(number) (UINT64_C(1) << (number))

/* libseccomp, loaded when a filter has to be compiled (seccomp_lib.c). */
struct sec_seccomp {
	scmp_filter_ctx (*init)(uint32_t action);
	void (*release)(scmp_filter_ctx);
	int (*attr_set)(scmp_filter_ctx, enum scmp_filter_attr, uint32_t value);
	int (*arch_add)(scmp_filter_ctx, uint32_t arch);
	uint32_t (*arch_native)(void);
	uint32_t (*arch_resolve_name)(const char *name);
	int (*resolve_name)(const char *name);
	int (*rule_add_array)(scmp_filter_ctx, uint32_t action, int syscall, unsigned int n,
			      const struct scmp_arg_cmp *args);
	int (*export_bpf)(const scmp_filter_ctx, int fd);
	int (*export_pfc)(const scmp_filter_ctx, int fd);
};
int ctr_sec_seccomp_load(struct sec_seccomp *ret_lib, struct ctr_error *err);

/* The default filter for a profile and a capability set, as a libseccomp context; the caller releases it. */
int ctr_sec_filter_build(const struct sec_seccomp *lib, enum ctr_sec_profile profile, uint64_t caps,
			 scmp_filter_ctx *ret_ctx, struct ctr_error *err);
/* The same from an OCI/Docker profile in JSON. */
int ctr_sec_filter_from_file(const struct sec_seccomp *lib, const char *path,
			     scmp_filter_ctx *ret_ctx, struct ctr_error *err);
/* From cache or compiled: the instructions, the caller's to free. */
int ctr_sec_filter_get(const struct ctr_sec_spec *spec, uint64_t caps, int cache_dirfd,
		       struct sock_filter **ret_filter, size_t *ret_len, struct ctr_error *err);

/* The sets that the spec asks for, within what this process's bounding set has (caps.c). */
int ctr_sec_caps_plan(const struct ctr_sec_spec *spec, uint64_t *ret_bounding,
		      uint64_t *ret_ambient, struct ctr_error *err);
/* The bounding set; as root, which has CAP_SETPCAP. */
int ctr_sec_caps_bound(uint64_t bounding, struct ctr_error *err);
/* The other sets, as whoever it has become. */
int ctr_sec_caps_apply(uint64_t bounding, uint64_t ambient, bool root, bool keep_sys_admin,
		       struct ctr_error *err);
int ctr_sec_rlimits_check(const struct ctr_sec_spec *spec, struct ctr_error *err);

#endif
