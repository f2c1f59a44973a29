/** Reasons of conditions and events, each with its meaning. They are part of the API: none is renamed or reused. */
export const REASONS = {
  /** Event of a standalone agent. */
  ConfigurationAccepted: 'The files were read and are what the agent runs now.',
  /** Event of a standalone agent. */
  ConfigurationRefused: 'The files have problems, which the message lists; what ran before goes on.',
  /** Event of a standalone agent. */
  LastAcceptedRestored:
    'The files could not be used at start; the agent runs the configuration it accepted last.',

  /** Accepted=True, and an event after a refusal. */
  Accepted: 'The spec makes sense and nobody else has what it asks for.',
  /** Accepted=False, and an event. */
  Invalid: 'Fields of the spec make no sense; the message lists all of them. What ran before goes on.',
  /** Accepted=False, and an event. */
  VRIDConflict: 'Another VirtualIP on the same network segment has the VRID, or asked for it first.',
  /** Accepted=False, and an event. */
  AddressConflict: 'Another VirtualIP has one of the addresses, or asked for it first.',
  /** Accepted=False, and an event. */
  NoFreeVRID: 'All 255 VRIDs of the network segment are taken.',
  /** Accepted=False, and an event. */
  PasswordUnusable: 'The Secret with the password is missing, or what it holds is no VRRP password.',

  /** Programmed=True. */
  Programmed: 'The agents of all nodes that take part run the present configuration.',
  /** Programmed=False; Ready=Unknown until the first report. */
  Pending: 'Some agents do not run the present configuration yet.',
  /** Programmed=False. */
  AgentsMissing: 'No agent has reported from some of the nodes.',
  /** Programmed=False. */
  NodesKept:
    'Nodes that are not selected any more still take part, until one that is selected holds the addresses.',
  /** Programmed=False and Ready=False. */
  NotAccepted: 'The spec is refused, see Accepted; what ran before goes on.',
  /** Ready=False, Programmed=False and Redundant=False. */
  NoMembers: 'No node takes part.',

  /** Ready=True. */
  Held: 'Exactly one node holds the addresses.',
  /** Ready=True: of the addresses of one family each. */
  HeldApart: 'One node holds the IPv4 addresses, another one the IPv6 ones.',
  /** Ready=True. */
  HeldUnreported:
    'The holder has not reported lately, but other nodes hear its adverts: it is cut off from the API server alone.',
  /** Ready=False: it is Active, and its kernel lacks addresses. */
  AddressesMissing: 'The Active node does not have all of the addresses on its interface.',
  /** Ready=False. */
  HeldOutside: 'A router that is no node of this cluster is Active.',
  /** Ready=False, and an event when there was a holder. */
  NoHolder: 'All nodes have reported, and none of them is Active.',
  /** Ready=Unknown. */
  HolderUnknown: 'The nodes that might hold the addresses have not reported lately.',
  /** Ready=False and SplitBrain=True, and an event. */
  SplitBrain: 'Two or more nodes are Active for the same addresses: they do not hear each other.',
  /** SplitBrain=False, and an event when it was true. */
  NoSplitBrain: 'At most one node is Active.',

  /** Redundant=True. */
  BackupReady: 'Another node would take over if the holder failed.',
  /** Redundant=False, and an event. */
  NoBackup: 'No other node would take over if the holder failed.',

  /** Degraded=False, and an event when it was true. */
  AllWell: 'No node that takes part has anything to complain about.',
  /** Degraded=True, and an event. */
  NodeProblems: 'Agents report problems on their nodes, which the message lists.',
  /** Degraded=True, and an event. */
  NodesSilent: 'Nodes that take part have not reported lately.',
  /** Degraded=True, and an event. */
  NodesWithoutAddress:
    'Nodes are left out of the election by unicast because they have no address of the family.',
  /** Degraded=True, and an event. */
  TooManyNodes: 'More nodes are selected than there are priorities; the rest is left out.',

  /** Event. */
  HolderChanged: 'Another node holds the addresses now.',
  /** Event. */
  HolderLost: 'No node is known to hold the addresses any more.',
  /** Event. */
  VRIDAllocated: 'The operator picked a VRID, because the spec has none.',
} as const satisfies Readonly<Record<string, string>>;

export type Reason = keyof typeof REASONS;
