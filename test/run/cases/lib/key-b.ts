import { struct, type u64, type u16 } from "ebpftsc";
@struct export class Key { x!: u64; y!: u64 }
export enum Mode { Slow = 4, Fast = 9 }
