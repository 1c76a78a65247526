/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * seccomp: FILE, the profile format of the OCI runtime specification and Docker: {"defaultAction": ..., "syscalls": [
 * {"names": [...], "action": ..., "errnoRet": N, "args": [{"index", "value", "valueTwo", "op"}]}]}. What is not understood
 * is an error, never ignored: a filter with a hole is worse than none. Host side.
 */
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <string.h>
#include <sys/stat.h>

#include "common/fd.h"
#include "security/sec_int.h"

#define FILE_MAX (1 << 20)

struct reader {
	const struct sec_seccomp *lib;
	scmp_filter_ctx ctx;
	const char *path;
	struct ctr_error *err;
};

static int bad(struct reader *r, const char *what, const char *value)
{
	return ctr_err_set(r->err, CTR_E_SPEC, "seccomp: %s: %s '%s'", r->path, what, value);
}

static int action_of(struct reader *r, const char *name, int errno_ret, uint32_t *ret_action)
{
	const struct {
		const char *name;
		uint32_t action;
	} actions[] = {
		{ "SCMP_ACT_ALLOW", SCMP_ACT_ALLOW },
		{ "SCMP_ACT_ERRNO", SCMP_ACT_ERRNO(errno_ret > 0 ? (uint32_t)errno_ret : EPERM) },
		{ "SCMP_ACT_KILL", SCMP_ACT_KILL_THREAD },
		{ "SCMP_ACT_KILL_PROCESS", SCMP_ACT_KILL_PROCESS },
		{ "SCMP_ACT_KILL_THREAD", SCMP_ACT_KILL_THREAD },
		{ "SCMP_ACT_TRAP", SCMP_ACT_TRAP },
		{ "SCMP_ACT_LOG", SCMP_ACT_LOG },
	};

	for (size_t i = 0; i < CTR_ARRAY_LEN(actions); i++) {
		if (strcmp(actions[i].name, name))
			continue;
		*ret_action = actions[i].action;
		return 0;
	}
	return bad(r, "unknown action", name);
}

