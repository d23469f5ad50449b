/* Our grants against the policies that AWS publishes for each integration: the same actions, but
 * for those that same.yaml explains. Resources are not compared: the published ones are
 * placeholders. DIR holds step-functions-policies.json. */
#include "corpus.h"

#include "base/file.h"
#include "base/json.h"
#include "yaml/yaml.h"

#include <stdio.h>
#include <stdlib.h>

struct options {
    struct str engines, same;
};

static bool option(void *data, struct str text)
{
    struct options *o = data;
    if (str_starts(text, S("--engines=")))
        o->engines = str_sub(text, 10, text.n);
    else if (str_starts(text, S("--same=")))
        o->same = str_sub(text, 7, text.n);
    else
        return false;
    return true;
}

static const struct node *read_node(struct arena *a, struct str root, struct str path)
{
    struct diags ds;
    diags_init(&ds, a);
    const struct source *src = source_read(a, &ds, (struct span){ 0 }, root, path);
    const struct node *n = NULL;
    if (src)
        n = str_ends(path, S(".json")) ? json_read_node(a, &ds, src) : yaml_read(a, &ds, src, NULL);
    if (n)
        return n;
    struct buf out;
    buf_init(&out, 0);
    diags_print(&ds, &out, false);
    fprintf(stderr, "%.*s", STR(buf_str(&out)));
    exit(3);
}

/* Actions ignore case. */
static bool same_action(struct str x, struct str y)
{
    bool same = x.n == y.n;
    for (size_t i = 0; same && i < x.n; i++)
        same = ascii_lower(x.p[i]) == ascii_lower(y.p[i]);
    return same;
}

struct actions {
    VEC(struct str) all;
};

static void add(struct arena *a, struct actions *list, struct str action)
{
    for (size_t i = 0; i < list->all.n; i++)
        if (same_action(list->all.p[i], action))
            return;
    vec_push(a, &list->all, action);
}

static struct actions actions_of(struct arena *a, const struct node *statements)
{
    struct actions list = { 0 };
    for (size_t i = 0; i < statements->seq.n; i++) {
        const struct node *n = node_get(statements->seq.items[i], S("Action"));
        if (node_is_str(n))
            add(a, &list, n->str);
        for (size_t k = 0; n->kind == NODE_SEQ && k < n->seq.n; k++)
            add(a, &list, n->seq.items[k]->str);
    }
    return list;
}

static bool explained(const struct node *reasons, struct str action)
{
    for (size_t i = 0; reasons && i < reasons->map.n; i++)
        if (same_action(reasons->map.entries[i].key, action))
            return true;
    return false;
}

/* What `one` has and `other` has not must be explained, and nothing else. */
static void compare(struct buf *why, const struct actions *one, const struct actions *other,
                    const struct node *reasons, const char *what)
{
    for (size_t i = 0; i < one->all.n; i++) {
        bool shared = false;
        for (size_t k = 0; k < other->all.n; k++)
            shared = shared || same_action(one->all.p[i], other->all.p[k]);
        if (shared == explained(reasons, one->all.p[i]))
            buf_printf(why, "%s%.*s is %s", why->n ? "; " : "", STR(one->all.p[i]),
                       shared ? "explained but the same" : what);
    }
}

static bool same_text(const struct node *row, const struct node *entry, const char *key)
{
    const struct node *want = node_get(row, str_from(key)), *is = node_get(entry, str_from(key));
    return !want || (node_is_str(is) && str_eq(want->str, is->str));
}

static const struct node *find_row(const struct node *rows, const struct node *entry)
{
    for (size_t i = 0; i < rows->seq.n; i++) {
        const struct node *row = rows->seq.items[i];
        if (same_text(row, entry, "page") && same_text(row, entry, "api") &&
            same_text(row, entry, "pattern"))
            return row;
    }
    return NULL;
}

static void judge(struct corpus *c, const struct options *o, const struct node *row,
                  const struct node *entry, size_t number)
{
    struct arena *a = &c->arena;
    struct str name = node_get(row, S("case"))->str;
    const struct node *iam =
        read_node(a, o->engines, arena_printf(a, "%.*s/expect/pipeline.iam.json", STR(name)));
    const struct node *machine = node_get(iam, S("roles"))->seq.items[0];
    struct actions ours = actions_of(a, node_get(machine, S("statements")));
    struct actions theirs = actions_of(a, node_get(node_get(entry, S("policy")), S("Statement")));
    struct buf why;
    buf_init(&why, 0);
    compare(&why, &theirs, &ours, node_get(row, S("without")), "not granted");
    compare(&why, &ours, &theirs, node_get(row, S("beyond")), "not in the published policy");
    bool good = !why.n;
    buf_putc(&why, '\0');
    struct str page = node_get(entry, S("page"))->str;
    corpus_result(c, page, arena_printf(a, "%.*s-%zu", STR(page), number), good ? NULL : why.p);
    buf_done(&why);
}

int main(int argc, char **argv)
{
    struct corpus c;
    struct options o = { 0 };
    corpus_init(&c, argc, argv, option, &o);
    const struct node *rows = read_node(&c.arena, (struct str){ 0 }, o.same);
    const struct node *list = read_node(&c.arena, c.dir, S("step-functions-policies.json"));
    size_t elsewhere = 0;
    for (size_t i = 0; i < list->seq.n; i++) {
        const struct node *entry = list->seq.items[i], *row = find_row(rows, entry);
        if (row && node_get(entry, S("policy")))
            judge(&c, &o, row, entry, i);
        else
            elsewhere++;
    }
    printf("%zu policies are for what no row compares\n", elsewhere);
    return corpus_close(&c);
}
