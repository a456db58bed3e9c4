/** Context rules by program type: fields, return range, callable helpers. Input: the generated rows, parsed once on demand. */

import {
  CONTEXT_ROWS,
  type ContextFields,
  type ContextRow,
  contextRow,
  type FieldRule,
  fieldsOfRow,
} from "../../../runtime/facts/contexts.js";
import { ProgramTypeId } from "../../../runtime/facts/program-types/ids.js";
import { TYPED_ROWS } from "../../../runtime/facts/typed-contexts.js";
import { Kind } from "../state/reg.js";

export interface ContextRules {
  readonly name: string;
  readonly fields: ContextFields;
  /** Inclusive; undefined where any value may be returned. */
  readonly returns: readonly [bigint, bigint] | undefined;
  readonly helpers: ReadonlySet<number>;
}

/** "1-3 5" -> 1, 2, 3, 5. */
function numbers(text: string): number[] {
  return text.split(" ").flatMap((part) => {
    const [from = 0, to = from] = part.split("-").map(Number);
    return Array.from({ length: to - from + 1 }, (_, i) => from + i);
  });
}

function parseRow(row: ContextRow): ContextRules {
  const [name, , , range, helpers] = row;
  const bounds = /\[(-?\d+), (-?\d+)\]/.exec(range);
  const ids = numbers(helpers);
  return {
    name,
    returns: bounds === null ? undefined : [BigInt(bounds[1] ?? 0), BigInt(bounds[2] ?? 0)],
    helpers: new Set(ids),
    fields: fieldsOfRow(row),
  };
}

const typedRow = (type: number, attachType: number) =>
  TYPED_ROWS.find((r) => r.type === type && (r.attach === -1 || r.attach === attachType));

/** The rules of a program type. */
export function contextRules(type: number, attachType: number): ContextRules | undefined {
  const typed = typedRow(type, attachType);
  if (typed !== undefined)
    return { name: typed.name, fields: new Map(), returns: typed.returns, helpers: new Set(numbers(typed.helpers)) };
  const row = contextRow(type, attachType);
  return row === undefined ? undefined : parseRow(row);
}

const SIZES = [1, 2, 4, 8] as const;

/**
 * The field at an offset. In front of a tracepoint's record everything aligned may be read: tp_prog_is_valid_access compares the
 * signed offset with an unsigned size (kernel/trace/bpf_trace.c; 4.7 to 6.18, measured on 6.18.44).
 */
export function fieldAt(rules: ContextRules, type: number, offset: number): FieldRule | undefined {
  if (type !== ProgramTypeId.tracepoint || offset >= 0) return rules.fields.get(offset);
  const read = SIZES.reduce((sum, size) => sum | (offset % size === 0 ? size : 0), 0);
  return { read, write: 0, kind: "scalar" };
}

/** Ids of the helpers that programs of a type may call; undefined for a type that no table has. */
export function callableHelpers(type: number, attachType: number): ReadonlySet<number> | undefined {
  const ids = typedRow(type, attachType)?.helpers ?? contextRow(type, attachType)?.[4];
  return ids === undefined ? undefined : new Set(numbers(ids));
}

/** Names of the program types that may call a helper, as the tables name them: "sched_cls", "xdp". */
export function programTypesWith(helper: number): string[] {
  const rows = [
    ...CONTEXT_ROWS.map((r) => [r[0], r[4]] as const),
    ...TYPED_ROWS.map((r) => [r.name, r.helpers] as const),
  ];
  return rows.flatMap(([name, ids]) => (numbers(ids).includes(helper) ? [name] : []));
}

/** What a context field of a pointer kind loads as. */
export function fieldKind(kind: string): Kind {
  switch (kind) {
    case "pkt":
      return Kind.Pkt;
    case "pkt_end":
      return Kind.PktEnd;
    case "pkt_meta":
      return Kind.PktMeta;
    case "flow_keys":
      return Kind.FlowKeys;
    case "sock":
    case "sock_or_null":
      return Kind.Socket;
    case "sock_common":
    case "sock_common_or_null":
      return Kind.SockCommon;
    case "xdp_sock":
    case "xdp_sock_or_null":
      return Kind.XdpSock;
    case "tp_buffer":
      return Kind.TpBuffer;
    default:
      return kind.includes("ptr_") ? Kind.Btf : Kind.Scalar;
  }
}
