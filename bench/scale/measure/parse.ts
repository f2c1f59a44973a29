/** One number of Prometheus' text format. */
export type Sample = Readonly<{ name: string; labels: Readonly<Record<string, string>>; value: number }>;
export type Samples = readonly Sample[];

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)(?: \d+)?$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;
const KIB_PER_MIB = 1024;

/** Prometheus' text format; comments and what cannot be read are left out. */
export const parseSamples = (text: string): Samples =>
  text.split('\n').flatMap((line) => {
    const [, name, labels = '', value = ''] = LINE.exec(line) ?? [];
    if (name === undefined) return [];
    const named = [...labels.matchAll(LABEL)].map(([, key = '', given = '']) => [key, given] as const);
    return [{ name, labels: Object.fromEntries(named), value: Number(value) }];
  });

/** The sum of all samples of this name with these labels; 0 when there are none. */
export const sumOfSamples = (
  samples: Samples,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number =>
  samples
    .filter(
      (sample) =>
        sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
    )
    .reduce((sum, { value }) => sum + value, 0);

/** The largest resident set that there ever was, in MiB, of proc(5)'s `status`. NaN: it does not say. */
export const parsePeak = (status: string): number =>
  Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / KIB_PER_MIB;
