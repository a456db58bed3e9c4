/** Types of frame-text.mjs, for tests. */
export function ipv6(bytes: Uint8Array): string;
export function describe(frame: Uint8Array): { readonly source: string; readonly what: string };
