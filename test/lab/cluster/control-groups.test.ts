import assert from 'node:assert/strict';
import { test } from 'node:test';

import { hierarchiesIn } from '../../../lab/cluster/cgroups.js';

const read = (mounts: string): string[] =>
  hierarchiesIn(mounts).map(({ name, options, unified }) => `${name} ${options}${unified ? ' unified' : ''}`);

test('control groups of version 1 are mounted again by their controllers, or by their name', () => {
  assert.deepEqual(
    read(`tmpfs /sys/fs/cgroup tmpfs ro,nosuid,nodev,noexec,mode=755 0 0
cgroup2 /sys/fs/cgroup/unified cgroup2 rw,nosuid,nodev,noexec,relatime,nsdelegate 0 0
cgroup /sys/fs/cgroup/systemd cgroup rw,nosuid,relatime,xattr,release_agent=/lib/systemd/agent,name=systemd 0 0
cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,nosuid,nodev,noexec,relatime,cpu,cpuacct 0 0
cgroup /sys/fs/cgroup/memory cgroup rw,relatime,memory 0 0`),
    ['unified none unified', 'systemd none,name=systemd', 'cpu,cpuacct cpu,cpuacct', 'memory memory'],
  );
});

test('control groups outside their usual place belong to somebody else', () => {
  assert.deepEqual(read('cgroup2 /run/other/cgroup cgroup2 rw 0 0\nproc /proc proc rw 0 0'), []);
});
