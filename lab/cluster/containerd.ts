/** What containerd would look for in vain on this machine. */
const MISSING = [
  'io.containerd.internal.v1.opt',
  ...['aufs', 'btrfs', 'devmapper', 'zfs'].map((name) => `io.containerd.snapshotter.v1.${name}`),
];

/** The beginning of a configuration file of containerd; without `pods` it does nothing for a kubelet. */
export const containerdBasics = ({
  root,
  state,
  socket,
  pods = true,
}: Readonly<{ root: string; state: string; socket: string; pods?: boolean }>): string => {
  const disabled = [...(pods ? [] : ['io.containerd.grpc.v1.cri']), ...MISSING];
  // Version 2 is that of the file's format.
  return `version = 2
root = "${root}"
state = "${state}"
oom_score = 0
disabled_plugins = ${JSON.stringify(disabled)}
[grpc]
  address = "${socket}"`;
};
