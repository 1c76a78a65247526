/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One call in a child process. Host side. */
#include "common/child.h"

#include <sys/mman.h>
#include <sys/wait.h>

int ctr_child_run(int (*work)(void *arg, struct ctr_error *err), void *arg, struct ctr_error *err)
{
	struct ctr_error *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
					MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status = 0, rc = 0;
	pid_t pid;

	if (shared == MAP_FAILED)
		return ctr_err_sys(err, "map memory");
	pid = fork();
	if (pid == 0)
		_exit(work(arg, shared) < 0);
	if (pid < 0)
		rc = ctr_err_sys(err, "fork");
	while (rc == 0 && waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			rc = ctr_err_sys(err, "wait for a child process");
	if (rc == 0 && !WIFEXITED(status)) {
		rc = ctr_err_set(err, CTR_E_PEER, "a child process was killed by signal %d",
				 WTERMSIG(status));
	} else if (rc == 0 && WEXITSTATUS(status) != 0) {
		*err = *shared;
		rc = -1;
	}
	(void)munmap(shared, sizeof(*shared));
	return rc;
}
