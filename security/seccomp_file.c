/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * seccomp: FILE. The format is that of OCI's config.json (linux.seccomp) and of Docker's profiles, with includes and
 * excludes. What is not understood is an error, never ignored: a filter with a hole is worse than none. One thing only is
 * passed over: the name of a call that this libseccomp does not know, where the rule would allow it. Host side.
 */
#include <errno.h>
#include <json-c/json.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/parse.h"
#include "security/sec_int.h"

#define FILE_MAX (1 << 20)
#define DEPTH 16
#define ERRNO_MAX 4095

struct reader {
	const struct sec_lib *lib;
	scmp_filter_ctx ctx;
	const char *path;
	uint64_t caps;
	const char *arch; /* Go's name, as Docker's profiles use it */
	uint32_t default_action;
	int highest; /* native number in any rule */
	struct ctr_error *err;
};

static int bad(const struct reader *r, const char *what, const char *value)
{
	return ctr_err_set(r->err, CTR_E_SPEC, "seccomp: %s: %s '%.64s'", r->path, what, value);
}

/* Only these keys, each of the type that the letter says: s text, n number, a list, o object, ? anything. */
static int check_keys(const struct reader *r, struct json_object *object, const char *const *keys)
{
	if (!json_object_is_type(object, json_type_object))
		return bad(r, "an object is needed instead of", json_object_to_json_string(object));
	json_object_object_foreach (object, key, value) {
		const char *type = NULL;
		bool right;

		for (const char *const *k = keys; *k && !type; k++)
			if (!strcmp(*k + 1, key))
				type = *k;
		if (!type)
			return bad(r, "unknown or unsupported key", key);
		right = *type == '?' || !value ||
			(*type == 's' && json_object_is_type(value, json_type_string)) ||
			(*type == 'n' && json_object_is_type(value, json_type_int)) ||
			(*type == 'a' && json_object_is_type(value, json_type_array)) ||
			(*type == 'o' && json_object_is_type(value, json_type_object));
		if (!right)
			return bad(r, "wrong type of value for", key);
	}
	return 0;
}

/* Of type string, by check_keys() or here; NULL when absent or something else. */
static const char *text_of(struct json_object *value)
{
	return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
}

static const char *get_text(struct json_object *object, const char *key)
{
	return text_of(json_object_object_get(object, key));
}

static size_t list_len(struct json_object *list)
{
	return list ? json_object_array_length(list) : 0;
}

static int get_action(const struct reader *r, const char *name, struct json_object *error,
		      uint32_t *ret_action)
{
	static const struct {
		const char *name;
		uint32_t action;
	} actions[] = {
		{ "SCMP_ACT_ALLOW", SCMP_ACT_ALLOW },
		{ "SCMP_ACT_ERRNO", SCMP_ACT_ERRNO(0) },
		{ "SCMP_ACT_KILL", SCMP_ACT_KILL_THREAD },
		{ "SCMP_ACT_KILL_PROCESS", SCMP_ACT_KILL_PROCESS },
		{ "SCMP_ACT_KILL_THREAD", SCMP_ACT_KILL_THREAD },
		{ "SCMP_ACT_LOG", SCMP_ACT_LOG },
		{ "SCMP_ACT_TRAP", SCMP_ACT_TRAP },
	};
	int64_t number = error ? json_object_get_int64(error) : EPERM;

	if (!name)
		return bad(r, "missing key", "action");
	for (size_t i = 0; i < CTR_ARRAY_LEN(actions); i++) {
		if (strcmp(actions[i].name, name) != 0)
			continue;
		*ret_action = actions[i].action;
		if (*ret_action != SCMP_ACT_ERRNO(0))
			return error ? bad(r, "an errno is given for", name) : 0;
		if (number < 0 || number > ERRNO_MAX)
			return bad(r, "no such errno:", json_object_get_string(error));
		*ret_action = SCMP_ACT_ERRNO((uint32_t)number);
		return 0;
	}
	return bad(r, "unsupported action", name);
}

