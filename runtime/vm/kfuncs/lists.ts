/**
 * Linked lists of the program's objects (kernel/bpf/helpers.c, __bpf_list_add and __bpf_list_del). Heads and nodes are in
 * memory as in the kernel: next, prev, and a node's owner.
 */
import { MEMORY_TAG } from "../address.js";
import type { HelperCall, Implementation } from "../helpers/call.js";
import { link, setLink } from "./links.js";
import { object, refuse } from "./objects.js";

const HEAD_BYTES = 16;
const NODE_BYTES = 24;
const OWNER = 16;

/** The head that argument n points at; an untouched one is all zero. */
function head(call: HelperCall, n: number): number {
  const at = call.writable(n, HEAD_BYTES);
  if (link(call, at) === 0) {
    setLink(call, at, at);
    setLink(call, at + 8, at);
  }
  return at;
}

function push(front: boolean): Implementation {
  return (call) => {
    const list = head(call, 1);
    const node = call.writable(2, NODE_BYTES);
    const start = object(call, 2);
    if (link(call, node + OWNER) !== 0) return refuse(call, node);
    const [before, after] = front ? [list, link(call, list)] : [link(call, list + 8), list];
    setLink(call, node, after);
    setLink(call, node + 8, before);
    setLink(call, before, node);
    setLink(call, after + 8, node);
    setLink(call, node + OWNER, list);
    call.run.heap.owned.delete(start);
    return 0;
  };
}

function pop(front: boolean): Implementation {
  return (call) => {
    const list = head(call, 1);
    const node = link(call, front ? list : list + 8);
    if (node === list) return call.givePointer(0);
    const [after, before] = [link(call, node), link(call, node + 8)];
    setLink(call, before, after);
    setLink(call, after + 8, before);
    setLink(call, node, node);
    setLink(call, node + 8, node);
    setLink(call, node + OWNER, 0);
    const start = call.run.heap.find(node);
    if (start !== undefined) call.run.heap.owned.add(start);
    call.setArgument(0, node, MEMORY_TAG);
    return undefined;
  };
}

function peek(front: boolean): Implementation {
  return (call) => {
    const list = head(call, 1);
    const node = link(call, front ? list : list + 8);
    return call.givePointer(node === list ? 0 : node);
  };
}

export const listKfuncs: Readonly<Record<string, Implementation>> = {
  bpf_list_push_front_impl: push(true),
  bpf_list_push_back_impl: push(false),
  bpf_list_pop_front: pop(true),
  bpf_list_pop_back: pop(false),
  bpf_list_front: peek(true),
  bpf_list_back: peek(false),
};
