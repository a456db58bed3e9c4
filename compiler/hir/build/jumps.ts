/** The stack of loops and switches that `break` and `continue` refer to. */
import type { JumpTarget, JumpTargets } from "./lowering.js";

export class Jumps implements JumpTargets {
  private readonly stack: JumpTarget[] = [];
  private count = 0;

  next(): number {
    return this.count++;
  }

  within(target: JumpTarget, build: () => void): void {
    this.stack.push(target);
    try {
      build();
    } finally {
      this.stack.pop();
    }
  }

  find(kind: "break" | "continue", name: string | undefined): JumpTarget | undefined {
    for (let i = this.stack.length - 1; i >= 0; i--) {
      const target = this.stack[i];
      if (target === undefined) continue;
      if (name !== undefined ? target.name === name : true) {
        if (kind === "continue" && !target.isLoop) continue;
        if (name === undefined && target.onlyNamed) continue;
        return target;
      }
    }
    return undefined;
  }
}
