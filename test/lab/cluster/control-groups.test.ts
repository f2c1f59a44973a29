import assert from 'node:assert/strict';
import { test } from 'node:test';

import { hierarchiesIn, isVersion2, missingControllers } from '../../../lab/cluster/hierarchies.js';

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

const VERSION_1 = `cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0
cgroup /sys/fs/cgroup/cpuset cgroup rw,cpuset 0 0
cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0
cgroup /sys/fs/cgroup/devices cgroup rw,devices 0 0
cgroup /sys/fs/cgroup/freezer cgroup rw,freezer 0 0
cgroup /sys/fs/cgroup/pids cgroup rw,pids 0 0`;
const BOTH = `${VERSION_1}\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0`;
const VERSION_2 = 'cgroup2 /sys/fs/cgroup cgroup2 rw,nsdelegate,memory_recursiveprot 0 0';

test('version 1 suffices, and so does version 2', () => {
  assert.equal(missingControllers(hierarchiesIn(BOTH), []), null);
  assert.equal(isVersion2(hierarchiesIn(BOTH)), false);
  assert.equal(
    missingControllers(hierarchiesIn(VERSION_2), ['cpuset', 'cpu', 'io', 'memory', 'pids', 'rdma']),
    null,
  );
  assert.equal(isVersion2(hierarchiesIn(VERSION_2)), true);
});

test('controllers that are in neither version are named', () => {
  const withoutMemory = VERSION_1.replace(/.*memory.*/, '');
  assert.match(
    missingControllers(hierarchiesIn(withoutMemory), ['cpu', 'pids']) ?? '',
    /lack memory in version 1 and cpuset, memory in version 2/,
  );
});
