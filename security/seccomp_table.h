/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The built-in filter as tables (seccomp_table.c); read by seccomp_build.c. */
#ifndef CTR_SECURITY_SECCOMP_TABLE_H
#define CTR_SECURITY_SECCOMP_TABLE_H

#include <stdint.h>

enum { SEC_APP = 1, SEC_SERVICE = 2, SEC_VPS = 4, SEC_ANY = 7 };

/* Calls that need nothing but their name: all get `error`, or are allowed when it is 0. */
struct sec_group {
	const char *const *names; /* NULL ends it */
	unsigned int profiles;    /* SEC_* that it holds for */
	int cap;                  /* and only with this capability; -1: without any */
	int unless_cap;           /* and not with this one; -1: always */
	int error;
};
extern const struct sec_group ctr_sec_groups[]; /* a NULL ends it */

/* Calls whose arguments decide: allowed when arg `index` is `value` in the bits of `mask`. */
struct sec_arg {
	const char *name;
	int cap; /* the row holds only with this capability; -1: always */
	int unless_cap; /* with this capability the call is in a group, and the row falls away; -1: never */
	unsigned int index;
	uint64_t mask, value;
};
extern const struct sec_arg ctr_sec_args[]; /* a NULL name ends it */

/* socket(2): by family; netlink by protocol too. */
struct sec_number {
	int number;
	int cap; /* needed; -1: none */
};
extern const struct sec_number ctr_sec_families[]; /* -1 ends it */
extern const struct sec_number ctr_sec_netlinks[]; /* -1 ends it */

/* Calls newer than some libseccomp: their numbers, which are the same on all architectures but one. */
struct ctr_sec_newer {
	const char *name;
	int number;
};
extern const struct ctr_sec_newer ctr_sec_newer[]; /* a NULL name ends it */

/* The newest call that these tables decide about, natively and for 32-bit x86. Above it: ENOSYS. */
#define SEC_NEWEST 469
#define SEC_NEWEST_X86 450

#endif
