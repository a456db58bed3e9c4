/** Methods of SkBuff. */
import { type EnumType, INT, NUMBER } from "../../types.js";
import { N, OPTIONAL, table } from "./helper-call.js";

const ACTION: EnumType = { kind: "enum", name: "TcAction", members: [], signed: true };

export const SKB = table({
  "SkBuff.loadBytes": { helper: "skb_load_bytes", parameters: ["context", N(INT.u32), "memory"], returns: NUMBER },
  "SkBuff.csumUpdate": { helper: "csum_update", parameters: ["context", N(INT.u32)], returns: NUMBER },
  "SkBuff.vlanPush": {
    helper: "skb_vlan_push",
    parameters: ["context", N(INT.be16), N(INT.u16)],
    returns: NUMBER,
  },
  "SkBuff.vlanPop": { helper: "skb_vlan_pop", parameters: ["context"], returns: NUMBER },
  "SkBuff.pullData": {
    helper: "skb_pull_data",
    parameters: ["context", N(INT.u32)],
    returns: NUMBER,
  },
  "SkBuff.changeHead": {
    helper: "skb_change_head",
    parameters: ["context", N(INT.u32), { constant: 0 }],
    returns: NUMBER,
  },
  "SkBuff.changeTail": {
    helper: "skb_change_tail",
    parameters: ["context", N(INT.u32), { constant: 0 }],
    returns: NUMBER,
  },
  "SkBuff.changeProto": {
    helper: "skb_change_proto",
    parameters: ["context", N(INT.be16), { constant: 0 }],
    returns: NUMBER,
  },
  "SkBuff.changeType": { helper: "skb_change_type", parameters: ["context", N(INT.u32)], returns: NUMBER },
  "SkBuff.adjustRoom": {
    helper: "skb_adjust_room",
    parameters: ["context", N(), N(INT.u32), OPTIONAL(INT.u64)],
    returns: NUMBER,
  },
  "SkBuff.hashRecalc": { helper: "get_hash_recalc", parameters: ["context"], returns: INT.u32 },
  "SkBuff.redirect": { helper: "redirect", parameters: [N(INT.u32), OPTIONAL(INT.u64)], returns: ACTION },
  "SkBuff.redirectPeer": { helper: "redirect_peer", parameters: [N(INT.u32), { constant: 0 }], returns: ACTION },
  "SkBuff.cloneRedirect": {
    helper: "clone_redirect",
    parameters: ["context", N(INT.u32), OPTIONAL(INT.u64)],
    returns: NUMBER,
  },
  "SkBuff.fibLookup": { helper: "fib_lookup", parameters: ["context", "memory", OPTIONAL(INT.u32)], returns: NUMBER },
});
