/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From a prepared root to the running program. Runs in init and in exec's child, as root of the container's user
 * namespace, already inside all namespaces. Whatever is read here belongs to the container and is hostile.
 */
#include "runtime/become.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "common/fd.h"
#include "common/path.h"
#include "common/strv.h"
#include "runtime/msg.h"
#include "runtime/stdio.h"

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* Ours first, then the spec's, then the caller's of exec: later ones win. Nothing of the host's environment. */
static int build_environment(const struct ctr_become *b, const struct ctr_sec_ids *ids,
			     char ***ret_env, struct ctr_error *err)
{
	_cleanup_strv_ char **env = NULL;

	if (ctr_strv_setenv(&env, "PATH", DEFAULT_PATH, err) < 0 ||
	    ctr_strv_setenv(&env, "container", "ctr", err) < 0 ||
	    ctr_strv_setenv(&env, "HOME", ids->home ? ids->home : "/", err) < 0 ||
	    (b->terminal && ctr_strv_setenv(&env, "TERM", "xterm", err) < 0))
		return -1;
	for (int i = 0; i < 2; i++) {
		char *const *from = i ? b->more_environment : b->environment;

		for (; from && *from; from++) {
			const char *equals = strchr(*from, '=');
			_cleanup_free_ char *key =
				equals ? strndup(*from, (size_t)(equals - *from)) : NULL;

			if (!key)
				return ctr_err_set(err, CTR_E_USAGE,
						   "environment '%s' is not KEY=VALUE", *from);
			if (ctr_strv_setenv(&env, key, equals + 1, err) < 0)
				return -1;
		}
	}
	*ret_env = CTR_TAKE_PTR(env);
	return 0;
}

/*
 * chdir(2) by an fd resolved in the root, and a look at where that is: a path that leaves the root has no name there
 * ("(unreachable)"), which is how a leaked directory of the host would show (CVE-2024-21626).
 */
static int enter_working_dir(int rootfd, const char *path, struct ctr_error *err)
{
	_cleanup_close_ int fd = ctr_path_open_in(rootfd, path, O_PATH | O_DIRECTORY, err);
	char where[PATH_MAX];

	if (fd < 0)
		return ctr_err_wrap(err, "working_dir");
	if (fchdir(fd) < 0)
		return ctr_err_sys(err, "working_dir: enter %s", path);
	if (!getcwd(where, sizeof(where)) || where[0] != '/')
		return ctr_err_set(err, CTR_E_SPEC, "working_dir: %s is not inside the container",
				   path);
	return 0;
}

static void reset_signals(void)
{
	sigset_t none;

	for (int signo = 1; signo < NSIG; signo++)
		if (signo != SIGKILL && signo != SIGSTOP)
			(void)signal(signo, SIG_DFL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* execve(2) along PATH; remembers the error that tells most. */
static int execute(const struct ctr_become *b, char **env, struct ctr_error *err)
{
	const char *name = b->command[0], *path = ctr_strv_getenv(env, "PATH");
	int failure = ENOENT;

	if (strchr(name, '/')) {
		(void)execve(name, b->command, env);
		failure = errno;
	} else {
		char candidate[PATH_MAX];

		for (const char *p = path ? path : DEFAULT_PATH; *p;) {
			size_t len = strcspn(p, ":");

			if (len > 0 && snprintf(candidate, sizeof(candidate), "%.*s/%s", (int)len,
						p, name) < (int)sizeof(candidate)) {
				(void)execve(candidate, b->command, env);
				if (errno != ENOENT && errno != ENOTDIR)
					failure = errno;
			}
			p += len + (p[len] == ':');
		}
	}
	errno = failure;
	ctr_err_sys(err, "execute %s", name);
	err->code = CTR_E_EXEC;
	if (failure == ENOENT)
		ctr_err_hint(
			err,
			strchr(name, '/')
				? "there is no such file in the container, or its interpreter is missing"
				: "it is in no directory of PATH in the container");
	return -1;
}

int ctr_become(const struct ctr_become *b, struct ctr_error *err)
{
	_cleanup_close_ int rootfd = ctr_fd_open_at(AT_FDCWD, "/", O_PATH | O_DIRECTORY, 0, err);
	_cleanup_(ctr_sec_ids_done) struct ctr_sec_ids ids = { 0 };
	_cleanup_strv_ char **env = NULL;

	if (rootfd < 0 || ctr_sec_ids_resolve(rootfd, b->user, &ids, err) < 0 ||
	    build_environment(b, &ids, &env, err) < 0 ||
	    enter_working_dir(rootfd, b->working_dir, err) < 0)
		return -1;
	if (b->slave_fd >= 0 && fchown(b->slave_fd, ids.uid, (gid_t)-1) < 0)
		return ctr_err_sys(err, "give the terminal to the user");
	if (ctr_stdio_become(b->payload, b->slave_fd, err) < 0 || ctr_fd_cloexec_from(3, err) < 0)
		return -1;
	(void)umask(022);
	reset_signals();
	/* The payload outlives a killed monitor from here on. */
	if (prctl(PR_SET_PDEATHSIG, 0) < 0)
		return ctr_err_sys(err, "prctl PR_SET_PDEATHSIG");
	if (b->reaper) {
		pid_t child = fork();

		if (child < 0)
			return ctr_err_sys(err, "fork");
		if (child > 0) {
			(void)close_range(3, ~0U, 0);
			if (ctr_sec_apply(b->sec, &ids, err) < 0)
				_exit(126);
			ctr_reaper_main(child);
		}
	}
	/* A peer that is gone must not end us between here and execve, which resets it. */
	(void)signal(SIGPIPE, SIG_IGN);
	if (ctr_sec_apply(b->sec, &ids, err) < 0 ||
	    ctr_msg_send(b->sock, CTR_MSG_EXECING, NULL, 0, err) < 0)
		return -1;
	(void)signal(SIGPIPE, SIG_DFL);
	return execute(b, env, err);
}
