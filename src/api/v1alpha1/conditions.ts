/** The conditions of a VirtualIP: what each states, and the status it has while all is well. They are part of the API. */
export const CONDITIONS = {
  Accepted: {
    whenWell: 'True',
    meaning: 'The spec makes sense, and nobody else has what it asks for. False: what ran before goes on.',
  },
  Programmed: {
    whenWell: 'True',
    meaning: 'The agents of all nodes that take part run this spec.',
  },
  Ready: {
    whenWell: 'True',
    meaning:
      'The addresses are held, and so can be reached. Unknown: the nodes that might hold them are silent.',
  },
  Redundant: {
    whenWell: 'True',
    meaning: 'Another node would take over if the holder failed.',
  },
  SplitBrain: {
    whenWell: 'False',
    meaning: 'More than one node holds the addresses.',
  },
  Degraded: {
    whenWell: 'False',
    meaning: 'Nodes report problems, or nothing at all, while the addresses may well be held.',
  },
} as const satisfies Readonly<Record<string, Readonly<{ whenWell: 'True' | 'False'; meaning: string }>>>;

export type ConditionType = keyof typeof CONDITIONS;
