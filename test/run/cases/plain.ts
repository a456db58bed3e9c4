// The decorator-free form, module-level maps and variables.
import { ArrayMap, program, struct, type u16, type u32, u64, XdpAction } from "ebpftsc";

@struct export class In { a!: u32; b!: u16 }
// packet: { a: 41, b: 2 }

const out = new ArrayMap<u64>(64);
let total: u64 = 5n;

function put(i: u32, v: u64): void {
  const r = out.lookup(i);
  if (r) r.value = v;
}

export const run = program.xdp((ctx) => {
  const p = ctx.packet.at(In, 0);
  if (!p) return XdpAction.Aborted;
  total += u64(p.a);
  put(0, total); //= 46n
  put(1, u64(p.a * p.b)); //= 82n
  return p.a > 40 ? XdpAction.Tx : XdpAction.Pass;
});

export const short = program.xdp((ctx) => (ctx.length > 100 ? XdpAction.Drop : XdpAction.Pass));
