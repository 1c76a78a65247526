/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * subreaper COMMAND...: runs it and reaps whatever becomes an orphan below it, as pid 1 of a complete host does. Machines
 * whose pid 1 reaps nothing would collect a zombie for each detached monitor. Ends with COMMAND's status.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int status, result = 1;
	pid_t child, pid;

	if (argc < 2 || prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		return 125;
	child = fork();
	if (child == 0) {
		execvp(argv[1], argv + 1);
		perror(argv[1]);
		_exit(127);
	}
	(void)signal(SIGINT, SIG_IGN);
	while ((pid = wait(&status)) > 0 || errno == EINTR) {
		if (pid != child)
			continue;
		result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		/* Its orphans may outlive it by a moment; they are not waited for. */
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		return result;
	}
	return result;
}
