#include "aws/xml.h"

#include "base/buf.h"
#include "base/mem.h"

#include <expat.h>
#include <openssl/crypto.h>

/* ---- memory that is wiped ---- */

struct block {
    size_t size;
    max_align_t bytes[];
};

static void *wiped_alloc(size_t size)
{
    struct block *b = mem_alloc(sizeof *b + size);
    b->size = size;
    return b->bytes;
}

static void wiped_free(void *p)
{
    if (!p)
        return;
    struct block *b = (struct block *)((char *)p - offsetof(struct block, bytes));
    OPENSSL_cleanse(b->bytes, b->size);
    mem_free(b);
}

static void *wiped_realloc(void *p, size_t size)
{
    void *fresh = wiped_alloc(size);
    if (p) {
        struct block *b = (struct block *)((char *)p - offsetof(struct block, bytes));
        memcpy(fresh, p, b->size < size ? b->size : size);
        wiped_free(p);
    }
    return fresh;
}

/* ---- events ---- */

struct xml {
    XML_Parser parser;
    struct xml_sink sink;
    struct buf text;
    bool has_children[XML_MAX_DEPTH + 1];
    size_t depth;
    bool refused;
};

static void refuse(struct xml *x)
{
    x->refused = true;
    XML_StopParser(x->parser, XML_FALSE);
}

static struct str local_name(const char *name)
{
    struct str s = str_from(name);
    size_t colon = str_rfind_char(s, ':');
    return colon == SIZE_MAX ? s : str_sub(s, colon + 1, s.n);
}

static void on_begin(void *self, const char *name, const char **attributes)
{
    struct xml *x = self;
    (void)attributes;
    if (x->depth == XML_MAX_DEPTH) {
        refuse(x);
        return;
    }
    x->has_children[x->depth] = true;
    x->has_children[++x->depth] = false;
    x->text.n = 0;
    if (x->sink.begin)
        x->sink.begin(x->sink.self, local_name(name));
}

static void on_text(void *self, const char *p, int n)
{
    struct xml *x = self;
    if (!x->has_children[x->depth])
        buf_put(&x->text, (struct str){ p, (size_t)n });
    if (x->text.over)
        refuse(x);
}

static void on_end(void *self, const char *name)
{
    struct xml *x = self;
    if (!x->has_children[x->depth] && x->sink.text)
        x->sink.text(x->sink.self, local_name(name), buf_str(&x->text));
    x->text.n = 0;
    x->depth--;
    if (x->sink.end)
        x->sink.end(x->sink.self);
}

/* A document type is where entities that grow come from; AWS sends none. */
static void on_doctype(void *self, const char *name, const char *system, const char *public,
                       int internal)
{
    (void)name, (void)system, (void)public, (void)internal;
    refuse(self);
}

bool xml_parse(struct str text, struct xml_sink sink)
{
    static const XML_Memory_Handling_Suite MEMORY = { wiped_alloc, wiped_realloc, wiped_free };
    struct xml x = { .sink = sink };
    if (text.n > XML_MAX_TEXT)
        return false;
    x.parser = XML_ParserCreate_MM("UTF-8", &MEMORY, NULL);
    if (!x.parser)
        mem_exhausted(0);
    buf_init(&x.text, 0);
    buf_room(&x.text, text.n < 8192 ? text.n : 8192); /* at once: growing leaves copies behind */
    XML_SetUserData(x.parser, &x);
    XML_SetElementHandler(x.parser, on_begin, on_end);
    XML_SetCharacterDataHandler(x.parser, on_text);
    XML_SetStartDoctypeDeclHandler(x.parser, on_doctype);
    bool ok = XML_Parse(x.parser, text.n ? text.p : "", (int)text.n, XML_TRUE) == XML_STATUS_OK;
    XML_ParserFree(x.parser);
    if (x.text.p)
        OPENSSL_cleanse(x.text.p, x.text.cap);
    buf_done(&x.text);
    return ok && !x.refused;
}

/* ---- values ---- */

struct level {
    struct val value; /* a map, a list, or undefined: nothing inside yet */
    struct val name;
    bool list; /* all children so far are members */
};

struct builder {
    struct level levels[XML_MAX_DEPTH + 1];
    size_t n;
    struct val text; /* of the element that ends next; undefined if it had children */
    struct val result, root;
};

static void build_begin(void *self, struct str name)
{
    struct builder *b = self;
    b->levels[b->n++] = (struct level){ .name = val_str(name) };
}

static void build_text(void *self, struct str name, struct str text)
{
    struct builder *b = self;
    (void)name;
    b->text = val_str(text);
}

static bool is_member(struct val name)
{
    return str_eq(peek_str(name), S("member")) || str_eq(peek_str(name), S("item"));
}

/* {a: 1} with a second a: {a: [1, 2]}. A value that is a list already was one of members, so that
 * two such become a list of lists; AWS has none. */
static struct val put_again(struct val map, struct val key, struct val value)
{
    struct val have = val_map_get(val_copy(map), peek_str(key));
    if (have.kind == VAL_UNDEFINED)
        return val_map_put(map, key, value);
    struct val list = have.kind == VAL_LIST ? have : val_list_push(val_list(), have);
    map = val_map_put(map, val_copy(key), val_null()); /* alone: the list is extended in place */
    return val_map_put(map, key, val_list_push(list, value));
}

/* <x><member/><other/></x> was a list until now. */
static struct val as_map(struct val list, struct str name)
{
    return val_map_set(val_map(), name, list);
}

static void add_child(struct level *up, struct val name, struct val value)
{
    bool member = is_member(name);
    if (up->value.kind == VAL_UNDEFINED) {
        up->list = member;
        up->value = member ? val_list() : val_map();
    } else if (up->list && !member) {
        up->list = false;
        up->value = as_map(up->value, S("member"));
    }
    if (up->list) {
        up->value = val_list_push(up->value, value);
        val_free(name);
    } else {
        up->value = put_again(up->value, name, value);
    }
}

static void build_end(void *self)
{
    struct builder *b = self;
    struct level *l = &b->levels[--b->n];
    struct val value = l->value.kind == VAL_UNDEFINED ? b->text : l->value;
    b->text = (struct val){ 0 };
    if (b->n) {
        add_child(&b->levels[b->n - 1], l->name, value);
    } else {
        b->result = value;
        b->root = l->name;
    }
}

struct val xml_val(struct arena *a, struct str text, struct str *root)
{
    struct builder b = { 0 };
    struct xml_sink sink = { build_begin, build_text, build_end, &b };
    bool ok = xml_parse(text, sink);
    if (ok && root)
        *root = arena_str(a, peek_str(b.root));
    val_free(b.root);
    if (ok)
        return b.result;
    while (b.n--) {
        val_free(b.levels[b.n].name);
        val_free(b.levels[b.n].value);
    }
    val_free(b.text);
    val_free(b.result);
    return (struct val){ 0 };
}
