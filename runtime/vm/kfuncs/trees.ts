/**
 * Trees of the program's objects, in the order of its `less` (kernel/bpf/helpers.c, __bpf_rbtree_add). They are kept as
 * sorted chains: root and nodes hold the place of the next node. What programs can see of a red-black tree's shape
 * (bpf_rbtree_root, _left, _right) is therefore not here.
 */
import { MEMORY_TAG } from "../address.js";
import { MachineFault } from "../fault.js";
import type { Implementation } from "../helpers/call.js";
import { link, setLink } from "./links.js";
import { object, refuse } from "./objects.js";

const ROOT_BYTES = 16;
const NODE_BYTES = 32;
const NEXT = 8;
const OWNER = 24;

/** More nodes than memory could hold: a chain that was bent into a ring ends here. */
const MAX_NODES = 1 << 20;

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
    for (let n = 0; link(call, before) !== 0 && link(call, before) !== node; n++) {
      if (n > MAX_NODES)
        throw new MachineFault("VM_HELPER_ARGUMENT", `${call.name}: the tree's links were overwritten`);
      before = link(call, before) + NEXT;
    }
    setLink(call, before, link(call, node + NEXT));
    setLink(call, node + NEXT, 0);
    setLink(call, node + OWNER, 0);
    const start = call.run.heap.find(node);
    if (start !== undefined) call.run.heap.owned.add(start);
    return call.givePointer(node);
  },
};
