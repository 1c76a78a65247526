/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The schema's tables, one per section, and the rules that the files of this folder share. */
#ifndef CTR_SPEC_TABLES_H
#define CTR_SPEC_TABLES_H

#include "spec/schema.h"
#include "spec/spec.h"

extern const struct ctr_schema_key ctr_keys_process[];
extern const struct ctr_schema_key ctr_keys_rootfs[];
extern const struct ctr_schema_key ctr_keys_resources[];
extern const struct ctr_schema_key ctr_keys_network[];
extern const struct ctr_schema_key ctr_keys_security[];
extern const struct ctr_schema_key ctr_keys_life[];

bool ctr_spec_check_variable(const char *text, const char **ret_why);
bool ctr_spec_check_user(const char *text, const char **ret_why);

/* Absolute, without ".", "..", doubled or trailing slashes and control bytes: equal texts are equal
 * paths. */
bool ctr_spec_is_clean(const char *path);
#define CTR_SPEC_NOT_CLEAN                                                                        \
	"is not a clean absolute path; begin with '/', without '.' or '..' parts and doubled or " \
	"trailing slashes"
/* Whether path is dir or lies below it; both are clean. */
bool ctr_spec_is_below(const char *path, const char *dir);

/* Why a volume cannot come from, or a volume or tmpfs be mounted at, this path; NULL: it can. */
const char *ctr_spec_source_fault(const char *path);
const char *ctr_spec_target_fault(const char *path);

/* From a tree to a validated spec: profile, defaults, values, rules. What is wrong goes to
 * problems. */
void ctr_spec_bind(const struct ctr_doc_node *root, struct ctr_spec *spec,
		   struct ctr_problems *problems);
/* Rules across keys, each reported at the key's place in the tree. */
void ctr_spec_validate(const struct ctr_doc_node *root, const struct ctr_spec *spec,
		       struct ctr_problems *problems);
/* Those of files, network and powers; used by ctr_spec_validate(). */
void ctr_spec_validate_rootfs(const struct ctr_doc_node *root, const struct ctr_spec *spec,
			      struct ctr_problems *problems);
void ctr_spec_validate_powers(const struct ctr_doc_node *root, const struct ctr_spec *spec,
			      struct ctr_problems *problems);

#endif
