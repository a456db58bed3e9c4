/**
 * The hot loop's handlers, each with what selects it. What is not here the step-by-step interpreter does: tail calls,
 * kernel functions, LD_ABS and LD_IND, and whatever an access or a call meets that is not allowed.
 */
import { Alu, Class, Jump, Op, SOURCE_REGISTER } from "../../../isa/index.js";
import { Internal } from "../../code.js";
import { alu, internalAlu } from "../../wasm/alu.js";
import { condition } from "../../wasm/branch.js";
import { W } from "../../wasm/opcodes.js";
import { accessHandlers } from "./access.js";
import { DST, IMM, type Labels, type LoopBody, SRC } from "./body.js";
import { callHandlers } from "./calls.js";
import { keyOf } from "./record.js";

export interface Handler {
  readonly key: number;
  /** Ends in a branch to one of the labels. */
  emit(body: LoopBody, labels: Labels): void;
}

const BINARY = [
  Alu.Add,
  Alu.Sub,
  Alu.Mul,
  Alu.Div,
  Alu.Or,
  Alu.And,
  Alu.Lsh,
  Alu.Rsh,
  Alu.Mod,
  Alu.Xor,
  Alu.Mov,
  Alu.Arsh,
];
const CONDITIONS = [
  Jump.Eq,
  Jump.Gt,
  Jump.Ge,
  Jump.Set,
  Jump.Ne,
  Jump.Sgt,
  Jump.Sge,
  Jump.Lt,
  Jump.Le,
  Jump.Slt,
  Jump.Sle,
];

function aluHandlers(): Handler[] {
  const out: Handler[] = [];
  for (const cls of [Class.Alu64, Class.Alu]) {
    const add = (kind: number, from: number, second: number): void => {
      out.push({
        key: keyOf(cls | from | kind),
        emit(body, labels) {
          alu(body, cls === Class.Alu64, kind, { dst: DST, src: second, imm: undefined });
          body.next(labels);
        },
      });
    };
    for (const kind of BINARY) {
      add(kind, 0, IMM);
      add(kind, SOURCE_REGISTER, SRC);
    }
    add(Alu.Neg, 0, IMM);
  }
  // Sdiv32Imm is the first, Swap64 the last of those that share opcodes.
  const immediate: ReadonlySet<number> = new Set([
    Internal.Sdiv32Imm,
    Internal.Sdiv64Imm,
    Internal.Smod32Imm,
    Internal.Smod64Imm,
  ]);
  for (let operation: number = Internal.Sdiv32Imm; operation <= Internal.Swap64; operation++) {
    out.push({
      key: keyOf(operation),
      emit(body, labels) {
        // The register form also for immediates: the record is where they are.
        const form = immediate.has(operation) ? operation + 1 : operation;
        internalAlu(body, form, DST, immediate.has(operation) ? IMM : SRC, 0);
        body.next(labels);
      },
    });
  }
  return out;
}

function jumpHandlers(): Handler[] {
  const out: Handler[] = [{ key: keyOf(Op.Ja), emit: (body, labels) => body.jump(labels) }];
  for (const cls of [Class.Jmp, Class.Jmp32])
    for (const from of [0, SOURCE_REGISTER])
      for (const kind of CONDITIONS)
        out.push({
          key: keyOf(cls | from | kind),
          emit(body, labels) {
            condition(body, cls | SOURCE_REGISTER | kind, DST, from === 0 ? IMM : SRC, 0);
            body.open(W.if);
            body.jump(labels);
            body.end();
            body.next(labels);
          },
        });
  return out;
}

function immediateHandler(): Handler {
  return {
    key: keyOf(Op.LdImm64),
    emit(body, labels) {
      body.reg(IMM);
      body.setReg(DST);
      body.next(labels, 2);
    },
  };
}

/** All of them; handler n has number n + 1 in records. */
export function handlers(target: LoopTarget): readonly Handler[] {
  return [...aluHandlers(), immediateHandler(), ...jumpHandlers(), ...accessHandlers(target), ...callHandlers(target)];
}

/** The memory that a loop is generated for. */
export interface LoopTarget {
  /** Bytes of data. */
  readonly size: number;
  /** Where the bitmaps are. */
  readonly readable: number;
  readonly writable: number;
}
