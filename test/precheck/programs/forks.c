// Masks of 0 or -1, made by an arithmetic shift, are walked once with each value; context offsets below zero.
#define SEC(name) __attribute__((section(name), used))
char LICENSE[] SEC("license") = "GPL";
#define PROGRAM(name, kind, code) \
  SEC(kind) __attribute__((naked)) int name(void *ctx) { asm volatile(code); }

// The value -1 goes on past the test and uses r1, which the call lost.
PROGRAM(and32_minus_one_bad, "tc", "call 7; w7 = w0; w7 s>>= 31; w7 &= 44; if w7 == 0 goto +1; r0 = *(u8*)(r1 + 0); r0 = 0; exit")
// The value 0 does.
PROGRAM(and32_zero_bad, "tc", "call 7; w7 = w0; w7 s>>= 31; w7 &= 44; if w7 != 0 goto +1; r0 = *(u8*)(r1 + 0); r0 = 0; exit")
// Neither gives 7.
PROGRAM(and32_neither_good, "tc", "call 7; w7 = w0; w7 s>>= 31; w7 &= 44; if w7 != 7 goto +1; r0 = *(u8*)(r1 + 0); r0 = 0; exit")
PROGRAM(or32_minus_one_bad, "tc", "call 7; w7 = w0; w7 s>>= 31; w7 |= 9; if w7 == 9 goto +1; r0 = *(u8*)(r1 + 0); r0 = 0; exit")
PROGRAM(or32_zero_bad, "tc", "call 7; w7 = w0; w7 s>>= 31; w7 |= 9; if w7 == -1 goto +1; r0 = *(u8*)(r1 + 0); r0 = 0; exit")
PROGRAM(or32_neither_good, "tc", "call 7; w7 = w0; w7 s>>= 31; w7 |= 9; if w7 == 9 goto +2; if w7 == -1 goto +1; r0 = *(u8*)(r1 + 0); r0 = 0; exit")
PROGRAM(and64_minus_one_bad, "tc", "call 5; r7 = r0; r7 s>>= 63; r7 &= 44; if r7 == 0 goto +1; r0 = *(u8*)(r1 + 0); r0 = 0; exit")
PROGRAM(and64_neither_good, "tc", "call 5; r7 = r0; r7 s>>= 63; r7 &= 44; if r7 == 0 goto +2; if r7 == 44 goto +1; r0 = *(u8*)(r1 + 0); r0 = 0; exit")
// Made in one width, masked in the other: the upper half is not known, or zero.
PROGRAM(or64_of_32_bad, "tc", "call 7; w7 = w0; w7 s>>= 31; r7 |= 9; if r7 == -1 goto +2; if r7 == 9 goto +1; r0 = *(u8*)(r1 + 0); r0 = 0; exit")
PROGRAM(and32_of_64_good, "tc", "call 5; r7 = r0; r7 s>>= 63; w7 &= 12; if w7 == 0 goto +2; if w7 == 12 goto +1; r0 = *(u8*)(r1 + 0); r0 = 0; exit")

PROGRAM(before_record_good, "tracepoint/syscalls/sys_exit_accept4", "r0 = *(u64*)(r1 - 24); r0 = 0; exit")
PROGRAM(before_record_crooked_bad, "tracepoint/syscalls/sys_exit_accept4", "r0 = *(u64*)(r1 - 20); r0 = 0; exit")
PROGRAM(before_record_write_bad, "tracepoint/syscalls/sys_exit_accept4", "r0 = 0; *(u64*)(r1 - 24) = r0; exit")
PROGRAM(before_packet_bad, "tc", "r0 = *(u32*)(r1 - 4); r0 = 0; exit")
PROGRAM(before_frame_bad, "xdp", "r0 = *(u32*)(r1 - 4); r0 = 0; exit")
