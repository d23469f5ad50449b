/* template_bench TEMPLATE VARIABLES.json [--once]
 * Renders a template: --once prints the text, else CPU milliseconds of compiling it and of a render
 * when everything is warm, the best of several. */
#include "base/file.h"
#include "base/json.h"
#include "template/template.h"

#include <stdio.h>
#include <time.h>

enum { ROUNDS = 20 };

static double cpu_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int failed(struct diags *ds)
{
    struct buf text;
    buf_init(&text, 0);
    diags_print(ds, &text, false);
    fwrite(text.p, 1, text.n, stderr);
    buf_done(&text);
    return 1;
}

static double best_compile(struct diags *ds, const struct template_options *o,
                           const struct source *src)
{
    double best = 1e9;
    for (int i = 0; i < ROUNDS; i++) {
        double start = cpu_ms();
        template_free(template_compile(ds, o, src));
        double took = cpu_ms() - start;
        best = took < best ? took : best;
    }
    return best;
}

static double best_render(struct diags *ds, const struct template *t, struct val variables)
{
    double best = 1e9;
    for (int i = 0; i < ROUNDS; i++) {
        struct arena a = { 0 };
        double start = cpu_ms();
        template_run(&a, ds, t, val_copy(variables));
        double took = cpu_ms() - start;
        best = took < best ? took : best;
        arena_done(&a);
    }
    return best;
}

int main(int argc, char **argv)
{
    static const struct span nowhere;
    struct arena a = { 0 };
    struct diags ds;
    struct template_options o = template_options_jinja();
    diags_init(&ds, &a);
    if (argc < 3)
        return 2;
    const struct source *src = source_read(&a, &ds, nowhere, (struct str){ 0 }, str_from(argv[1]));
    const struct source *json = source_read(&a, &ds, nowhere, (struct str){ 0 }, str_from(argv[2]));
    struct val variables = json ? json_read_val(&ds, json) : (struct val){ 0 };
    struct template *t = src && json ? template_compile(&ds, &o, src) : NULL;
    if (!t)
        return failed(&ds);
    if (argc > 3) {
        const struct source *text = template_run(&a, &ds, t, variables);
        if (!text)
            return failed(&ds);
        fwrite(text->text.p, 1, text->text.n, stdout);
    } else {
        printf("compile %.3f\n", best_compile(&ds, &o, src));
        printf("render %.3f\n", best_render(&ds, t, variables));
        val_free(variables);
    }
    template_free(t);
    arena_done(&a);
    return 0;
}