static int read_arg(struct reader *r, struct json_object *o, struct scmp_arg_cmp *ret_arg)
{
	static const struct {
		const char *name;
		enum scmp_compare op;
	} ops[] = {
		{ "SCMP_CMP_NE", SCMP_CMP_NE },
		{ "SCMP_CMP_LT", SCMP_CMP_LT },
		{ "SCMP_CMP_LE", SCMP_CMP_LE },
		{ "SCMP_CMP_EQ", SCMP_CMP_EQ },
		{ "SCMP_CMP_GE", SCMP_CMP_GE },
		{ "SCMP_CMP_GT", SCMP_CMP_GT },
		{ "SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ },
	};
	const char *op = json_object_get_string(json_object_object_get(o, "op"));
	int64_t index = json_object_get_int64(json_object_object_get(o, "index"));

	for (size_t i = 0; op && i < CTR_ARRAY_LEN(ops); i++) {
		if (strcmp(ops[i].name, op))
			continue;
		if (index < 0 || index > 5)
			return bad(r, "argument index is not 0 to 5 for", op);
		*ret_arg = (struct scmp_arg_cmp){
			.arg = (unsigned int)index,
			.op = ops[i].op,
			.datum_a = json_object_get_uint64(json_object_object_get(o, "value")),
			.datum_b = json_object_get_uint64(json_object_object_get(o, "valueTwo")),
		};
		return 0;
	}
	return bad(r, "unknown comparison", op ? op : "");
}

static int add_name(struct reader *r, const char *name, uint32_t action, unsigned int n,
		    const struct scmp_arg_cmp *args)
{
	int number = r->lib->resolve_name(name), rc;

	/* Profiles list calls of all kernels; one that this library does not know cannot be allowed by accident. */
	if (number == __NR_SCMP_ERROR)
		return 0;
	rc = r->lib->rule_add_array(r->ctx, action, number, n, args);
	if (rc == 0 || rc == -EDOM || rc == -EACCES)
		return 0;
	return bad(r, "libseccomp refuses the rule for", name);
}

static int read_rule(struct reader *r, struct json_object *o)
{
	struct json_object *names = json_object_object_get(o, "names"),
			   *args = json_object_object_get(o, "args");
	const char *action_name = json_object_get_string(json_object_object_get(o, "action"));
	struct scmp_arg_cmp cmp[6];
	uint32_t action;
	size_t n = 0;

	json_object_object_foreach (o, key, value) {
		(void)value;
		if (strcmp(key, "names") && strcmp(key, "action") && strcmp(key, "args") &&
		    strcmp(key, "errnoRet") && strcmp(key, "comment"))
			return bad(r, "unknown or unsupported key", key);
	}
	if (!json_object_is_type(names, json_type_array) || !action_name)
		return bad(r, "a rule needs", "names and action");
	if (action_of(r, action_name, json_object_get_int(json_object_object_get(o, "errnoRet")),
		      &action) < 0)
		return -1;
	if (json_object_is_type(args, json_type_array)) {
		n = json_object_array_length(args);
		if (n > CTR_ARRAY_LEN(cmp))
			return bad(r, "more than six", "args");
		for (size_t i = 0; i < n; i++)
			if (read_arg(r, json_object_array_get_idx(args, i), &cmp[i]) < 0)
				return -1;
	}
	for (size_t i = 0; i < json_object_array_length(names); i++) {
		const char *name = json_object_get_string(json_object_array_get_idx(names, i));

		if (!name || add_name(r, name, action, (unsigned int)n, cmp) < 0)
			return name ? -1 : bad(r, "a name is no", "text");
	}
	return 0;
}

static int read_profile(struct reader *r, struct json_object *root)
{
	struct json_object *rules = json_object_object_get(root, "syscalls");
	const char *name = json_object_get_string(json_object_object_get(root, "defaultAction"));
	uint32_t action;

	if (!name || !json_object_is_type(rules, json_type_array))
		return bad(r, "it needs", "defaultAction and syscalls");
	if (action_of(r, name, json_object_get_int(json_object_object_get(root, "defaultErrnoRet")),
		      &action) < 0)
		return -1;
	r->ctx = r->lib->init(action);
	if (!r->ctx)
		return ctr_err_nomem(r->err);
	(void)r->lib->attr_set(r->ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	for (size_t i = 0; i < json_object_array_length(rules); i++)
		if (read_rule(r, json_object_array_get_idx(rules, i)) < 0)
			return -1;
	return 0;
}

int ctr_sec_filter_from_file(const struct sec_seccomp *lib, const char *path,
			     scmp_filter_ctx *ret_ctx, struct ctr_error *err)
{
	_cleanup_close_ int fd = ctr_fd_open_at(AT_FDCWD, path, O_RDONLY | O_NONBLOCK, 0, err);
	_cleanup_buf_ struct ctr_buf text = { 0 };
	struct reader r = { .lib = lib, .path = path, .err = err };
	enum json_tokener_error parse_error;
	struct json_object *root;
	int rc;

	if (fd < 0)
		return ctr_err_wrap(err, "seccomp");
	if (ctr_fd_type(fd) != S_IFREG)
		return bad(&r, "it is not", "a regular file");
	if (ctr_fd_read_all(fd, FILE_MAX, &text, err) < 0)
		return ctr_err_wrap(err, "seccomp: %s", path);
	root = json_tokener_parse_verbose(ctr_buf_str(&text), &parse_error);
	if (!json_object_is_type(root, json_type_object)) {
		json_object_put(root);
		return bad(&r, "it is not a JSON object:", json_tokener_error_desc(parse_error));
	}
	rc = read_profile(&r, root);
	json_object_put(root);
	if (rc < 0 && r.ctx)
		lib->release(r.ctx);
	else
		*ret_ctx = r.ctx;
	return rc;
}
