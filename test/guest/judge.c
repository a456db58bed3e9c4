// The first and only process of a guest: loads every program of every object in /objects, each alone, and prints the verifier's verdict.
// Output, a line a program on the console: "verdict TAB object TAB program TAB accept|reject|unknown TAB instructions walked TAB last line of the log".
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char notes[1 << 16];
static size_t noted;
static char verifier_log[16 << 20];

// libbpf's own complaints: the reason where it is not the verifier that refuses.
static int note(enum libbpf_print_level level, const char *format, va_list args) {
  if (level != LIBBPF_WARN || noted + 512 > sizeof(notes)) return 0;
  noted += vsnprintf(notes + noted, 512, format, args);
  return 0;
}

// The last line of a log that is not its statistics; `walked` is what those say.
static const char *last_line(char *log, long *walked) {
  char *best = "";
  for (char *line = strtok(log, "\n"); line; line = strtok(NULL, "\n")) {
    if (sscanf(line, "processed %ld insns", walked) == 1) continue;
    if (strncmp(line, "verification time", 17) && strncmp(line, "stack depth", 11)) best = line;
  }
  return best;
}

static const char *first_reason(void) {
  for (char *c = notes; *c; c++)
    if (*c == '\n' || *c == '\t') *c = ' ';
  return notes;
}

// Opens the object with one program to load, its log at `level`. NULL where it cannot be opened.
static struct bpf_object *open_for(const char *path, const char *name, int level) {
  struct bpf_object *open = bpf_object__open_file(path, NULL);
  struct bpf_program *program;
  if (!open) return NULL;
  verifier_log[0] = 0;
  noted = 0;
  notes[0] = 0;
  bpf_object__for_each_program(program, open) {
    bool is_it = !strcmp(bpf_program__name(program), name);
    bpf_program__set_autoload(program, is_it);
    if (!is_it) continue;
    bpf_program__set_log_buf(program, verifier_log, sizeof(verifier_log));
    bpf_program__set_log_level(program, level);
  }
  return open;
}

static void judge(const char *path, const char *object, const char *name) {
  // Statistics alone first (level 4): the text of a long walk would take a minute. Why it is refused stands at level 1.
  long walked = -1;
  const char *verdict = "accept", *why = "";
  struct bpf_object *open = open_for(path, name, 4);
  int error = bpf_object__load(open);
  bool judged = strstr(verifier_log, "processed ") != NULL;
  bpf_object__close(open);
  if (error && judged) {
    open = open_for(path, name, 1);
    bpf_object__load(open);
    bpf_object__close(open);
  }
  const char *last = last_line(verifier_log, &walked);
  if (error) {
    // A refusal without the verifier's words is no verdict.
    judged = judged && *last;
    verdict = judged ? "reject" : "unknown";
    why = judged ? last : first_reason();
  }
  printf("verdict\t%s\t%s\t%s\t%ld\t%s\n", object, name, verdict, walked, why);
}

static void judge_object(const char *object) {
  char path[512];
  snprintf(path, sizeof(path), "/objects/%s", object);
  noted = 0;
  struct bpf_object *open = bpf_object__open_file(path, NULL);
  if (!open) {
    printf("skipped\t%s\t%s\n", object, first_reason());
    return;
  }
  struct bpf_program *program;
  bpf_object__for_each_program(program, open) judge(path, object, bpf_program__name(program));
  bpf_object__close(open);
}

int main(void) {
  setvbuf(stdout, NULL, _IONBF, 0);
  mkdir("/proc", 0755);
  mkdir("/sys", 0755);
  mount("proc", "/proc", "proc", 0, NULL);
  mount("sysfs", "/sys", "sysfs", 0, NULL);
  mount("tracefs", "/sys/kernel/tracing", "tracefs", 0, NULL);
  mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
  struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
  setrlimit(RLIMIT_MEMLOCK, &unlimited);
  libbpf_set_print(note);
  struct dirent **entries;
  int count = scandir("/objects", &entries, NULL, alphasort);
  for (int i = 0; i < count; i++)
    if (strstr(entries[i]->d_name, ".o")) judge_object(entries[i]->d_name);
  printf("done\t%d\n", count);
  reboot(RB_POWER_OFF);
  return 0;
}
