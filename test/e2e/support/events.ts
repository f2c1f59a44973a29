import type { Stage } from './stage.js';

export type LiveEvent = Readonly<{
  type: 'Normal' | 'Warning';
  reason: string;
  message?: string;
  note?: string;
  regarding?: { kind: string; name: string };
  involvedObject?: { kind: string; name: string };
}>;

/** What `kubectl get events` has about an object, oldest first. */
export async function eventsAbout(stage: Stage, kind: string, name: string): Promise<readonly LiveEvent[]> {
  const { items } = await stage.get<{ items: readonly LiveEvent[] }>(
    ...['events', '--all-namespaces', '--sort-by=.metadata.creationTimestamp'],
  );
  return items.filter(
    ({ involvedObject }) => involvedObject?.kind.toLowerCase() === kind && involvedObject.name === name,
  );
}
