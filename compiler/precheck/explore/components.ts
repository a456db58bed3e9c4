/**
 * Loops of the control flow: strongly connected components inside functions (compute_scc; kernel/bpf/verifier.c, 6.18).
 * Input: successors of each slot. Output: per slot the number of its loop, 0 outside of loops.
 */

/**
 * Tarjan's algorithm without recursion.
 * @param first successor of each slot, -1 for none; `second` the branch target
 * @param selfLoop slots that loop by themselves: calls of helpers that call back
 */
export function components(first: Int32Array, second: Int32Array, selfLoop: (slot: number) => boolean): Int32Array {
  const length = first.length;
  const component = new Int32Array(length);
  const order = new Int32Array(length);
  const low = new Int32Array(length);
  const onStack = new Uint8Array(length);
  const stack: number[] = [];
  const edge = new Uint8Array(length);
  let visited = 0;
  let count = 0;
  for (let root = 0; root < length; root++) {
    if (order[root] !== 0) continue;
    const path = [root];
    while (path.length > 0) {
      const at = path[path.length - 1] ?? 0;
      if (order[at] === 0) {
        order[at] = low[at] = ++visited;
        stack.push(at);
        onStack[at] = 1;
      }
      const turn = edge[at] ?? 0;
      if (turn < 2) {
        edge[at] = turn + 1;
        const next = (turn === 0 ? first : second)[at] ?? -1;
        if (next < 0 || next >= length) continue;
        if (order[next] === 0) path.push(next);
        else if (onStack[next] === 1) low[at] = Math.min(low[at] ?? 0, order[next] ?? 0);
        continue;
      }
      path.pop();
      const above = path[path.length - 1];
      if (above !== undefined) low[above] = Math.min(low[above] ?? 0, low[at] ?? 0);
      if (low[at] !== order[at]) continue;
      const isLoop = stack[stack.length - 1] !== at || first[at] === at || second[at] === at || selfLoop(at);
      const number = isLoop ? ++count : 0;
      for (let slot = -1; slot !== at; ) {
        slot = stack.pop() ?? at;
        onStack[slot] = 0;
        component[slot] = number;
      }
    }
  }
  return component;
}
