import { Gauge, Registry, collectDefaultMetrics } from 'prom-client';
import type { VirtualIP } from '../../api/v1alpha1/virtual-ip.js';
import type { Observer } from '../../platform/observer.js';
import { prometheusObserver } from '../../platform/prometheus.js';

/** What the metrics of VirtualIPs are read off during a scrape. */
export type Subjects = Readonly<{
  /** Empty while another operator leads: else everything would be there twice. */
  virtualIPs: () => readonly VirtualIP[];
}>;

export type OperatorMetrics = Readonly<{
  contentType: string;
  scrape: () => Promise<string>;
  /** Counts what the parts of the operator tell. */
  observer: Observer;
}>;

export function createOperatorMetrics(
  program: Readonly<{ version: string; nodeVersion: string }>,
  subjects: Subjects,
): OperatorMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'kube_vrrp_operator_build_info',
    help: 'Always 1; what runs is in the labels.',
    labelNames: ['version', 'node_version'],
    registers: [registry],
  }).set({ version: program.version, node_version: program.nodeVersion }, 1);
  registerVirtualIPs(registry, subjects);
  return {
    contentType: registry.contentType,
    scrape: () => registry.metrics(),
    observer: prometheusObserver(registry),
  };
}

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

function registerVirtualIPs(registry: Registry, { virtualIPs }: Subjects): void {
  const gauge = (
    name: string,
    help: string,
    labels: readonly string[],
    sample: (virtualIP: VirtualIP) => Sample | null,
  ): void => {
    new Gauge({
      name: `kube_vrrp_virtualip_${name}`,
      help,
      labelNames: ['virtual_ip', ...labels],
      registers: [registry],
      collect() {
        this.reset();
        for (const virtualIP of virtualIPs()) {
          const found = sample(virtualIP);
          if (found !== null) this.set({ virtual_ip: virtualIP.metadata.name, ...found[0] }, found[1]);
        }
      },
    });
  };
  const condition = (type: string) => (virtualIP: VirtualIP) => conditionSample(virtualIP, type);
  gauge(
    'info',
    'Always 1; what the VirtualIP is, is in the labels.',
    ['vrid', 'interface', 'addresses'],
    ({ spec, status }) => [
      {
        vrid: String(status?.vrid ?? ''),
        interface: status?.interface ?? '',
        addresses: status?.addresses ?? spec.addresses.join(','),
      },
      1,
    ],
  );
  gauge(
    'holder',
    'Always 1: the node that holds the addresses. No sample: nobody does.',
    ['node'],
    (each) => {
      const node = each.status?.holder;
      return node === undefined || node === '' ? null : [{ node }, 1];
    },
  );
  gauge('accepted', 'Whether the spec can be used: 1 or 0.', [], condition('Accepted'));
  gauge('ready', 'Whether exactly one node holds the addresses: 1 or 0.', [], condition('Ready'));
  gauge(
    'split_brain',
    'Whether several nodes say that they hold the addresses: 1 or 0.',
    [],
    condition('SplitBrain'),
  );
  gauge('backups', 'How many nodes are ready to take over.', [], ({ status }) =>
    status?.backups === undefined ? null : [{}, status.backups],
  );
}

/** Unknown counts as 0; no sample before there is a condition. */
function conditionSample({ status }: VirtualIP, type: string): Sample | null {
  const found = status?.conditions?.find((condition) => condition.type === type);
  return found === undefined ? null : [{}, found.status === 'True' ? 1 : 0];
}
