/** Attach types that the rules of typed contexts ask for (enum bpf_attach_type, include/uapi/linux/bpf.h). */
export const Attach = {
  RawTp: 23,
  Fentry: 24,
  Fexit: 25,
  ModifyReturn: 26,
  LsmMac: 27,
  Iter: 28,
  LsmCgroup: 43,
} as const;
