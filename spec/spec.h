/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What was asked? Text -> struct ctr_spec. Strict: every problem is reported with file:line:column,
 * the line, a caret and, where a word is close, "did you mean". One schema table per section drives
 * the reader, `ctr spec keys`, the JSON Schema, the manual's lint, --set and the canonical dump.
 * After validation the spec is read-only, and nothing can tell where it came from. Pure: any
 * process, no privilege.
 */
#ifndef CTR_SPEC_SPEC_H
#define CTR_SPEC_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cgroups/cgroup.h"
#include "common/buf.h"
#include "common/error.h"
#include "netns/netns.h"
#include "rootfs/rootfs.h"
#include "security/security.h"

enum ctr_restart { CTR_RESTART_NO, CTR_RESTART_ON_FAILURE, CTR_RESTART_ALWAYS };

struct ctr_spec {
	char *name;
	char *hostname; /* default: the name */
	char **labels;  /* "key=value" */
	char **command;
	char **environment; /* "KEY=VALUE" as given by the spec */
	char *working_dir;  /* default "/" */
	bool reaper;        /* init: reaper */
	int stop_signal;
	uint64_t stop_timeout_usec;
	enum ctr_restart restart;
	uint64_t restart_delay_usec;
	uint32_t restart_max;
	struct ctr_rootfs_spec rootfs;
	struct ctr_cg_spec cgroup;
	struct ctr_net_spec net;
	struct ctr_sec_spec sec;
};

/* The state that ctr_spec_read*() and ctr_spec_from_settings() expect; they replace it when they
 * succeed. */
void ctr_spec_init(struct ctr_spec *spec);
void ctr_spec_done(struct ctr_spec *spec);

/*
 * Reads, applies the profile's defaults and validates. source is the name used in messages. On
 * problems: -1 with CTR_E_SPEC and a summary in err ("web.yaml: 3 problems"), and every problem as
 * printable text in ret_problems.
 */
int ctr_spec_read_file(const char *path, struct ctr_spec *ret_spec, struct ctr_buf *ret_problems,
		       struct ctr_error *err);
int ctr_spec_read_text(const char *source, const char *text, size_t len, struct ctr_spec *ret_spec,
		       struct ctr_buf *ret_problems, struct ctr_error *err);

/*
 * The same from the command line of `ctr run`: a list of "dotted.key=value" settings (values in
 * YAML flow syntax), for instance "rootfs.path=/srv/x", "network=[{bridge: ctr0}]",
 * "cpu.weight=200". Builds a document and reads it, so that defaults, checks and messages are the
 * same; messages name the setting. A name must be among the settings; command (NULL: none) is taken
 * as it is. A value with ": " or " #" in it needs quotes: ctr_spec_quote().
 */
int ctr_spec_from_settings(char *const *settings, char *const *command, struct ctr_spec *ret_spec,
			   struct ctr_buf *ret_problems, struct ctr_error *err);

/* Appends text as a value in flow syntax, quoted when it could be misread: for building settings.
 */
void ctr_spec_quote(const char *text, struct ctr_buf *ret_text);

/* Canonical YAML: reading it back gives the same spec. What is stored as spec.yaml, and golden
 * tests. */
int ctr_spec_dump(const struct ctr_spec *spec, struct ctr_buf *ret_text, struct ctr_error *err);

/* "key  type  default  help" lines; the JSON Schema (draft 2020-12); a commented template that
 * passes the check. */
int ctr_spec_keys(bool json, struct ctr_buf *ret_text, struct ctr_error *err);
int ctr_spec_schema(struct ctr_buf *ret_text, struct ctr_error *err);
int ctr_spec_example(const char *profile, struct ctr_buf *ret_text, struct ctr_error *err);

/* /etc/ctr/ctr.yaml: the host. An absent file is all defaults. */
struct ctr_hostconf {
	struct ctr_net_bridge *bridges; /* "ctr0" is always there */
	size_t n_bridges;
	struct ctr_sec_idrange ids; /* the pool that id ranges are taken from */
};
int ctr_hostconf_read(const char *path, struct ctr_hostconf *ret_conf, struct ctr_buf *ret_problems,
		      struct ctr_error *err);
/* Fills the defaults without reading anything. */
int ctr_hostconf_default(struct ctr_hostconf *ret_conf, struct ctr_error *err);
const struct ctr_net_bridge *ctr_hostconf_bridge(const struct ctr_hostconf *conf, const char *name);
void ctr_hostconf_done(struct ctr_hostconf *conf);

#endif
