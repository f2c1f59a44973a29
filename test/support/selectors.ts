import type { KubeObject, Selection } from '../../src/platform/kube/ports.js';

/** Whether the API server would count `object` among `selection`. Field selectors: any path of plain fields. */
export function isSelected(
  object: KubeObject,
  { namespace, labelSelector, fieldSelector }: Selection,
): boolean {
  if (namespace !== undefined && object.metadata?.namespace !== namespace) return false;
  return (
    requirements(labelSelector).every((text) => labelsMeet(text, object.metadata?.labels ?? {})) &&
    requirements(fieldSelector).every((text) => fieldsMeet(text, object))
  );
}

/** Splits at commas outside parentheses. */
const requirements = (selector = ''): readonly string[] =>
  selector
    .split(/,(?![^(]*\))/)
    .map((text) => text.trim())
    .filter((text) => text !== '');

function labelsMeet(text: string, labels: Readonly<Record<string, string>>): boolean {
  const [, key = '', operator, list = ''] = /^(\S+)\s+(in|notin)\s*\(([^)]*)\)$/.exec(text) ?? [];
  if (operator !== undefined) {
    const values = list.split(',').map((value) => value.trim());
    const value = labels[key];
    return (value !== undefined && values.includes(value)) === (operator === 'in');
  }
  const equality = /^([^=!]+)(==|=|!=)(.*)$/.exec(text);
  if (equality === null) return text.startsWith('!') ? !(text.slice(1) in labels) : text in labels;
  const [, name = '', sign, wanted] = equality;
  return (labels[name] === wanted) === (sign !== '!=');
}

function fieldsMeet(text: string, object: KubeObject): boolean {
  const [, path = '', sign, wanted] = /^([^=!]+)(==|=|!=)(.*)$/.exec(text) ?? [];
  if (sign === undefined) throw new Error(`not a field selector: ${text}`);
  const value = path
    .split('.')
    .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], object);
  // A field that is not there counts as empty.
  const found = typeof value === 'string' || value === undefined ? (value ?? '') : JSON.stringify(value);
  return (found === wanted) === (sign !== '!=');
}