static bool parse_number(struct json_object *value, uint64_t *ret_number)
{
	if (!value) {
		*ret_number = 0;
		return true;
	}
	errno = 0;
	*ret_number = json_object_get_uint64(value);
	return errno == 0 && (json_object_get_int64(value) >= 0 || *ret_number > INT64_MAX);
}

static int get_arg(const struct reader *r, struct json_object *object, struct scmp_arg_cmp *ret_arg)
{
	static const char *const keys[] = { "nindex", "nvalue", "nvalueTwo", "sop", NULL };
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
	uint64_t index, value, two;
	const char *op;

	if (check_keys(r, object, keys) < 0)
		return -1;
	op = get_text(object, "op");
	if (!op || !json_object_object_get(object, "index") ||
	    !parse_number(json_object_object_get(object, "index"), &index) || index > 5)
		return bad(r, "an argument needs op, and index from 0 to 5:",
			   json_object_to_json_string(object));
	if (!parse_number(json_object_object_get(object, "value"), &value) ||
	    !parse_number(json_object_object_get(object, "valueTwo"), &two))
		return bad(r, "no unsigned 64-bit number in", json_object_to_json_string(object));
	for (size_t i = 0; i < CTR_ARRAY_LEN(ops); i++) {
		if (strcmp(ops[i].name, op) != 0)
			continue;
		*ret_arg = (struct scmp_arg_cmp){ (unsigned int)index, ops[i].op, value, two };
		return 0;
	}
	return bad(r, "unknown comparison", op);
}

/* One condition per argument in a rule; several for the same argument are alternatives, as runc reads them. */
static bool repeats_argument(const struct scmp_arg_cmp *args, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		for (unsigned int j = i + 1; j < n; j++)
			if (args[i].arg == args[j].arg)
				return true;
	return false;
}

static int add_name(struct reader *r, const char *name, uint32_t action, unsigned int n,
		    const struct scmp_arg_cmp *args)
{
	int number = r->lib->resolve_name(name), rc = 0;

	if (number == __NR_SCMP_ERROR) {
		if (action == SCMP_ACT_ALLOW && r->default_action != SCMP_ACT_ALLOW)
			return 0;
		return bad(r, "this libseccomp does not know the call", name);
	}
	if (number > r->highest)
		r->highest = number;
	/* libseccomp takes no rule that says what the default says. */
	if (action == r->default_action)
		return 0;
	if (repeats_argument(args, n))
		for (unsigned int i = 0; i < n && rc == 0; i++)
			rc = r->lib->rule_add(r->ctx, action, number, 1, &args[i]);
	else
		rc = r->lib->rule_add(r->ctx, action, number, n, args);
	return rc < 0 ? bad(r, "libseccomp refuses the rule for", name) : 0;
}

/* Whether the running kernel is at least "5.10". */
static int kernel_is(const struct reader *r, const char *text, bool *ret_is)
{
	unsigned int want[2], have[2];
	struct utsname kernel;
	char rest;

	if (strspn(text, "0123456789.") != strlen(text) ||
	    sscanf(text, "%4u.%4u%c", &want[0], &want[1], &rest) != 2)
		return bad(r, "minKernel is not MAJOR.MINOR:", text);
	if (uname(&kernel) < 0 || sscanf(kernel.release, "%4u.%4u", &have[0], &have[1]) != 2)
		return ctr_err_set(r->err, CTR_E_HOST,
				   "seccomp: the kernel's version is unreadable");
	*ret_is = have[0] > want[0] || (have[0] == want[0] && have[1] >= want[1]);
	return 0;
}

/*
 * Docker's filters. includes: all capabilities, one of the architectures, and the kernel; excludes: any of them is enough.
 */
