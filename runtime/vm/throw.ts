/** bpf_throw: unwinds every frame of the program. `machine.run` catches it; engines let it pass. */
export class ProgramThrow extends Error {
  override readonly name = "ProgramThrow";
  constructor(readonly cookie: bigint) {
    super("bpf_throw");
  }
}
