/**
 * Which entry an LRU map gives up: the kernel's lists (kernel/bpf/bpf_lru_list.c), step by step. A common list of active and
 * inactive nodes is refilled and shrunk in batches for local lists of each CPU, so that a map holds fewer entries than
 * max_entries at times; with BPF_F_NO_COMMON_LRU each CPU has lists of its own. What is free needs no identity and is
 * counted. Invariant: free, local free, pending, inactive and active nodes are together as many as the map has.
 */

/** What the lists ask of the map's table. Entries are places; see entries.ts. */
export interface LruTable {
  /** Was it looked up or replaced since the bit was cleared last? */
  isReferenced(entry: number): boolean;
  clearReferenced(entry: number): void;
  /** Takes an entry out of the table. */
  evict(entry: number): void;
}

/** Nodes that a local list asks for at most, and that one turn of the lists looks at (LOCAL_FREE_TARGET, LOCAL_NR_SCANS). */
const LOCAL_TARGET = 128;
/** PERCPU_FREE_TARGET, PERCPU_NR_SCANS */
const PER_CPU_TARGET = 4;

type Place = "active" | "inactive" | "pending" | "free";

/** An element of the map that is in use: in a list, and except for a moment in the table. */
export class LruNode {
  prev: LruNode = this;
  next: LruNode = this;
  place: Place = "free";
  /** 0 while it is not in the table. */
  entry = 0;
  constructor(readonly cpu: number) {}
}

const unlink = (node: LruNode): void => {
  node.prev.next = node.next;
  node.next.prev = node.prev;
};
/** list_add: `node` becomes the first. */
const linkFirst = (head: LruNode, node: LruNode): void => {
  node.prev = head;
  node.next = head.next;
  head.next.prev = node;
  head.next = node;
};
const isEmpty = (head: LruNode): boolean => head.next === head;

/** struct bpf_lru_list */
class List {
  readonly active = new LruNode(-1);
  readonly inactive = new LruNode(-1);
  rotation = this.inactive;
  counts = { active: 0, inactive: 0 };
  constructor(
    readonly table: LruTable,
    readonly scans: number,
    public free: number,
  ) {}

  isReferenced(node: LruNode): boolean {
    return node.entry !== 0 && this.table.isReferenced(node.entry);
  }
  #clear(node: LruNode): void {
    if (node.entry !== 0) this.table.clearReferenced(node.entry);
  }
  /** __bpf_lru_node_move_to_free, and the unlinking half of __bpf_lru_node_move. */
  take(node: LruNode): void {
    if (node === this.rotation) this.rotation = node.prev;
    if (node.place === "active" || node.place === "inactive") this.counts[node.place]--;
    unlink(node);
    node.place = "free";
  }
  /** __bpf_lru_node_move_in */
  add(node: LruNode, to: "active" | "inactive"): void {
    this.counts[to]++;
    node.place = to;
    this.#clear(node);
    linkFirst(this[to], node);
  }
  /** __bpf_lru_node_move */
  move(node: LruNode, to: "active" | "inactive"): void {
    this.take(node);
    this.add(node, to);
  }
  /** del_from_htab: false for a node that is not in the table. */
  evict(node: LruNode): boolean {
    if (node.entry === 0) return false;
    this.table.evict(node.entry);
    node.entry = 0;
    return true;
  }

  /** __bpf_lru_list_rotate */
  rotate(): void {
    if (this.counts.inactive < this.counts.active) this.#rotateActive();
    this.#rotateInactive();
  }
  #rotateActive(): void {
    const first = this.active.next;
    let node = this.active.prev;
    for (let i = 0; node !== this.active; ) {
      const before = node.prev;
      this.move(node, this.isReferenced(node) ? "active" : "inactive");
      if (++i === this.scans || node === first) break;
      node = before;
    }
  }
  #rotateInactive(): void {
    const head = this.inactive;
    if (isEmpty(head)) return;
    let last = this.rotation.next;
    if (last === head) last = last.next;
    let current = this.rotation;
    let next = head;
    for (let i = 0; i < this.scans; ) {
      if (current === head) {
        current = current.prev;
        continue;
      }
      next = current.prev;
      if (this.isReferenced(current)) this.move(current, "active");
      if (current === last) break;
      current = next;
      i++;
    }
    this.rotation = next;
  }

  /** __bpf_lru_list_shrink: gives how many nodes it took, at most `wanted`. */
  shrink(wanted: number): number {
    let taken = 0;
    let node = this.inactive.prev;
    for (let i = 0; node !== this.inactive; ) {
      const before = node.prev;
      if (this.isReferenced(node)) this.move(node, "active");
      else if (this.evict(node)) {
        this.take(node);
        if (++taken === wanted) break;
      }
      if (++i === this.scans) break;
      node = before;
    }
    if (taken > 0) return taken;
    // Whatever the reference bits say.
    const head = isEmpty(this.inactive) ? this.active : this.inactive;
    for (let one = head.prev; one !== head; one = one.prev)
      if (this.evict(one)) {
        this.take(one);
        return 1;
      }
    return 0;
  }
}

