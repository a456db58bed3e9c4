// The only process of a guest that judges generated programs: reads /programs, loads each, prints the verifier's verdict.
// Input, words of 32 bits: maps (count; type, key, value, entries, flags each), then programs (type, attach, functions, instructions, bytes of BTF;
// instructions whose map references are indexes of maps, func_info, BTF). Output a line each:
// "verdict TAB index TAB - TAB accept|reject|unknown TAB instructions walked TAB last line of the log", then "done".
#include <linux/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static char verifier_log[1 << 22];
static int fds[64];
// A program array belongs to the type of the first program that uses it: one for each type.
static int jumps[64];
static unsigned (*shapes)[5];

static int make_map(const unsigned *shape) {
  union bpf_attr attr = {};
  attr.map_type = shape[0];
  attr.key_size = shape[1];
  attr.value_size = shape[2];
  attr.max_entries = shape[3];
  attr.map_flags = shape[4];
  return syscall(__NR_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));
}

static int map_for(unsigned index, unsigned type) {
  if (shapes[index][0] != BPF_MAP_TYPE_PROG_ARRAY) return fds[index];
  if (!jumps[type]) jumps[type] = make_map(shapes[index]);
  return jumps[type];
}

static int load(const unsigned *head, struct bpf_insn *code, void *functions, int btf, int level) {
  union bpf_attr attr = {};
  verifier_log[0] = 0;
  attr.prog_type = head[0];
  attr.expected_attach_type = head[1];
  attr.insns = (unsigned long)code;
  attr.insn_cnt = head[3];
  attr.license = (unsigned long)"GPL";
  attr.log_level = level;
  attr.log_size = sizeof(verifier_log);
  attr.log_buf = (unsigned long)verifier_log;
  if (btf > 0) {
    attr.prog_btf_fd = btf;
    attr.func_info_rec_size = 8;
    attr.func_info = (unsigned long)functions;
    attr.func_info_cnt = head[2];
  }
  int fd = syscall(__NR_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
  if (fd < 0) return -errno;
  close(fd);
  return 0;
}

static void judge(unsigned index, const unsigned *head, struct bpf_insn *code, void *functions, void *types) {
  int btf = 0;
  if (head[2] > 1) {
    union bpf_attr attr = {};
    attr.btf = (unsigned long)types;
    attr.btf_size = head[4];
    btf = syscall(__NR_bpf, BPF_BTF_LOAD, &attr, sizeof(attr));
  }
  for (unsigned i = 0; i < head[3]; i++)
    if (code[i].code == 0x18 && code[i].src_reg == 1) code[i].imm = map_for(code[i].imm, head[0]);
  // Statistics alone first: the reason stands at level 1.
  int error = load(head, code, functions, btf, 4);
  long walked = -1;
  char *processed = strstr(verifier_log, "processed ");
  if (processed) sscanf(processed, "processed %ld", &walked);
  if (error) load(head, code, functions, btf, 1);
  char *last = "";
  for (char *line = strtok(verifier_log, "\n"); line; line = strtok(NULL, "\n"))
    if (strncmp(line, "processed ", 10) && strncmp(line, "verification", 12) && strncmp(line, "stack depth", 11)) last = line;
  printf("verdict\t%u\t-\t%s\t%ld\t%s\n", index, !error ? "accept" : *last ? "reject" : "unknown", walked, error ? last : "");
  if (btf > 0) close(btf);
}

int main(void) {
  struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
  setrlimit(RLIMIT_MEMLOCK, &unlimited);
  setvbuf(stdout, NULL, _IOLBF, 4096);
  int file = open("/programs", O_RDONLY);
  struct stat stat;
  fstat(file, &stat);
  unsigned *all = malloc(stat.st_size), *at = all;
  for (long done = 0, n; done < stat.st_size && (n = read(file, (char *)all + done, stat.st_size - done)) > 0;) done += n;
  unsigned maps = *at++;
  shapes = (void *)at;
  for (unsigned i = 0; i < maps; i++, at += 5) fds[i] = make_map(at);
  unsigned index = 0;
  for (; (char *)at < (char *)all + stat.st_size; index++) {
    const unsigned *head = at;
    struct bpf_insn *code = (void *)(at + 5);
    void *functions = code + head[3];
    void *types = (char *)functions + 8 * head[2];
    judge(index, head, code, functions, types);
    at = (unsigned *)((char *)types + (head[4] + 3) / 4 * 4);
  }
  printf("done\t%u\n", index);
  reboot(RB_POWER_OFF);
  return 0;
}
