/** Where a field is in an object: property names and list indices. */
export type FieldPath = readonly (string | number)[];

/** `spec.addresses[1]`, as Kubernetes writes it; a name that is no identifier is quoted: `matchLabels["a.b/c"]`. */
export function formatFieldPath(path: FieldPath): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${String(step)}]`;
    else if (/^[A-Za-z_][\w-]*$/.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}

/** Whether `path` is `ancestor` or lies below it. */
export const isWithin = (path: FieldPath, ancestor: FieldPath): boolean =>
  ancestor.every((step, index) => path[index] === step);
