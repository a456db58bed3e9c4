/** bpf_throw: unwinds every frame of the program. `machine.run` catches it; engines let it pass. */
export class ProgramThrow extends Error {
  override readonly name = "ProgramThrow";
  constructor(readonly cookie: bigint) {
    super("bpf_throw");
  }
}

/** A run that is over: does nothing, or throws what it ended with. */
export function ending(error: unknown): () => void {
  return () => {
    if (error !== undefined) throw error;
  };
}
