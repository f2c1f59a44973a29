import type { KubeObject } from '../../platform/kube/ports.js';

/**
 * Whether a change of a VirtualRouter's status makes another node Active that was not before, or not since the same time. The
 * objects come over the network and may be anything.
 */
export function somebodyElseBecameActive(
  before: KubeObject | undefined,
  after: KubeObject,
  node: string,
): boolean {
  const known = before === undefined ? new Set<string>() : activeMembers(before, node);
  return [...activeMembers(after, node)].some((member) => !known.has(member));
}

/** Whether somebody has taken the node's entry out of the status. */
export function lacksEntry(object: KubeObject, node: string): boolean {
  const members = fieldOf(fieldOf(object, 'status'), 'members');
  return !Array.isArray(members) || !members.some((member) => fieldOf(member, 'node') === node);
}

/** The other nodes that say that they are Active, each with the time since when. */
function activeMembers(object: KubeObject, except: string): ReadonlySet<string> {
  const members = fieldOf(fieldOf(object, 'status'), 'members');
  if (!Array.isArray(members)) return new Set();
  return new Set(
    (members as readonly unknown[])
      .filter((member) => fieldOf(member, 'state') === 'Active' && fieldOf(member, 'node') !== except)
      .map((member) => JSON.stringify([fieldOf(member, 'node'), fieldOf(member, 'since')])),
  );
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
