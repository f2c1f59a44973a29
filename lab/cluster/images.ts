import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { command } from '../command.js';
import { Program } from '../program.js';
import { containerdBasics } from './containerd.js';
import { CACHE } from './folders.js';
import { PAUSE_IMAGE } from './node-files.js';

/*
 * The images of the cluster are made of this machine's own programs: no registry is asked for anything. All of them are
 * put into one folder of containerd, which each node gets a copy of.
 */

/** Raise it when the same programs give other images. */
const RECIPE = 1;

const BUSYBOX = '/usr/bin/busybox';
const NGINX = '/usr/sbin/nginx';

type Image = Readonly<{
  /** All its names. */
  names: readonly string[];
  /** A shell script that fills the folder `$root`. */
  fill: string;
  config: Readonly<{ Entrypoint?: readonly string[]; Cmd?: readonly string[]; User?: string }>;
}>;

/** `add PROGRAM FILE`: puts a program of this machine, with the libraries that it is linked to, into the file system. */
const ADD = `
add() {
  install -D -m 755 "$1" "$root$2"
  for library in $(ldd "$1" 2>/dev/null | grep -o '/[^ ]*'); do
    install -D -m 755 "$(readlink -f "$library")" "$root$library"
  done
}
`;

/** A file system with busybox and what programs expect to find. */
const BASE = `${ADD}
mkdir -p "$root"/bin "$root"/etc "$root"/tmp "$root"/proc "$root"/sys "$root"/dev "$root"/run "$root"/var "$root"/root
chmod 1777 "$root/tmp"
add ${BUSYBOX} /bin/busybox
for applet in $(${BUSYBOX} --list); do [ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"; done
printf 'root:x:0:0:root:/root:/bin/sh\\nnginx:x:101:101:nginx:/nonexistent:/bin/false\\n' >"$root/etc/passwd"
printf 'nobody:x:65534:65534:nobody:/:/bin/false\\n' >>"$root/etc/passwd"
printf 'root:x:0:\\nnginx:x:101:\\nnogroup:x:65534:\\n' >"$root/etc/group"
printf 'hosts: files dns\\npasswd: files\\ngroup: files\\n' >"$root/etc/nsswitch.conf"
`;

/** nginx of Debian, with the files where the image of the nginx project has them. */
const NGINX_FILES = `
add ${NGINX} ${NGINX}
mkdir -p "$root"/var/log/nginx "$root"/var/lib/nginx "$root"/var/cache/nginx "$root"/etc/nginx/conf.d "$root"/usr/share/nginx/html
ln -s /dev/stdout "$root/var/log/nginx/access.log"
ln -s /dev/stderr "$root/var/log/nginx/error.log"
cp /etc/nginx/mime.types "$root/etc/nginx/mime.types"
cat >"$root/etc/nginx/nginx.conf" <<'END'
user nginx nginx;
worker_processes 1;
pid /run/nginx.pid;
error_log /var/log/nginx/error.log notice;
events { worker_connections 512; }
http {
  include /etc/nginx/mime.types;
  default_type application/octet-stream;
  access_log off;
  include /etc/nginx/conf.d/*.conf;
}
END
cat >"$root/etc/nginx/conf.d/default.conf" <<'END'
server {
  listen 80;
  location / { root /usr/share/nginx/html; index index.html; }
}
END
echo 'Welcome to nginx!' >"$root/usr/share/nginx/html/index.html"
`;

const IMAGES: readonly Image[] = [
  {
    names: [PAUSE_IMAGE],
    fill: `${ADD}\nadd ${BUSYBOX} /bin/sleep`,
    config: { Entrypoint: ['/bin/sleep', 'infinity'], User: '65534:65534' },
  },
  { names: ['lab.local/busybox:1'], fill: BASE, config: { Cmd: ['/bin/sh'] } },
  {
    names: ['lab.local/nginx:1', 'docker.io/library/nginx:1.28', 'docker.io/library/nginx:1.27'],
    fill: `${BASE}${NGINX_FILES}`,
    config: { Cmd: ['/usr/sbin/nginx', '-g', 'daemon off;'] },
  },
];