/** struct bpf_lru_locallist */
interface Local {
  free: number;
  readonly pending: LruNode;
  nextSteal: number;
}

/** What an LRU map asks for elements. */
export interface Lru {
  /** An element, in the lists already; undefined when none can be had. @param cpu that asks */
  pop(cpu: number): LruNode | undefined;
  /** Gives an element back whose entry is gone. */
  push(node: LruNode): void;
}

/** Lists of all CPUs together. @param cpus possible CPUs */
export class CommonLru implements Lru {
  readonly #list: List;
  readonly #local: readonly Local[];
  readonly #target: number;

  constructor(table: LruTable, elements: number, cpus: number) {
    this.#list = new List(table, LOCAL_TARGET, elements);
    this.#target = Math.min(Math.max(Math.floor(Math.floor(elements / cpus) / 2), 1), LOCAL_TARGET);
    this.#local = Array.from({ length: cpus }, (_, cpu) => ({ free: 0, pending: new LruNode(-1), nextSteal: cpu }));
  }

  #of(cpu: number): Local {
    const local = this.#local[cpu];
    if (local === undefined) throw new RangeError(`there is no CPU ${cpu}`);
    return local;
  }

  /** bpf_common_lru_pop_free */
  pop(cpu: number): LruNode | undefined {
    const local = this.#of(cpu);
    if (local.free === 0) this.#refill(local);
    if (local.free > 0) {
      local.free--;
      return this.#pend(local, cpu);
    }
    const first = local.nextSteal;
    let steal = first;
    let found = false;
    do {
      const other = this.#of(steal);
      if (other.free > 0) {
        other.free--;
        found = true;
      } else found = this.#popPending(other);
      steal = (steal + 1) % this.#local.length;
    } while (!found && steal !== first);
    local.nextSteal = steal;
    return found ? this.#pend(local, cpu) : undefined;
  }

  /** bpf_common_lru_push_free */
  push(node: LruNode): void {
    if (node.place === "pending") {
      unlink(node);
      node.place = "free";
      this.#of(node.cpu).free++;
      return;
    }
    this.#list.take(node);
    this.#list.free++;
  }

  #pend(local: Local, cpu: number): LruNode {
    const node = new LruNode(cpu);
    node.place = "pending";
    linkFirst(local.pending, node);
    return node;
  }

  /** bpf_lru_list_pop_free_to_local */
  #refill(local: Local): void {
    const list = this.#list;
    // __local_list_flush, the oldest first.
    for (let node = local.pending.prev; node !== local.pending; ) {
      const before = node.prev;
      const to = list.isReferenced(node) ? "active" : "inactive";
      unlink(node);
      list.add(node, to);
      node = before;
    }
    list.rotate();
    const free = Math.min(list.free, this.#target);
    list.free -= free;
    local.free += free;
    if (free < this.#target) local.free += list.shrink(this.#target - free);
  }

  /** __local_list_pop_pending: the oldest that was not looked up, else the oldest. */
  #popPending({ pending }: Local): boolean {
    for (const force of [false, true])
      for (let node = pending.prev; node !== pending; node = node.prev)
        if ((force || !this.#list.isReferenced(node)) && this.#list.evict(node)) {
          unlink(node);
          node.place = "free";
          return true;
        }
    return false;
  }
}

/** BPF_F_NO_COMMON_LRU: lists of each CPU. @param elements a multiple of `cpus` */
export class PerCpuLru implements Lru {
  readonly #lists: readonly List[];
  constructor(table: LruTable, elements: number, cpus: number) {
    this.#lists = Array.from({ length: cpus }, () => new List(table, PER_CPU_TARGET, elements / cpus));
  }
  #of(cpu: number): List {
    const list = this.#lists[cpu];
    if (list === undefined) throw new RangeError(`there is no CPU ${cpu}`);
    return list;
  }
  /** bpf_percpu_lru_pop_free */
  pop(cpu: number): LruNode | undefined {
    const list = this.#of(cpu);
    list.rotate();
    if (list.free === 0) list.free += list.shrink(PER_CPU_TARGET);
    if (list.free === 0) return undefined;
    list.free--;
    const node = new LruNode(cpu);
    list.add(node, "inactive");
    return node;
  }
  /** bpf_percpu_lru_push_free */
  push(node: LruNode): void {
    const list = this.#of(node.cpu);
    list.take(node);
    list.free++;
  }
}
