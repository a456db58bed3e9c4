/* A loader as any C programmer writes it with libbpf: opens, loads, lists. Exit code 0 when the kernel took everything. */
#include <bpf/libbpf.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	struct bpf_object *object = argc == 2 ? bpf_object__open_file(argv[1], NULL) : NULL;
	struct bpf_program *program;
	struct bpf_map *map;

	if (libbpf_get_error(object) || !object)
		return 1;
	if (bpf_object__load(object))
		return 2;
	bpf_object__for_each_program(program, object)
		printf("program %s %s %d\n", bpf_program__name(program), bpf_program__section_name(program),
		       bpf_program__fd(program) >= 0);
	bpf_object__for_each_map(map, object)
		printf("map %s %u %u\n", bpf_map__name(map), bpf_map__key_size(map), bpf_map__value_size(map));
	bpf_object__close(object);
	return 0;
}
