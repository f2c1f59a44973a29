import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { eventuallyAsked } from '../lab/eventually.js';
import type { Host } from '../lab/host.js';

/** Starts Debian's nginx on a host; every page of it is the host's name. Resolves when it answers. */
export async function startWebServer(host: Host): Promise<void> {
  const directory = join(host.lab.directory, `${host.name}-nginx`);
  mkdirSync(directory);
  const file = join(directory, 'nginx.conf');
  writeFileSync(file, configuration(host.name));
  await host.spawn(['nginx', '-p', directory, '-c', file, '-e', 'stderr']);
  const answers = async (): Promise<boolean> => (await host.fetch('http://127.0.0.1/')) === `${host.name}\n`;
  await eventuallyAsked(host.lab.timeline, `nginx answers on ${host.name}`, 10_000, answers);
}

/** One process in the foreground, with every file of its own in its own directory. */
const configuration = (name: string): string => `
daemon off;
master_process off;
pid nginx.pid;
error_log stderr;
events { worker_connections 256; }
http {
  access_log off;
  keepalive_timeout 0;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  server {
    listen 80;
    default_type text/plain;
    return 200 "${name}\\n";
  }
}
`;
