import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { command } from './command.js';
import type { Lab } from './lab.js';

/**
 * A kernel that has no room for requests by netlink, for single programs and as long as a test wants: a library for LD_PRELOAD answers
 * EAGAIN in its place. The real one does so only when memory is short, which cannot be brought about for one program.
 */
export class FullSendBuffer {
  private constructor(
    /** What a program needs in its environment. */
    readonly environment: Readonly<Record<string, string>>,
    readonly lab: Lab,
    readonly file: string,
  ) {}

  /** Rejects where there is no C compiler. There is room at first. */
  static async build(lab: Lab): Promise<FullSendBuffer> {
    const library = join(lab.directory, 'full-send-buffer.so');
    const file = join(lab.directory, 'send-buffer-is-full');
    await command(['cc', '-shared', '-fPIC', '-O', '-x', 'c', '-', '-o', library], SOURCE);
    return new FullSendBuffer({ LD_PRELOAD: library, SEND_BUFFER_IS_FULL: file }, lab, file);
  }

  fill(): number {
    writeFileSync(this.file, '');
    return this.lab.timeline.step('there is no room for netlink requests');
  }

  /** Returns when. Throws when nothing was refused since {@link fill}. */
  empty(): number {
    if (!existsSync(`${this.file}.refused`)) throw new Error('no netlink request was refused');
    rmSync(`${this.file}.refused`);
    rmSync(this.file);
    return this.lab.timeline.step('there is room for netlink requests again');
  }
}

const SOURCE = `
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static int refuses(int fd) {
  const char *path = getenv("SEND_BUFFER_IS_FULL");
  int domain = 0;
  socklen_t size = sizeof domain;
  char refused[4096];
  if (!path || getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0 || domain != AF_NETLINK) return 0;
  if (access(path, F_OK) != 0) return 0;
  snprintf(refused, sizeof refused, "%s.refused", path);
  close(open(refused, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  errno = EAGAIN;
  return 1;
}

ssize_t sendto(int fd, const void *data, size_t size, int flags, const struct sockaddr *to, socklen_t length) {
  return refuses(fd) ? -1 : syscall(SYS_sendto, fd, data, size, flags, to, length);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
  return refuses(fd) ? -1 : syscall(SYS_sendmsg, fd, message, flags);
}
`;
