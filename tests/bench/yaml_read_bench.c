/* How long it takes to read YAML into nodes: `yaml_read_bench MB` makes a document of about that
 * size, some of it beyond ASCII, and prints its megabytes and the CPU milliseconds. */
#include "base/num.h"
#include "yaml/yaml.h"

#include <stdio.h>
#include <time.h>

enum { ROUNDS = 3 };

static void make_document(struct buf *out, size_t bytes)
{
    buf_put(out, S("defaults: &defaults { memory: 512, timeout: 30 }\nsteps:\n"));
    for (unsigned i = 0; out->n < bytes; i++)
        buf_printf(out,
                   "  - name: step_%u # für Schritt %u\n"
                   "    type: lambda_function\n"
                   "    config:\n"
                   "      <<: *defaults\n"
                   "      handler: \"index.handler\"\n"
                   "      memory: %u\n"
                   "      tags: { owner: data, 'cost centre': A%u }\n"
                   "    sql: |\n"
                   "      select *\n"
                   "      from orders\n"
                   "    when: !jsonata {%% $states.input.n > %u %%}\n",
                   i, i, i % 3000, i % 7, i % 100);
}

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double read_once(struct str text)
{
    struct arena a = { 0 };
    struct diags ds;
    diags_init(&ds, &a);
    struct source *src = source_make(&a, S("bench.yaml"), text);
    double begin = cpu_seconds();
    bool ok = yaml_read(&a, &ds, src, NULL) != NULL;
    double spent = cpu_seconds() - begin;
    arena_done(&a);
    return ok ? spent : -1;
}

int main(int argc, char **argv)
{
    double mb;
    if (argc != 2 || !num_get_double(str_from(argv[1]), &mb) || mb <= 0 || mb > 30) {
        fprintf(stderr, "usage: yaml_read_bench MB\n");
        return 2;
    }
    struct buf text;
    buf_init(&text, 0);
    make_document(&text, (size_t)(mb * 1e6));
    double best = 1e9;
    for (int i = 0; i < ROUNDS && best > 0; i++) {
        double spent = read_once(buf_str(&text));
        best = spent < best ? spent : best;
    }
    printf("%.2f %.2f\n", (double)text.n / 1e6, best * 1e3);
    buf_done(&text);
    return best > 0 ? 0 : 1;
}
