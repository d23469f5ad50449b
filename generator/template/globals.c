/* Functions that every template can call. */
#include "base/mem.h"
#include "template/filters.h"
#include "template/methods.h"
#include "template/object.h"

static struct val global_range(struct vm *vm, struct val self, const struct args *args)
{
    int64_t start = 0, stop, step = 1;
    (void)self;
    if (arg_given(args, 1)) {
        if (!value_int(vm, args->v[0], "start", &start) ||
            !value_int(vm, args->v[1], "stop", &stop) || !arg_int(vm, args, 2, "step", 1, &step))
            return val_null();
    } else if (!value_int(vm, args->v[0], "stop", &stop)) {
        return val_null();
    }
    if (step == 0) {
        vm_fail(vm, "bad-value", "step is 0; expected anything else");
        return val_null();
    }
    return range_make(start, stop, step);
}

/* dict(), dict(map or pairs, name=value …). */
static struct val make_dict(struct vm *vm, const struct args *args, const char *what)
{
    struct val r = val_map();
    if (args->n > 1)
        vm_fail(vm, "wrong-arguments", "%s() takes one map, and named values", what);
    else if (args->n)
        map_merge(vm, r, args->v[0]);
    for (size_t k = 0; k < args->nkwargs && vm_claim(vm, 32); k++)
        r = val_map_put(r, val_copy(args->kwnames[k]), val_copy(args->kwargs[k]));
    return r;
}

static struct val global_dict(struct vm *vm, struct val self, const struct args *args)
{
    (void)self;
    return make_dict(vm, args, "dict");
}

static struct val global_namespace(struct vm *vm, struct val self, const struct args *args)
{
    (void)self;
    struct namespace *n = mem_alloc(sizeof *n);
    n->map = make_dict(vm, args, "namespace");
    return val_ext(&namespace_type, n);
}

static struct val global_cycler(struct vm *vm, struct val self, const struct args *args)
{
    (void)self;
    if (args->n == 0 || args->nkwargs) {
        vm_fail(vm, "wrong-arguments", "cycler() needs values to go through");
        return val_null();
    }
    struct cycler *c = mem_alloc(sizeof *c);
    *c = (struct cycler){ .items = val_list() };
    for (size_t i = 0; i < args->n; i++)
        c->items = val_list_push(c->items, val_copy(args->v[i]));
    return val_ext(&cycler_type, c);
}

static struct val global_joiner(struct vm *vm, struct val self, const struct args *args)
{
    (void)vm;
    (void)self;
    struct joiner *j = mem_alloc(sizeof *j);
    *j = (struct joiner){ .sep = arg_given(args, 0) ? val_copy(args->v[0]) : val_str(S(", ")) };
    return val_ext(&joiner_type, j);
}

/* Filler text: the same at every run. */
static struct val global_lipsum(struct vm *vm, struct val self, const struct args *args)
{
    static const struct str words = S_INIT(
        "lorem ipsum dolor sit amet consectetuer adipiscing elit sed diam nonummy nibh euismod "
        "tincidunt ut laoreet magna aliquam erat volutpat");
    int64_t n, least;
    (void)self;
    bool html = arg_truth(vm, args, 1, true);
    if (!arg_int(vm, args, 0, "n", 5, &n) || !arg_int(vm, args, 2, "min", 20, &least))
        return val_null();
    struct buf b;
    buf_init(&b, vm->out.max);
    for (int64_t i = 0; i < n && vm_spend(vm, 32) && !b.over; i++) {
        buf_put(&b, i == 0 ? S("") : html ? S("\n") : S("\n\n"));
        buf_put(&b, html ? S("<p>") : S(""));
        struct str rest = words, word;
        for (int64_t k = 0; (k == 0 || k < least) && vm_spend(vm, 1) && !b.over; k++) {
            if (!str_split(&rest, ' ', &word)) {
                rest = words;
                str_split(&rest, ' ', &word);
            }
            if (k)
                buf_putc(&b, ' ');
            buf_putc(&b, k ? word.p[0] : ascii_upper(word.p[0]));
            buf_put(&b, str_sub(word, 1, word.n));
        }
        buf_put(&b, html ? S(".</p>") : S("."));
    }
    struct val r = value_from_buf(vm, &b);
    return html ? val_safe(r) : r;
}

static const struct builtin globals[] = {
    { S_INIT("cycler"), global_cycler, NULL, 0 },
    { S_INIT("dict"), global_dict, NULL, 0 },
    { S_INIT("joiner"), global_joiner, "sep", 0 },
    { S_INIT("lipsum"), global_lipsum, "n,html,min,max", 0 },
    { S_INIT("namespace"), global_namespace, NULL, 0 },
    { S_INIT("range"), global_range, "start,stop,step", 1 },
};

const struct builtin_table template_globals = { globals, sizeof globals / sizeof *globals };
