/**
 * Integer types of programs. A flavour is an optional phantom property whose value is the set of names that widen to
 * it without loss, under an unexported symbol key: literals and lossless widening are free, every narrowing, sign
 * change and byte-order slip is a `tsc` error. Each name is also the conversion function of that name.
 *
 * Invariant: under Node a `be*` value is its *logical* number (host order); only memory holds the swapped bytes.
 */
declare const INT: unique symbol;
declare const BE: unique symbol;

/** Unsigned 8-bit integer (1 byte). */
export type u8 = number & { readonly [INT]?: "u8" };
/** Unsigned 16-bit integer (2 bytes, host order). */
export type u16 = number & { readonly [INT]?: "u8" | "u16" };
/** Unsigned 32-bit integer (4 bytes, host order). */
export type u32 = number & { readonly [INT]?: "u8" | "u16" | "u32" };
/** Signed 8-bit integer (1 byte). */
export type i8 = number & { readonly [INT]?: "i8" };
/** Signed 16-bit integer (2 bytes). */
export type i16 = number & { readonly [INT]?: "i8" | "u8" | "i16" };
/** Signed 32-bit integer (4 bytes). */
export type i32 = number & { readonly [INT]?: "i8" | "i16" | "u8" | "u16" | "i32" };
/** Unsigned 64-bit integer (8 bytes), a `bigint`. */
export type u64 = bigint & { readonly [INT]?: "u64" };
/** Signed 64-bit integer (8 bytes), a `bigint`. */
export type i64 = bigint & { readonly [INT]?: "i64" };

/** 16-bit integer in network byte order. Only compared, stored and converted: see {@link ntohs}. */
export interface be16 {
  readonly [BE]: 16;
}
/** 32-bit integer in network byte order: see {@link ntohl}. */
export interface be32 {
  readonly [BE]: 32;
}
/** 64-bit integer in network byte order: see {@link ntohll}. */
export interface be64 {
  readonly [BE]: 64;
}

type Convertible = number | bigint | boolean;

const unsigned = (bits: number, x: Convertible): number => Number(BigInt.asUintN(bits, BigInt(x)));
const signed = (bits: number, x: Convertible): number => Number(BigInt.asIntN(bits, BigInt(x)));

/** The low 8 bits of `x`, unsigned. `u8(300) === 44` */
export function u8(x: Convertible): u8 {
  return unsigned(8, x);
}
/** The low 16 bits of `x`, unsigned. */
export function u16(x: Convertible): u16 {
  return unsigned(16, x);
}
/** The low 32 bits of `x`, unsigned. */
export function u32(x: Convertible): u32 {
  return unsigned(32, x);
}
/** The low 8 bits of `x`, sign-extended. */
export function i8(x: Convertible): i8 {
  return signed(8, x);
}
/** The low 16 bits of `x`, sign-extended. */
export function i16(x: Convertible): i16 {
  return signed(16, x);
}
/** The low 32 bits of `x`, sign-extended. */
export function i32(x: Convertible): i32 {
  return signed(32, x);
}
/** `x` as an unsigned 64-bit integer (two's complement). */
export function u64(x: Convertible): u64 {
  return BigInt.asUintN(64, BigInt(x));
}
/** `x` as a signed 64-bit integer. */
export function i64(x: Convertible): i64 {
  return BigInt.asIntN(64, BigInt(x));
}

/** Host to network order, 16 bits. `htons(80) === tcp.dest` compares without converting the packet's field. */
export function htons(host: u16): be16 {
  return host as unknown as be16;
}
/** Network to host order, 16 bits. */
export function ntohs(net: be16): u16 {
  return net as unknown as u16;
}
/** Host to network order, 32 bits. */
export function htonl(host: u32): be32 {
  return host as unknown as be32;
}
/** Network to host order, 32 bits. */
export function ntohl(net: be32): u32 {
  return net as unknown as u32;
}
/** Host to network order, 64 bits. */
export function htonll(host: u64): be64 {
  return host as unknown as be64;
}
/** Network to host order, 64 bits. */
export function ntohll(net: be64): u64 {
  return net as unknown as u64;
}
/** The same as {@link htons}: the type's own conversion. */
export function be16(host: u16): be16 {
  return htons(host);
}
/** The same as {@link htonl}. */
export function be32(host: u32): be32 {
  return htonl(host);
}
/** The same as {@link htonll}. */
export function be64(host: u64): be64 {
  return htonll(host);
}
