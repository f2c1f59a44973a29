/** The octets written as hexadecimal digits; blanks between them do not count. */
export const octets = (hex: string): Uint8Array =>
  Uint8Array.from(hex.replaceAll(/\s/g, '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

/** `b8 65 c0 00`, to compare packets by eye. */
export const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (octet) => octet.toString(16).padStart(2, '0')).join(' ');
