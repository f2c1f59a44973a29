/* The little of SVG that the plots need. The picture carries its own colours for light and dark, and its own background. */

export const escapeText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

type Attributes = Readonly<Record<string, string | number>>;

/** An element; numbers are rounded to a tenth of a pixel. */
export function element(name: string, attributes: Attributes, content = ''): string {
  const text = Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? short(value) : value}"`)
    .join('');
  return content === '' ? `<${name}${text}/>` : `<${name}${text}>${content}</${name}>`;
}

const short = (value: number): string => String(Math.round(value * 10) / 10);

export const label = (x: number, y: number, text: string, attributes: Attributes = {}): string =>
  element('text', { x, y, ...attributes }, escapeText(text));

const STYLE = `
svg { color-scheme: light dark; }
text { font: 12px system-ui, sans-serif; fill: #1f2328; }
.head { font-weight: 600; } .small { font-size: 11px; } .muted { fill: #59636e; }
.card { fill: #ffffff; } .axis { stroke: #818b98; } .grid { stroke: #d1d9e0; }
.s0 { fill: #0969da; } .s1 { fill: #bc4c00; } .s2 { fill: #8250df; }
.tick { stroke: #1f2328; stroke-width: 2; }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc; } .muted { fill: #9198a1; }
  .card { fill: #0d1117; } .axis { stroke: #656c76; } .grid { stroke: #2f353d; }
  .s0 { fill: #58a6ff; } .s1 { fill: #f0883e; } .s2 { fill: #bc8cff; }
  .tick { stroke: #f0f6fc; }
}`;

/** A whole picture. `title` is what screen readers say. */
export function picture(width: number, height: number, title: string, content: readonly string[]): string {
  const attributes = `xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${short(width)} ${short(height)}" width="${short(width)}" height="${short(height)}" role="img"`;
  return [
    `<svg ${attributes}>`,
    `<title>${escapeText(title)}</title>`,
    `<style>${STYLE}\n</style>`,
    element('rect', { class: 'card', width, height, rx: 6 }),
    ...content,
    '</svg>',
    '',
  ].join('\n');
}
