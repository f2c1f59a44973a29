import { closestName } from '../../api/v1alpha1/closest-name.js';
import type { FieldPath } from '../../api/v1alpha1/field-path.js';
import { type Finding, finding } from '../../api/v1alpha1/finding.js';
import { validateVirtualIP } from '../../api/v1alpha1/validate.js';
import { API_VERSION, type DefaultedVirtualIP, VIRTUAL_IP_KIND } from '../../api/v1alpha1/virtual-ip.js';
import { type LocatedFinding, type Position, aboutFile, locatedAt } from './located-finding.js';
import { type YamlDocument, readYamlDocuments, unreadableText } from './yaml-documents.js';

/** Several thousand VirtualIPs; a larger file is one given by mistake. */
export const LARGEST_FILE = 1024 * 1024;

/** More than a person reads at once. */
const MOST_PROBLEMS = 1_000;

/** A file as it was read. */
export type SourceFile = Readonly<{ name: string; bytes: Uint8Array }>;

/** A valid VirtualIP and where each of its fields was written. */
export type LocatedVirtualIP = Readonly<{
  virtualIP: DefaultedVirtualIP;
  /** As written, without defaults. */
  written: Readonly<Record<string, unknown>>;
  file: string;
  locate: (at: FieldPath) => Position;
}>;

export type FileContent = Readonly<{
  virtualIPs: readonly LocatedVirtualIP[];
  problems: readonly LocatedFinding[];
  warnings: readonly LocatedFinding[];
}>;

/**
 * The VirtualIPs of a file that a standalone agent is given: any number of YAML documents, each a VirtualIP or a List of
 * them. All problems are named. Never throws.
 */
export function readYamlFile({ name: file, bytes }: SourceFile): FileContent {
  if (bytes.length > LARGEST_FILE)
    return refusal(
      aboutFile(file, `is larger than ${String(LARGEST_FILE / 1024 / 1024)} MiB`, 'is it the right file?'),
    );
  const { documents, ...found } = parseText(file, bytes);
  const problems = [...found.problems];
  const warnings = [...found.warnings];
  const virtualIPs: LocatedVirtualIP[] = [];
  for (const object of documents.flatMap(({ content, locate }) => objectsIn(content, locate))) {
    const here = (finding: Finding) => locatedAt(file, object.locate(finding.at), finding);
    const verdict = judge(object.content);
    problems.push(...verdict.problems.map(here));
    warnings.push(...verdict.warnings.map(here));
    if (verdict.accepted !== null)
      virtualIPs.push({
        virtualIP: verdict.accepted,
        written: asRecord(object.content),
        file,
        locate: object.locate,
      });
  }
  if (documents.length === 0 && problems.length === 0)
    // An editor that empties the file before it writes it must not take the addresses away.
    return refusal(
      aboutFile(
        file,
        'holds no VirtualIP',
        `to run none on purpose, write {apiVersion: v1, kind: List, items: []}`,
      ),
    );
  return {
    virtualIPs,
    problems: problems.slice(0, MOST_PROBLEMS),
    warnings: warnings.slice(0, MOST_PROBLEMS),
  };
}

const refusal = (problem: LocatedFinding): FileContent => ({
  virtualIPs: [],
  problems: [problem],
  warnings: [],
});

function parseText(file: string, bytes: Uint8Array): ReturnType<typeof readYamlDocuments> {
  try {
    return readYamlDocuments(file, new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    if (error instanceof TypeError) return unreadableText(file);
    throw error;
  }
}

type WrittenObject = Readonly<{ content: unknown; locate: YamlDocument['locate'] }>;

/** The document's object, or those of a List. */
function objectsIn(content: unknown, locate: YamlDocument['locate']): readonly WrittenObject[] {
  const { apiVersion, kind, items } = asRecord(content);
  const isList =
    (kind === 'List' && apiVersion === 'v1') ||
    (kind === `${VIRTUAL_IP_KIND}List` && apiVersion === API_VERSION);
  if (!isList || !Array.isArray(items)) return [{ content, locate }];
  return items.map((item: unknown, index) => ({
    content: item,
    locate: (at) => locate(['items', index, ...at]),
  }));
}

/** Another kind of object gets one plain sentence instead of a list of fields that a VirtualIP does not have. */
function judge(content: unknown): ReturnType<typeof validateVirtualIP> {
  const { apiVersion, kind } = asRecord(content);
  const strangers: Finding[] = [];
  if (typeof kind === 'string' && kind !== VIRTUAL_IP_KIND)
    strangers.push(
      finding(['kind'], `is "${kind}", and a standalone agent reads only ${VIRTUAL_IP_KIND}`, meant(kind)),
    );
  if (typeof apiVersion === 'string' && apiVersion !== API_VERSION)
    strangers.push(finding(['apiVersion'], `is "${apiVersion}", and must be ${API_VERSION}`));
  return strangers.length > 0
    ? { problems: strangers, warnings: [], accepted: null }
    : validateVirtualIP(content, 'standalone');
}

const meant = (kind: string): string =>
  closestName(kind, [VIRTUAL_IP_KIND]) === null
    ? 'keep other objects in other files'
    : `did you mean ${VIRTUAL_IP_KIND}?`;

const asRecord = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
