import { struct, type u32, type u8 } from "ebpftsc";
@struct export class Key { a!: u32; }
export enum Mode { Off, On }
export function first(k: Key): u32 { return k.a; }
