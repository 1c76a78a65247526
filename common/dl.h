/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Libraries that only some containers need are loaded when they are needed (each costs every start about
 * 40 microseconds otherwise). A table of names and places is filled by dlsym(3).
 */
#ifndef CTR_COMMON_DL_H
#define CTR_COMMON_DL_H

#include "common/error.h"

struct ctr_dl_symbol {
	const char *name;
	void **ret_place; /* address of a function pointer */
};

/*
 * Loads soname and fills the table, which a NULL name ends. The library stays loaded for the life of the
 * process. CTR_E_HOST names the Debian package when it is missing.
 */
int ctr_dl_load(const char *soname, const char *package, const struct ctr_dl_symbol *table,
		struct ctr_error *err);

#endif