static int applies(const struct reader *r, struct json_object *filter, bool include,
		   bool *applicable)
{
	static const char *const keys[] = { "acaps", "aarches", "sminKernel", NULL };
	struct json_object *caps, *arches;
	bool arch = false, kernel;

	if (!filter || !*applicable)
		return 0;
	if (check_keys(r, filter, keys) < 0)
		return -1;
	caps = json_object_object_get(filter, "caps");
	arches = json_object_object_get(filter, "arches");
	for (size_t i = 0; i < list_len(caps); i++) {
		const char *name = text_of(json_object_array_get_idx(caps, i));
		int cap = name ? ctr_sec_cap_number(name) : -1;

		if (cap < 0)
			return bad(r, "unknown capability", name ? name : "");
		if (!!(r->caps & SEC_CAP(cap)) != include)
			*applicable = false;
	}
	for (size_t i = 0; i < list_len(arches); i++) {
		const char *name = text_of(json_object_array_get_idx(arches, i));

		if (!name)
			return bad(r, "an architecture is no text in",
				   json_object_to_json_string(filter));
		arch |= !strcmp(name, r->arch);
	}
	if (list_len(arches) && arch != include)
		*applicable = false;
	if (get_text(filter, "minKernel")) {
		if (kernel_is(r, get_text(filter, "minKernel"), &kernel) < 0)
			return -1;
		if (kernel != include)
			*applicable = false;
	}
	return 0;
}

static int add_rule(struct reader *r, struct json_object *rule)
{
	static const char *const keys[] = { "anames",   "saction",   "aargs",     "nerrnoRet",
					    "scomment", "oincludes", "oexcludes", NULL };
	struct json_object *names, *list;
	struct scmp_arg_cmp args[6] = { 0 };
	bool applicable = true;
	uint32_t action;
	size_t n;

	if (check_keys(r, rule, keys) < 0 ||
	    applies(r, json_object_object_get(rule, "includes"), true, &applicable) < 0 ||
	    applies(r, json_object_object_get(rule, "excludes"), false, &applicable) < 0 ||
	    get_action(r, get_text(rule, "action"), json_object_object_get(rule, "errnoRet"),
		       &action) < 0)
		return -1;
	names = json_object_object_get(rule, "names");
	list = json_object_object_get(rule, "args");
	n = list_len(list);
	if (!list_len(names))
		return bad(r, "a rule needs", "names");
	if (n > CTR_ARRAY_LEN(args))
		return bad(r, "more than six conditions in", json_object_to_json_string(list));
	for (size_t i = 0; i < n; i++)
		if (get_arg(r, json_object_array_get_idx(list, i), &args[i]) < 0)
			return -1;
	for (size_t i = 0; i < list_len(names); i++) {
		const char *name = text_of(json_object_array_get_idx(names, i));

		if (!name)
			return bad(r, "a name is no text in", json_object_to_json_string(names));
		if (applicable && add_name(r, name, action, (unsigned int)n, args) < 0)
			return -1;
	}
	return 0;
}

/* "SCMP_ARCH_X86_64" -> a token; libseccomp's own names are without the prefix and in lower case. */
static uint32_t arch_token(const struct reader *r, struct json_object *value)
{
	const char *name = text_of(value);
	char lower[32];
	size_t i;

	if (!name || strncmp(name, "SCMP_ARCH_", 10) != 0 || strlen(name) - 10 >= sizeof(lower))
		return 0;
	for (i = 0; name[10 + i]; i++)
		lower[i] =
			(char)(name[10 + i] >= 'A' && name[10 + i] <= 'Z' ? name[10 + i] - 'A' + 'a'
									  : name[10 + i]);
	lower[i] = '\0';
	return r->lib->arch_resolve_name(lower);
}

static int add_arches(struct reader *r, struct json_object *list)
{
	for (size_t i = 0; i < list_len(list); i++) {
		struct json_object *value = json_object_array_get_idx(list, i);
		uint32_t token = arch_token(r, value);
		int rc = token ? r->lib->arch_add(r->ctx, token) : -EINVAL;

		if (rc < 0 && rc != -EEXIST)
			return bad(r, "unusable architecture", json_object_to_json_string(value));
	}
	return 0;
}

/* Docker's map: an architecture with those that its kernel runs besides. Only the native row matters. */
static int add_arch_map(struct reader *r, struct json_object *map)
{
	static const char *const keys[] = { "sarchitecture", "asubArchitectures", NULL };

	for (size_t i = 0; i < list_len(map); i++) {
		struct json_object *row = json_object_array_get_idx(map, i);
		uint32_t token;

		if (check_keys(r, row, keys) < 0)
			return -1;
		token = arch_token(r, json_object_object_get(row, "architecture"));
		/* One that this libseccomp does not know is not this machine's. */
		if (token && token == r->lib->arch_native() &&
		    add_arches(r, json_object_object_get(row, "subArchitectures")) < 0)
			return -1;
	}
	return 0;
}

