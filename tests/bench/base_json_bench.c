/* How fast JSON is read and written, in MB per CPU second. The document is made here: about 10 MB
 * of order records, or the file that is named. `json_bench --write FILE` leaves it for a peer. */
#include "base/json.h"
#include "base/json_write.h"
#include "base/limits.h"

#include <stdio.h>
#include <time.h>

enum { RECORDS = 38600, ROUNDS = 15 };

static uint64_t next_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    return z ^ z >> 31;
}

static unsigned pick(uint64_t *state, unsigned n)
{
    return (unsigned)(next_random(state) >> 33) % n;
}

static void put_text(struct json_writer *w, const char *key, const char *fmt, unsigned n)
{
    char text[40];
    int len = snprintf(text, sizeof text, fmt, n);
    json_key(w, str_from(key));
    json_str(w, (struct str){ text, (size_t)len });
}

static void put_items(struct json_writer *w, uint64_t *r)
{
    json_key(w, S("items"));
    json_begin_list(w);
    for (unsigned n = pick(r, 5) + 1; n; n--) {
        json_begin_map(w);
        put_text(w, "sku", "sku-%03u", pick(r, 200));
        json_key(w, S("qty"));
        json_int(w, pick(r, 9) + 1);
        json_key(w, S("price"));
        json_float(w, (double)(pick(r, 50000) + 100) / 100);
        json_end_map(w);
    }
    json_end_list(w);
}

static void make_document(struct buf *out)
{
    static const char REGIONS[4][16] = { "eu-west-1", "us-east-1", "ap-south-1", "sa-east-1" };
    static const char STATUS[3][8] = { "paid", "open", "void" };
    static const char NOTE[] = "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn";
    uint64_t r = 1;
    struct json_writer w;
    json_writer_init(&w, out, 0);
    json_begin_list(&w);
    for (unsigned i = 0; i < RECORDS; i++) {
        json_begin_map(&w);
        json_key(&w, S("id"));
        json_int(&w, i);
        put_text(&w, "customer", "c%04u", pick(&r, 500));
        json_key(&w, S("region"));
        json_str(&w, str_from(REGIONS[pick(&r, 4)]));
        json_key(&w, S("status"));
        json_str(&w, str_from(STATUS[pick(&r, 3)]));
        put_text(&w, "ts", "2024-01-%02uT12:30:00Z", pick(&r, 28) + 1);
        json_key(&w, S("note"));
        json_str(&w, (struct str){ NOTE, pick(&r, sizeof NOTE) });
        put_items(&w, &r);
        json_end_map(&w);
    }
    json_end_list(&w);
}

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct work {
    struct str text;
    struct arena arena;
    struct diags diags;
    struct node *node;
    struct val val;
    struct buf out;
};

static bool index_lines(struct work *w)
{
    return source_make(&w->arena, S("bench.json"), w->text) != NULL;
}

static bool read_node(struct work *w)
{
    struct source src = { .path = S("bench.json"), .text = w->text };
    w->node = json_read_node(&w->arena, &w->diags, &src);
    return w->node != NULL;
}

static bool read_val(struct work *w)
{
    size_t error_at;
    w->val = json_parse_val(w->text, &error_at);
    return w->val.kind != VAL_UNDEFINED;
}

static bool write_node(struct work *w)
{
    struct json_writer out;
    json_writer_init(&out, &w->out, 0);
    json_node(&out, w->node);
    return w->out.n == w->text.n;
}

static bool write_val(struct work *w)
{
    struct json_writer out;
    json_writer_init(&out, &w->out, 0);
    json_val(&out, w->val);
    return w->out.n == w->text.n;
}

static bool write_indented(struct work *w)
{
    struct json_writer out;
    json_writer_init(&out, &w->out, 2);
    json_val(&out, w->val);
    return w->out.n > w->text.n;
}

static const struct {
    const char *name;
    bool (*run)(struct work *w);
} benches[] = {
    { "line index", index_lines }, { "read nodes", read_node },
    { "read values", read_val },   { "write nodes", write_node },
    { "write values", write_val }, { "write values, indented", write_indented },
};

static bool run_bench(size_t i, struct str text)
{
    struct work w = { .text = text };
    diags_init(&w.diags, &w.arena);
    if (!read_node(&w) || !read_val(&w))
        return false;
    struct arena_mark mark = arena_mark(&w.arena);
    double best = 1e9;
    bool ok = true;
    for (int round = 0; round < ROUNDS && ok; round++) {
        struct val old = w.val;
        w.out.n = 0;
        double start = cpu_seconds();
        ok = benches[i].run(&w);
        double spent = cpu_seconds() - start;
        best = spent < best ? spent : best;
        if (benches[i].run == read_val)
            val_free(old);
        if (benches[i].run == read_node || benches[i].run == index_lines)
            arena_reset(&w.arena, mark);
    }
    printf("  %-24s %8.0f MB/s\n", benches[i].name, (double)text.n / 1e6 / best);
    val_free(w.val);
    buf_done(&w.out);
    arena_done(&w.arena);
    return ok;
}

int main(int argc, char **argv)
{
    struct buf text;
    buf_init(&text, 0);
    make_document(&text);
    if (argc == 3 && strcmp(argv[1], "--write") == 0) {
        FILE *f = fopen(argv[2], "wb");
        bool ok = f && fwrite(text.p, 1, text.n, f) == text.n;
        return f && fclose(f) == 0 && ok ? 0 : 3;
    }
    printf("  document of %zu bytes\n", text.n);
    for (size_t i = 0; i < sizeof benches / sizeof *benches; i++) {
        if (!run_bench(i, buf_str(&text))) {
            fprintf(stderr, "json_bench: '%s' failed\n", benches[i].name);
            return 1;
        }
    }
    buf_done(&text);
    return 0;
}
