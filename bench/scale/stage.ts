import type { Lab } from '../../lab/lab.js';
import { HttpsKubeApi } from '../../src/platform/kube/api.js';
import { KubeInformer } from '../../src/platform/kube/informer.js';
import type { KubeApi, KubeObject } from '../../src/platform/kube/ports.js';
import { LEASES, NODES } from '../../src/platform/kube/resources.js';
import { ClusterView } from './cluster-view.js';
import { type ApiServerSettings, ControlPlane } from './cluster/control-plane.js';
import { install } from './cluster/install.js';
import { NAMESPACE, apiServerFor } from './cluster/users.js';
import { each } from './each.js';
import { Fleet } from './fleet/fleet.js';
import { AuditTail } from './measure/audit-tail.js';
import { OperatorProcess, type OperatorSettings } from './operator-process.js';
import { QUIET_LOG } from './quiet-log.js';
import { type Size, nodeObject, nodesOf } from './workload.js';

export type StageSettings = Readonly<{
  size: Size;
  apiServer: ApiServerSettings;
  operator: OperatorSettings;
  say: (text: string) => void;
}>;

type Lease = KubeObject & Readonly<{ spec?: Readonly<{ holderIdentity?: string }> }>;

/** Nodes that are made at the same time. */
const AT_ONCE = 16;

/** A cluster without VirtualIPs: API server, nodes with their agents, and an operator that leads. */
export class Stage {
  private constructor(
    readonly size: Size,
    readonly api: KubeApi,
    readonly controlPlane: ControlPlane,
    readonly view: ClusterView,
    readonly operator: OperatorProcess,
    readonly fleet: Fleet,
    readonly audit: AuditTail,
    readonly say: (text: string) => void,
  ) {}

  static async open(lab: Lab, programs: string, settings: StageSettings): Promise<Stage> {
    const { size, say } = settings;
    say('starting etcd and kube-apiserver');
    const controlPlane = await ControlPlane.start(lab, programs, settings.apiServer);
    const server = apiServerFor(controlPlane.accessOf('bench'));
    const api = new HttpsKubeApi({ server, version: 'bench', component: 'bench', log: QUIET_LOG });
    const closed = new AbortController();
    lab.defer(async () => {
      closed.abort();
      api.close();
    });
    await install(api);
    const nodes = nodesOf(size);
    say(`making ${String(nodes.length)} nodes`);
    await each(nodes, AT_ONCE, async (node) => {
      await api.create(NODES, nodeObject(node));
    });
    const view = new ClusterView(api, say);
    await view.start(closed.signal);
    const operator = await OperatorProcess.start(lab, controlPlane.accessOf('operator'), settings.operator);
    await Promise.race([leads(api, closed.signal), operator.ended]);
    say(`starting ${String(nodes.length)} agents`);
    const fleet = await Fleet.start(lab, controlPlane.accessOf('agents'), nodes);
    const audit = new AuditTail(controlPlane.auditLog);
    return new Stage(size, api, controlPlane, view, operator, fleet, audit, say);
  }
}

/** Resolves when the operator has the Lease. */
async function leads(api: KubeApi, signal: AbortSignal): Promise<void> {
  const found = new AbortController();
  const leases = new KubeInformer<Lease>({
    ...{ api, log: QUIET_LOG, resource: LEASES },
    selection: { namespace: NAMESPACE },
  });
  const running = leases.run(AbortSignal.any([signal, found.signal]));
  leases.onChange(({ after }) => {
    if ((after?.spec?.holderIdentity ?? '') !== '') found.abort();
  });
  await running;
}
