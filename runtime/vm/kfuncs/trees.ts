/**
 * Trees of the program's objects, in the order of its `less` (kernel/bpf/helpers.c, __bpf_rbtree_add). They are kept as
 * sorted chains: root and nodes hold the place of the next node. What programs can see of a red-black tree's shape
 * (bpf_rbtree_root, _left, _right) is therefore not here.
 */
import { MEMORY_TAG, pointerTo } from "../address.js";
import type { HelperCall, Implementation } from "../helpers/call.js";
import { object, refuse } from "./objects.js";

const ROOT_BYTES = 16;
const NODE_BYTES = 32;
const NEXT = 8;
const OWNER = 24;

const link = (call: HelperCall, at: number): number =>
  Number(call.run.memory.view.getBigUint64(at, true) & 0xffff_ffffn);
const setLink = (call: HelperCall, at: number, to: number): void =>
  call.run.memory.view.setBigUint64(at, to === 0 ? 0n : pointerTo(to), true);

export const treeKfuncs: Readonly<Record<string, Implementation>> = {
  bpf_rbtree_add_impl(call) {
    const root = call.writable(1, ROOT_BYTES);
    const node = call.writable(2, NODE_BYTES);
    const start = object(call, 2);
    const less = call.func(3);
    if (link(call, node + OWNER) !== 0) return refuse(call, node);
    // Equal ones go behind those that are there.
    let before = root;
    for (let next = link(call, root); next !== 0; next = link(call, next + NEXT)) {
      call.setArgument(1, node, MEMORY_TAG);
      call.setArgument(2, next, MEMORY_TAG);
      call.engine.callback(less);
      if ((call.lo(0) & 0xff) !== 0) break;
      before = next + NEXT;
    }
    setLink(call, node + NEXT, link(call, before));
    setLink(call, before, node);
    setLink(call, node + OWNER, root);
    call.run.heap.owned.delete(start);
    return 0;
  },
  bpf_rbtree_first(call) {
    return call.givePointer(link(call, call.writable(1, ROOT_BYTES)));
  },
  bpf_rbtree_remove(call) {
    const root = call.writable(1, ROOT_BYTES);
    const node = call.writable(2, NODE_BYTES);
    if (link(call, node + OWNER) !== root) return call.givePointer(0);
    let before = root;
    while (link(call, before) !== 0 && link(call, before) !== node) before = link(call, before) + NEXT;
    setLink(call, before, link(call, node + NEXT));
    setLink(call, node + NEXT, 0);
    setLink(call, node + OWNER, 0);
    const start = call.run.heap.find(node);
    if (start !== undefined) call.run.heap.owned.add(start);
    return call.givePointer(node);
  },
};