/** Returns the folder of containerd with all images, which is made when there is none for these programs. */
export async function imageStore(progress: (text: string) => void): Promise<string> {
  const folder = join(CACHE, `images-${fingerprint()}`);
  if (existsSync(folder)) return folder;
  progress('making the images of the cluster');
  mkdirSync(CACHE, { recursive: true });
  const work = mkdtempSync(join(CACHE, '.making-images-'));
  try {
    const archives = [];
    for (const [index, image] of IMAGES.entries())
      archives.push(await archive(image, join(work, String(index))));
    const store = join(work, 'store');
    await importAll(work, store, archives);
    removeOlder();
    renameSync(store, folder);
  } catch (error) {
    // Another process may have made the same at the same time.
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return folder;
}

/** Of everything that the images are made from. */
function fingerprint(): string {
  const files = [BUSYBOX, NGINX, '/usr/bin/containerd'].map((file) => {
    const { size, mtimeMs } = statSync(file);
    return `${file} ${String(size)} ${String(mtimeMs)}`;
  });
  return sha256(JSON.stringify([RECIPE, files, IMAGES])).slice(0, 16);
}

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');

function removeOlder(): void {
  for (const name of readdirSync(CACHE).filter((each) => each.startsWith('images-')))
    rmSync(join(CACHE, name), { recursive: true, force: true });
}

/** Writes an image as `docker save` would, in `folder`; returns the file. */
async function archive(image: Image, folder: string): Promise<string> {
  const root = join(folder, 'root');
  mkdirSync(root, { recursive: true });
  await command(['bash', '-euo', 'pipefail', '-c', `root=$1\n${image.fill}`, 'fill', root]);
  const layer = join(folder, 'layer.tar');
  const reproducible = [
    '--sort=name',
    '--mtime=@0',
    '--numeric-owner',
    '--owner=0',
    '--group=0',
    '--format=posix',
  ];
  const times = '--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime';
  await command(['tar', ...reproducible, times, '-C', root, '-cf', layer, '.']);
  const digest = sha256(readFileSync(layer));
  const config = JSON.stringify({
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    created: '1970-01-01T00:00:00Z',
    config: { Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'], ...image.config },
    rootfs: { type: 'layers', diff_ids: [`sha256:${digest}`] },
    history: [{ created: '1970-01-01T00:00:00Z' }],
  });
  writeFileSync(join(folder, 'config.json'), config);
  writeFileSync(
    join(folder, 'manifest.json'),
    JSON.stringify([{ Config: 'config.json', RepoTags: image.names, Layers: ['layer.tar'] }]),
  );
  const file = `${folder}.tar`;
  await command(['tar', '-C', folder, '-cf', file, 'manifest.json', 'config.json', 'layer.tar']);
  return file;
}

/** Imports the archives with a containerd that runs only for that. */
async function importAll(work: string, store: string, archives: readonly string[]): Promise<void> {
  const socket = join(work, 'containerd.sock');
  const config = join(work, 'containerd.toml');
  const state = join(work, 'run');
  writeFileSync(config, `${containerdBasics({ root: store, state, socket, pods: false })}\n`);
  const lines: string[] = [];
  const dying = ['setpriv', '--pdeathsig', 'KILL'];
  const daemon = await Program.start([...dying, 'containerd', '--config', config], {
    line: (line) => lines.push(line),
  });
  try {
    const ctr = ['ctr', '--address', socket, '--connect-timeout', '1s', '--namespace', 'k8s.io'];
    while (!(await succeeds([...ctr, 'version']))) {
      if (!daemon.running) throw new Error(`containerd ended:\n${lines.slice(-20).join('\n')}`);
      await sleep(50);
    }
    for (const file of archives) await command([...ctr, 'images', 'import', file]);
  } finally {
    if (daemon.running) await daemon.terminate();
  }
}

const succeeds = (argv: readonly string[]): Promise<boolean> =>
  command(argv).then(
    () => true,
    () => false,
  );
