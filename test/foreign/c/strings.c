// Text: the str kfuncs, snprintf, strtol, strncmp.
ksym int bpf_strcmp(const char *a, const char *b);
ksym int bpf_strnlen(const char *s, __u64 n);
ksym int bpf_strlen(const char *s);
ksym int bpf_strchr(const char *s, char c);
ksym int bpf_strchrnul(const char *s, char c);
ksym int bpf_strnchr(const char *s, __u64 n, char c);
ksym int bpf_strrchr(const char *s, int c);
ksym int bpf_strspn(const char *s, const char *accept);
ksym int bpf_strcspn(const char *s, const char *reject);
ksym int bpf_strstr(const char *a, const char *b);
ksym int bpf_strnstr(const char *a, const char *b, __u64 n);
char hay[] = "the quick brown fox, the lazy dog";
char words[6][8] = {"the", "quick", "dog", "", "zebra", "fox,"};
char line[40];
SEC("syscall") int text(void *ctx) {
  int at = 0;
  for (int i = 0; i < 6; i++) {
    OUT(at++, bpf_strcmp(hay, words[i])); OUT(at++, bpf_strstr(hay, words[i])); OUT(at++, bpf_strlen(words[i])); OUT(at++, bpf_strnstr(hay, words[i], 12));
    OUT(at++, bpf_strspn(hay, words[i])); OUT(at++, bpf_strcspn(hay, words[i])); OUT(at++, bpf_strcmp(words[i], words[(i + 1) % 6]));
  }
  OUT(at++, bpf_strchr(hay, 'q')); OUT(at++, bpf_strchr(hay, 'Z')); OUT(at++, bpf_strchrnul(hay, 'Z')); OUT(at++, bpf_strrchr(hay, 't')); OUT(at++, bpf_strnchr(hay, 3, 'q'));
  OUT(at++, bpf_strnlen(hay, 5)); OUT(at++, bpf_strnlen(hay, 500)); OUT(at++, bpf_strchr(hay, 0)); OUT(at++, bpf_strrchr(hay, 0)); OUT(at++, bpf_strlen((char *)0)); OUT(at++, bpf_strcmp((char *)16, hay));
  __u64 a[3] = {7, (__u64)hay, 0xabcdef};
  OUT(at++, BPF_SNPRINTF(line, sizeof line, "%5d|%s|%llx", a[0], hay, a[2]));
  return 0;
}
