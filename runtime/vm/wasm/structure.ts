/**
 * Blocks to nested WebAssembly. Reducible flow becomes structured (Ramsey, "Beyond Relooper", ICFP 2022: the dominator
 * tree, a block around each merge point, a loop around each header). Everything else becomes a loop around a br_table
 * that goes to the block that local `next` names.
 */
import { type Body, Local } from "./body.js";
import type { Block, Flow } from "./flow.js";
import { W } from "./opcodes.js";

/** What the emitter gives for a block. */
export interface BlockEmitter {
  /** In front of a loop, with its header; not where flow is dispatched. */
  before(header: Block): void;
  /** Everything but the jump at the end. */
  body(block: Block): void;
  /** Leaves 1 on the stack when the branch is taken. */
  condition(block: Block): void;
  exit(block: Block): void;
}

/** Deeper dominator trees are not nested: the structuring functions recurse. */
const DEEPEST = 800;

/** Emits all blocks; ends with an instruction that is never reached. */
export function emitFlow(body: Body, flow: Flow, emit: BlockEmitter): void {
  if (flow.reducible && flow.depth <= DEEPEST) new Structured(body, emit).tree(flow.blocks[0] as Block);
  else dispatch(body, flow, emit);
  body.op(W.unreachable);
}

class Structured {
  readonly #loops = new Map<Block, number>();
  readonly #blocks = new Map<Block, number>();
  constructor(
    readonly body: Body,
    readonly emit: BlockEmitter,
  ) {}

  /** A block and all that it dominates. */
  tree(block: Block): void {
    if (block.header) this.emit.before(block);
    if (block.header) this.#loops.set(block, this.body.open(W.loop));
    const merges = block.dominated.filter((b) => b.forward >= 2).sort((a, b) => b.index - a.index);
    for (const merge of merges) this.#blocks.set(merge, this.body.open(W.block));
    this.emit.body(block);
    this.#jump(block);
    for (const merge of merges.reverse()) {
      this.body.end();
      this.tree(merge);
    }
    if (block.header) this.body.end();
  }

  #label(from: Block, to: Block): number | undefined {
    if (to.index <= from.index) return this.#loops.get(to);
    return to.forward >= 2 ? this.#blocks.get(to) : undefined;
  }

  #go(from: Block, to: Block): void {
    const label = this.#label(from, to);
    if (label === undefined) this.tree(to);
    else this.body.br(label);
  }

  #jump(block: Block): void {
    const { body } = this;
    const [target, other] = block.successors;
    if (block.end === "exit" || target === undefined) {
      this.emit.exit(block);
      return;
    }
    if (other === undefined) {
      this.#go(block, target);
      return;
    }
    this.emit.condition(block);
    const label = this.#label(block, target);
    if (label !== undefined) {
      body.br(label, W.brIf);
      this.#go(block, other);
      return;
    }
    body.open(W.if);
    this.#go(block, target);
    body.end();
    this.#go(block, other);
  }
}

function dispatch(body: Body, { blocks }: Flow, emit: BlockEmitter): void {
  const loop = body.open(W.loop);
  const outer = body.depth;
  for (const _ of blocks) body.open(W.block);
  // Label of block i: the innermost one ends in front of block 0.
  const labelOf = (block: Block): number => outer + blocks.length - 1 - block.index;
  body.get(Local.next);
  body.byte(W.brTable);
  body.unsigned(blocks.length - 1);
  for (let i = 0; i < blocks.length; i++) body.unsigned(i);
  for (const block of blocks) {
    body.end();
    emit.body(block);
    const go = (to: Block): void => {
      if (to.index > block.index) body.br(labelOf(to));
      else {
        body.i32(to.index);
        body.set(Local.next);
        body.br(loop);
      }
    };
    const [target, other] = block.successors;
    if (block.end === "exit" || target === undefined) emit.exit(block);
    else if (other === undefined) go(target);
    else {
      emit.condition(block);
      body.open(W.if);
      go(target);
      body.end();
      go(other);
    }
  }
  body.end();
}
