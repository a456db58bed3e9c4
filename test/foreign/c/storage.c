// Local storages of tasks and sockets, cgroup storage; weak kernel functions that exist and that do not.
struct task_struct { int pid; int tgid; char comm[16]; } __attribute__((preserve_access_index));
struct { __uint(type, BPF_MAP_TYPE_TASK_STORAGE); __uint(map_flags, BPF_F_NO_PREALLOC); __type(key, int); __type(value, __u64); } per_task SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_SK_STORAGE); __uint(map_flags, BPF_F_NO_PREALLOC); __type(key, int); __type(value, __u64); } per_sock SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_CGROUP_STORAGE); __type(key, struct bpf_cgroup_storage_key); __type(value, __u64); } per_cgroup SEC(".maps");
weak_ksym void bpf_rcu_read_lock(void); weak_ksym void bpf_rcu_read_unlock(void);
weak_ksym int bpf_no_such_function(int a);
SEC("raw_tp/sys_enter") int tasks(void *ctx) {
  struct task_struct *t = (void *)bpf_get_current_task_btf(); __u64 start = 40;
  OUT(0, bpf_task_storage_delete(&per_task, t));
  __u64 *v = bpf_task_storage_get(&per_task, t, 0, 0); OUT(1, v != 0);
  v = bpf_task_storage_get(&per_task, t, &start, BPF_LOCAL_STORAGE_GET_F_CREATE); if (v) { *v += 2; OUT(2, *v); }
  v = bpf_task_storage_get(&per_task, t, 0, 0); if (v) OUT(3, *v);
  OUT(4, bpf_task_storage_delete(&per_task, t)); OUT(5, bpf_task_storage_delete(&per_task, t));
  return 0;
}
SEC("tc") int socks(struct __sk_buff *skb) {
  struct bpf_sock *sk = skb->sk; OUT(0, sk != 0);
  if (!sk) return 0;
  sk = bpf_sk_fullsock(sk); OUT(1, sk != 0);
  if (!sk) return 0;
  __u64 *v = bpf_sk_storage_get(&per_sock, sk, 0, 0); OUT(2, v != 0);
  v = bpf_sk_storage_get(&per_sock, sk, 0, BPF_SK_STORAGE_GET_F_CREATE); if (v) { *v += 3; OUT(3, *v); }
  OUT(4, bpf_sk_storage_delete(&per_sock, sk)); OUT(5, bpf_sk_storage_delete(&per_sock, sk));
  return 0;
}
SEC("cgroup_skb/egress") int cgroups(struct __sk_buff *skb) { __u64 *v = bpf_get_local_storage(&per_cgroup, 0); *v += skb->len; OUT(0, *v); return 1; }
SEC("tc") int weak(struct __sk_buff *skb) {
  OUT(0, bpf_rcu_read_lock != 0); OUT(1, bpf_no_such_function != 0);
  if (bpf_rcu_read_lock) { bpf_rcu_read_lock(); bpf_rcu_read_unlock(); out[2]++; }
  if (bpf_no_such_function) OUT(3, bpf_no_such_function(1));
  return 0;
}
