import type { LabStage, Stage } from './stage.js';

/** A VirtualIP that all nodes have taken up, and its holder. */
export async function established(
  stage: LabStage,
  name: string,
  spec: Parameters<Stage['applyVirtualIP']>[1],
): Promise<string> {
  await stage.agentsReady();
  await stage.applyVirtualIP(name, spec);
  await stage.settled(name);
  const [holder = ''] = stage.preference(name);
  for (const address of spec.addresses) await stage.heldBy(address.split('/')[0] ?? '', [holder], 10_000);
  return holder;
}
