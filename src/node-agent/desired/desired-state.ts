import type { DefaultedVirtualIP } from '../../api/v1alpha1/virtual-ip.js';
import { finding } from '../../api/v1alpha1/finding.js';
import { passwordProblem } from '../../api/v1alpha1/rules/authentication.js';
import type { Result } from '../../values/result.js';
import type { RouterSpec } from '../ipc/router-spec.js';
import { conflicts } from './conflicts.js';
import { type LocatedFinding, byPlace, locatedAt } from './located-finding.js';
import type { PodTrackerSpec } from './pod-tracker-spec.js';
import { type ProbeSpec, probeSpecs } from './probe-spec.js';
import { routerSpecs } from './router-specs.js';
import { type LocatedVirtualIP, type SourceFile, readYamlFile } from './yaml-file.js';

/** What this host is to run. Plain JSON. */
export type DesiredState = Readonly<{
  routers: readonly RouterSpec[];
  probes: readonly ProbeSpec[];
  /** Empty without a cluster. */
  pods: readonly PodTrackerSpec[];
}>;

/** What the files say, taken together. */
export type Assessment = Readonly<{
  problems: readonly LocatedFinding[];
  warnings: readonly LocatedFinding[];
  /** The VirtualIPs that are valid by themselves. */
  virtualIPs: readonly LocatedVirtualIP[];
  /** null when there is any problem: configuration is taken whole or not at all. */
  accepted: Accepted | null;
}>;

export type Accepted = Readonly<{
  desired: DesiredState;
  /** The VirtualIPs as written, but with passwords in place of password files: enough to run them again. */
  objects: readonly Readonly<Record<string, unknown>>[];
}>;

/** The content of a password file, or why it cannot be had. */
export type PasswordLookup = (passwordFile: string, configurationFile: string) => Result<string, string>;

/** Judges the files as one configuration for the node `nodeName` (null: for any node). */
export function assess(
  files: readonly SourceFile[],
  nodeName: string | null,
  lookUpPassword: PasswordLookup,
): Assessment {
  const contents = files.map(readYamlFile);
  const virtualIPs = contents.flatMap((content) => content.virtualIPs);
  const resolved = virtualIPs.map((located) => withPassword(located, lookUpPassword));
  const names = files.map(({ name }) => name);
  const problems = [
    ...contents.flatMap((content) => content.problems),
    ...conflicts(virtualIPs, nodeName),
    ...resolved.flatMap(({ problem }) => (problem === null ? [] : [problem])),
  ].sort(byPlace(names));
  const warnings = [
    ...contents.flatMap((content) => content.warnings),
    ...virtualIPs.flatMap((located) => unlisted(located, nodeName)),
  ].sort(byPlace(names));
  return {
    problems,
    warnings,
    virtualIPs,
    accepted: problems.length > 0 ? null : accept(resolved, nodeName),
  };
}

/** A list of nodes without this one: more often a wrong name than what is meant. */
function unlisted({ virtualIP, file, locate }: LocatedVirtualIP, nodeName: string | null): LocatedFinding[] {
  const { nodes = [], priority } = virtualIP.spec;
  if (nodeName === null || nodes.length === 0 || nodes.some(({ name }) => name === nodeName)) return [];
  const at = ['spec', 'nodes'];
  const problem = `has no entry for this host, ${nodeName}, which takes part with priority ${String(priority)}`;
  return [locatedAt(file, locate(at), finding(at, problem, 'add one, or name one of them with --node-name'))];
}

function accept(resolved: readonly Resolved[], nodeName: string | null): Accepted {
  const routed = resolved.map(({ virtualIP }) => ({ virtualIP, routers: routerSpecs(virtualIP, nodeName) }));
  return {
    desired: {
      routers: routed.flatMap(({ routers }) => routers),
      probes: routed.flatMap(({ virtualIP, routers }) =>
        probeSpecs(
          virtualIP,
          routers.map(({ key }) => key),
        ),
      ),
      pods: [],
    },
    objects: resolved.map(({ written }) => written),
  };
}

type Resolved = Readonly<{
  virtualIP: DefaultedVirtualIP;
  written: Readonly<Record<string, unknown>>;
  problem: LocatedFinding | null;
}>;

/** The VirtualIP with the content of its password file, if it names one. */
function withPassword(located: LocatedVirtualIP, lookUpPassword: PasswordLookup): Resolved {
  const { virtualIP, written, file, locate } = located;
  const { passwordFile } = virtualIP.spec.authentication;
  if (passwordFile === undefined) return { virtualIP, written, problem: null };
  const found = lookUpPassword(passwordFile, file);
  const unfit = found.ok ? passwordProblem(found.value) : found.problem;
  if (!found.ok || unfit !== null) {
    const at = ['spec', 'authentication', 'passwordFile'];
    const problem = finding(at, found.ok ? `its content ${String(unfit)}` : found.problem);
    return { virtualIP, written, problem: locatedAt(file, locate(at), problem) };
  }
  const authentication = { type: 'Password' as const, password: found.value };
  return {
    virtualIP: { ...virtualIP, spec: { ...virtualIP.spec, authentication } },
    written: { ...written, spec: { ...(written['spec'] as object), authentication } },
    problem: null,
  };
}
