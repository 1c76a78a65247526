/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Late loading of libraries. Host side only: never after the root was changed. */
#include "common/dl.h"

#include <dlfcn.h>

int ctr_dl_load(const char *soname, const char *package, const struct ctr_dl_symbol *table,
		struct ctr_error *err)
{
	void *library = dlopen(soname, RTLD_NOW | RTLD_LOCAL);

	if (!library) {
		ctr_err_set(err, CTR_E_HOST, "load %s: %s", soname, dlerror());
		return ctr_err_hint(err, "apt-get install %s", package);
	}
	for (; table->name; table++) {
		*table->ret_place = dlsym(library, table->name);
		if (!*table->ret_place) {
			ctr_err_set(err, CTR_E_HOST, "%s has no %s", soname, table->name);
			return ctr_err_hint(err, "install a newer %s", package);
		}
	}
	return 0;
}