static int read_profile(struct reader *r, struct json_object *root)
{
	static const char *const keys[] = { "sdefaultAction",
					    "ndefaultErrnoRet",
					    "aarchitectures",
					    "aarchMap",
					    "asyscalls",
					    "scomment",
					    NULL };
	struct json_object *rules;

	if (check_keys(r, root, keys) < 0 ||
	    get_action(r, get_text(root, "defaultAction"),
		       json_object_object_get(root, "defaultErrnoRet"), &r->default_action) < 0)
		return -1;
	r->ctx = r->lib->init(r->default_action);
	if (!r->ctx)
		return ctr_err_nomem(r->err);
	(void)r->lib->attr_set(r->ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (add_arches(r, json_object_object_get(root, "architectures")) < 0 ||
	    add_arch_map(r, json_object_object_get(root, "archMap")) < 0)
		return -1;
	rules = json_object_object_get(root, "syscalls");
	for (size_t i = 0; i < list_len(rules); i++)
		if (add_rule(r, json_object_array_get_idx(rules, i)) < 0)
			return -1;
	return 0;
}

static int parse(const struct reader *r, int fd, struct json_object **ret_root)
{
	_cleanup_buf_ struct ctr_buf text = { 0 };
	struct json_tokener *tokener;
	enum json_tokener_error error;
	size_t end;

	/* A child may have read it before. */
	if (lseek(fd, 0, SEEK_SET) < 0)
		return ctr_err_sys(r->err, "seccomp: %s", r->path);
	if (ctr_fd_read_all(fd, FILE_MAX, &text, r->err) < 0) {
		if (r->err->sys_errno == EFBIG)
			r->err->code = CTR_E_SPEC;
		return ctr_err_wrap(r->err, "seccomp: %s", r->path);
	}
	tokener = json_tokener_new_ex(DEPTH);
	if (!tokener)
		return ctr_err_nomem(r->err);
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	/* With its NUL: that ends a document that would otherwise wait for more. */
	*ret_root = json_tokener_parse_ex(tokener, ctr_buf_str(&text), (int)text.len + 1);
	error = json_tokener_get_error(tokener);
	end = json_tokener_get_parse_end(tokener);
	json_tokener_free(tokener);
	if (error == json_tokener_success && end >= text.len)
		return 0;
	json_object_put(*ret_root);
	*ret_root = NULL;
	return ctr_err_set(r->err, CTR_E_SPEC, "seccomp: %s: byte %zu: %s", r->path, end,
			   error == json_tokener_success ? "something follows the object"
							 : json_tokener_error_desc(error));
}

static void add_newest(uint32_t arch, uint32_t newest, struct ctr_buf *bpf)
{
	const struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, arch, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, newest, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
	};

	ctr_buf_add(bpf, program, sizeof(program));
}

int ctr_sec_filter_from_file(const struct sec_lib *lib, int fd, const char *path, uint64_t caps,
			     struct ctr_buf *ret_bpf, struct ctr_error *err)
{
	struct reader r = { .lib = lib, .path = path, .caps = caps, .err = err };
	uint32_t native = lib->arch_native();
	struct json_object *root;
	int rc;

	r.arch = native == SCMP_ARCH_X86_64    ? "amd64"
		 : native == SCMP_ARCH_AARCH64 ? "arm64"
					       : "other";
	if (parse(&r, fd, &root) < 0)
		return -1;
	rc = read_profile(&r, root);
	json_object_put(root);
	if (rc == 0) {
		/* A list that denies by an errno denies calls it never heard of by ENOSYS, as runc does. */
		if ((r.default_action & 0xffff0000u) == SCMP_ACT_ERRNO(0) && r.highest > 0)
			add_newest(native, (uint32_t)r.highest, ret_bpf);
		rc = ctr_sec_lib_export(lib, r.ctx, ret_bpf, err);
	}
	if (r.ctx)
		lib->release(r.ctx);
	return rc;
}
