/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * init: reaper. A tiny pid 1 in the container, in the same sandbox as the command: forwards the signals it gets, reaps
 * what is orphaned, and ends with the command's status (which ends the pid namespace and all in it).
 */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/become.h"

_Noreturn void ctr_reaper_main(pid_t child)
{
	sigset_t all;

	(void)prctl(PR_SET_NAME, "ctr-reaper");
	sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	for (;;) {
		int status, signo;
		pid_t pid;

		while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
			if (pid != child)
				continue;
			if (WIFEXITED(status))
				_exit(WEXITSTATUS(status));
			_exit(128 + WTERMSIG(status));
		}
		if (pid < 0)
			_exit(127); /* no child at all: the command cannot have been lost */
		if (sigwait(&all, &signo) == 0 && signo != SIGCHLD)
			(void)kill(child, signo);
	}
}
