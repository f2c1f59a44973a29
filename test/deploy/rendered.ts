import { parseAllDocuments } from 'yaml';

import { CHART, helm } from '../../scripts/deployment.js';

type Texts = Readonly<Record<string, string>>;
type Metadata = Readonly<{ name: string; namespace?: string; labels?: Texts; annotations?: Texts }>;

/** A Kubernetes object as the chart renders it. */
export type Rendered = Readonly<Record<string, unknown> & { kind: string; metadata: Metadata }>;

export type Container = Readonly<{
  image: string;
  env: readonly Readonly<{ name: string; value?: string }>[];
  securityContext: unknown;
}>;

/** As much of a Deployment's specification as tests look at. */
export type Workload = Readonly<{
  selector: Readonly<{ matchLabels: Texts }>;
  template: Readonly<{
    metadata: Readonly<{ labels: Texts; annotations: Texts }>;
    spec: Readonly<Record<string, unknown> & { containers: readonly [Container, ...Container[]] }>;
  }>;
}>;

export const NAMESPACE = 'kube-vrrp-system';

/** APIs that the chart asks for before it uses them. */
export const WITH_ADMISSION_POLICY =
  '--api-versions=admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy';

const made = new Map<string, Promise<readonly Rendered[]>>();

/** The objects of the chart with these values, rendered without a cluster. The same values are rendered once. */
export function render(
  values: Readonly<Record<string, unknown>> = {},
  ...argv: readonly string[]
): Promise<readonly Rendered[]> {
  const key = JSON.stringify([values, argv]);
  const objects = made.get(key) ?? rendered(values, argv);
  made.set(key, objects);
  return objects;
}

async function rendered(
  values: Readonly<Record<string, unknown>>,
  argv: readonly string[],
): Promise<readonly Rendered[]> {
  const text = await helm(
    'template',
    'kube-vrrp',
    CHART,
    `--namespace=${NAMESPACE}`,
    ...set(values),
    ...argv,
  );
  return parse(text);
}

const set = (values: Readonly<Record<string, unknown>>): readonly string[] =>
  Object.entries(values).map(([path, value]) => `--set-json=${path}=${JSON.stringify(value)}`);

/** The objects of some YAML documents; throws when one of them is no YAML. */
export const parse = (text: string): readonly Rendered[] =>
  parseAllDocuments(text, { uniqueKeys: true })
    .map((document) => {
      const [error] = document.errors;
      if (error !== undefined) throw error;
      return document.toJS() as Rendered | null;
    })
    .filter((object) => object !== null);

/** What Helm says about values that it refuses. */
export async function refusal(values: Readonly<Record<string, unknown>>): Promise<string> {
  try {
    await render(values);
  } catch (error) {
    return (error as { stderr?: string }).stderr ?? String(error);
  }
  throw new Error(`the chart takes ${JSON.stringify(values)}`);
}

export const ofKind = (objects: readonly Rendered[], kind: string): readonly Rendered[] =>
  objects.filter((object) => object.kind === kind);

/** The one object of a kind and name. */
export function the(objects: readonly Rendered[], kind: string, name: string): Rendered {
  const [object, ...others] = ofKind(objects, kind).filter(({ metadata }) => metadata.name === name);
  if (object === undefined || others.length > 0)
    throw new Error(`there are ${others.length + (object === undefined ? 0 : 1)} objects ${kind}/${name}`);
  return object;
}

/** The specification of the operator's Deployment. */
export const operatorOf = (objects: readonly Rendered[], name = 'kube-vrrp-operator'): Workload =>
  the(objects, 'Deployment', name)['spec'] as Workload;

/** The operator's configuration file. */
export const configFileOf = (objects: readonly Rendered[]): string => {
  const data = the(objects, 'ConfigMap', 'kube-vrrp-operator')['data'] as Texts;
  return data['operator.yaml'] ?? '';
};
