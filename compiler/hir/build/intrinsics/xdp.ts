/** Methods of XdpContext. */
import { type EnumType, INT, NUMBER } from "../../types.js";
import { N, OPTIONAL, table } from "./helper-call.js";

const ACTION: EnumType = { kind: "enum", name: "XdpAction", members: [], signed: false };

export const XDP = table({
  "XdpContext.adjustHead": {
    helper: "xdp_adjust_head",
    parameters: ["context", N()],
    returns: NUMBER,
  },
  "XdpContext.adjustTail": {
    helper: "xdp_adjust_tail",
    parameters: ["context", N()],
    returns: NUMBER,
  },
  "XdpContext.adjustMeta": {
    helper: "xdp_adjust_meta",
    parameters: ["context", N()],
    returns: NUMBER,
  },
  "XdpContext.redirect": { helper: "redirect", parameters: [N(INT.u32), OPTIONAL(INT.u64)], returns: ACTION },
  "XdpContext.fibLookup": {
    helper: "fib_lookup",
    parameters: ["context", "memory", OPTIONAL(INT.u32)],
    returns: NUMBER,
  },
  "XdpContext.loadBytes": { helper: "xdp_load_bytes", parameters: ["context", N(INT.u32), "memory"], returns: NUMBER },
  "XdpContext.bufferLength": { helper: "xdp_get_buff_len", parameters: ["context"], returns: INT.u64 },
});
