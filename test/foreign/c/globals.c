// .rodata, .data, .bss and named sections of each; static and global variables, arrays, structs, 64-bit values.
const volatile __u32 step = 7;
const __u16 table[8] = {1, 1, 2, 3, 5, 8, 13, 21};
__u64 counter = 1000;
static __u32 hidden_counter = 5;
__u8 zeroed[24];
struct pair { __u32 a; __u64 b; } pairs[3] = {{1, 2}, {3, 4}, {5, 6}};
__u32 limit SEC(".data.limits") = 40;
__u64 wide SEC(".data.limits") = 0x1122334455667788ull;
const __u32 names[4] SEC(".rodata.names") = {0xa, 0xb, 0xc, 0xd};
__u64 late[4] SEC(".data.late") = {1};
const volatile char text[12] = "foreign obj";

SEC("xdp") int globals(struct xdp_md *ctx) {
  __u32 at = byte_at(ctx, 14) & 15;
  counter += step * table[at & 7];
  hidden_counter ^= counter;
  zeroed[at] += 3;
  pairs[at & 1].b += pairs[(at & 1) + 1].a;
  limit -= 1;
  wide = wide * 31 + names[at & 3];
  late[at & 3] = wide ^ hidden_counter;
  OUT(0, hidden_counter);
  OUT(1, text[at & 7]);
  return limit & 3;
}
