/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The container's terminal as /dev/console. Runs in init after the pivot. The slave is the peer of
 * our own multiplexer, never a name: a root that puts a link at /dev/pts/N or /dev/console
 * redirects nothing.
 */
#include <fcntl.h>
#include <sys/ioctl.h>

#include "common/path.h"
#include "rootfs/rootfs_int.h"

int ctr_rootfs_console(int ptmx_fd, struct ctr_error *err)
{
	_cleanup_close_ int slave = ioctl(ptmx_fd, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	_cleanup_close_ int rootfd = -1, targetfd = -1, treefd = -1;

	if (slave < 0)
		return ctr_err_sys(err, "open the terminal");
	rootfd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (rootfd < 0)
		return ctr_err_sys(err, "open /");
	targetfd = ctr_path_open_in_nolink(rootfd, "/dev/console", O_PATH, err);
	if (targetfd < 0)
		return -1;
	treefd = open_tree(slave, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (treefd < 0)
		return ctr_err_sys(err, "clone the mount of the terminal");
	if (ctr_tree_attach(treefd, targetfd, "/dev/console", err) < 0)
		return -1;
	return ctr_take_fd(&slave);
}
