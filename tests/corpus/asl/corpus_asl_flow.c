/* Following data through definitions that run on AWS: a path that is called wrong must be wrong.
 * What is reported all the same stands in known-flow.txt, each with what is the matter. */
#include "corpus.h"

#include "asl/asl.h"
#include "base/json.h"
#include "check/flow.h"

static void judge(struct corpus *c, struct str file)
{
    const struct asl_options options = { .placeholders = true, .variables_elsewhere = true };
    struct arena a = { 0 };
    struct diags ds;
    struct buf why;
    diags_init(&ds, &a);
    buf_init(&why, 0);
    const struct source *src = source_make(&a, file, corpus_read(c, file));
    const struct node *root = json_read_node(&a, &ds, src);
    const struct asl_machine *m = root ? asl_parse(&a, &ds, root, &options) : NULL;
    if (m && !ds.errors && asl_check_machine(&a, &ds, m, &options)) {
        flow_check(&a, &ds, m, shape_of(SHAPE_ANY));
        for (size_t i = 0; i < ds.all.n && !why.n; i++)
            if (ds.all.p[i]->severity == SEVERITY_ERROR)
                buf_printf(&why, "%.*s%c", STR(ds.all.p[i]->message), '\0');
    }
    struct str id = str_sub(file, 0, file.n - S(".asl.json").n);
    corpus_result(c, S("flow"), id, why.n ? why.p : NULL);
    buf_done(&why);
    arena_done(&a);
}

int main(int argc, char **argv)
{
    struct corpus c;
    size_t n;
    corpus_init(&c, argc, argv, NULL, NULL);
    struct str *files = corpus_files(&c, S(".asl.json"), &n);
    for (size_t i = 0; i < n; i++)
        if (corpus_wants(&c, files[i]))
            judge(&c, files[i]);
    return corpus_close(&c);
}
