#include "runner/engine.h"

#include "base/json.h"
#include "jsonpath/text.h"

static const struct val undefined;

static __attribute__((format(printf, 2, 3))) struct val reader_failed(struct failure *why,
                                                                      const char *fmt, ...)
{
    struct buf text;
    buf_init(&text, 0);
    va_list args;
    va_start(args, fmt);
    buf_vprintf(&text, fmt, args);
    va_end(args);
    *why = failure_make(S("States.ItemReaderFailed"), buf_str(&text));
    buf_done(&text);
    return undefined;
}

static struct str text_at(struct val map, struct str key)
{
    struct val v = map.kind == VAL_MAP ? peek_get(map, key) : undefined;
    return v.kind == VAL_STR ? peek_str(v) : (struct str){ 0 };
}

/* ---- the formats ---- */

/* A list as it is; an object as {"Key", "Value"} items. Consumes v. */
static struct val as_items(struct val v, struct failure *why)
{
    if (v.kind == VAL_LIST)
        return v;
    if (v.kind != VAL_MAP) {
        val_free(v);
        return reader_failed(why, "The JSON file does not hold an array or an object.");
    }
    struct val items = val_list();
    for (size_t i = 0; i < peek_count(v); i++) {
        struct val item = val_map_set(val_map(), S("Key"), val_copy(peek_key_at(v, i)));
        items = val_list_push(items, val_map_set(item, S("Value"), val_copy(peek_value_at(v, i))));
    }
    val_free(v);
    return items;
}

static void unescape_pointer(struct str part, struct buf *out)
{
    out->n = 0;
    for (size_t i = 0; i < part.n; i++) {
        bool tilde = part.p[i] == '~' && i + 1 < part.n;
        if (tilde && part.p[i + 1] == '0')
            buf_putc(out, '~');
        else if (tilde && part.p[i + 1] == '1')
            buf_putc(out, '/');
        else
            buf_putc(out, part.p[i]);
        i += tilde && (part.p[i + 1] == '0' || part.p[i + 1] == '1');
    }
}

/* RFC 6901, objects only. Consumes v. */
static struct val at_pointer(struct val v, struct str pointer, struct failure *why)
{
    struct str rest = pointer.n ? str_sub(pointer, 1, pointer.n) : pointer, part;
    struct buf key;
    buf_init(&key, 0);
    while (v.kind != VAL_UNDEFINED && str_split(&rest, '/', &part)) {
        unescape_pointer(part, &key);
        struct val next = v.kind == VAL_MAP ? val_copy(peek_get(v, buf_str(&key))) : undefined;
        val_free(v);
        v = next;
    }
    buf_done(&key);
    if (v.kind == VAL_UNDEFINED)
        reader_failed(why, "The ItemsPointer '%.*s' leads to nothing in the file.", STR(pointer));
    return v;
}

static struct val read_json(const struct reader *rd, struct str text, struct failure *why)
{
    size_t at = 0;
    struct val v = json_parse_val(text, &at);
    if (v.kind == VAL_UNDEFINED)
        return reader_failed(why, "The file is not valid JSON: error at byte %zu.", at);
    if (rd->items_pointer.n)
        v = at_pointer(v, rd->items_pointer, why);
    return v.kind == VAL_UNDEFINED ? v : as_items(v, why);
}

static struct val read_lines(struct str text, struct failure *why)
{
    struct val items = val_list();
    struct str line;
    for (size_t n = 1; str_split(&text, '\n', &line); n++) {
        size_t at = 0;
        line = str_trim(line);
        if (!line.n)
            continue;
        struct val v = json_parse_val(line, &at);
        if (v.kind == VAL_UNDEFINED) {
            val_free(items);
            return reader_failed(why, "Line %zu is not valid JSON.", n);
        }
        items = val_list_push(items, v);
    }
    return items;
}

static bool has_duplicates(struct val header)
{
    struct val seen = val_map();
    for (size_t i = 0; i < peek_count(header); i++)
        seen = val_map_put(seen, val_copy(peek_item(header, i)), val_null());
    bool duplicates = peek_count(seen) < peek_count(header);
    val_free(seen);
    return duplicates;
}

/* Fields without a column are dropped, columns without a field are empty. */
static struct val row_object(struct val header, struct val row)
{
    struct val v = val_map();
    for (size_t i = 0; i < peek_count(header); i++)
        v = val_map_put(v, val_copy(peek_item(header, i)),
                        i < peek_count(row) ? val_copy(peek_item(row, i)) : val_str(S("")));
    return v;
}

static struct val read_csv(const struct reader *rd, struct str text, struct failure *why)
{
    struct val rows = csv_rows(text, rd->delimiter), header = val_list(), items = val_list();
    size_t from = 0;
    for (size_t i = 0; rd->header_given && i < rd->nheaders; i++)
        header = val_list_push(header, val_str(rd->headers[i]));
    if (!rd->header_given && peek_count(rows)) {
        val_free(header);
        header = val_copy(peek_item(rows, 0));
        from = 1;
    }
    if (has_duplicates(header)) {
        val_free(items);
        items = reader_failed(why, "CSV headers cannot contain duplicates.");
    } else {
        for (size_t i = from; i < peek_count(rows); i++)
            items = val_list_push(items, row_object(header, peek_item(rows, i)));
    }
    val_free(rows);
    val_free(header);
    return items;
}

/* ---- objects ---- */

static bool get(struct run *r, struct str bucket, struct str key, struct buf *out,
                struct failure *why)
{
    buf_init(out, (size_t)1 << 30);
    if (r->options.store.get && r->options.store.get(r->options.store.data, bucket, key, out))
        return true;
    reader_failed(why, "There is no object '%.*s' in the bucket '%.*s'.", STR(key), STR(bucket));
    return false;
}

struct listing {
    struct val items;
};

static void found(void *ctx, struct str key, uint64_t size)
{
    struct listing *l = ctx;
    struct val v = val_map_set(val_map(), S("Key"), val_str(key));
    v = val_map_set(v, S("Size"), val_int((int64_t)size));
    v = val_map_set(v, S("StorageClass"), val_str(S("STANDARD")));
    l->items = val_list_push(l->items, v);
}

static struct val read_listing(struct run *r, struct val where, struct failure *why)
{
    struct listing l = { .items = val_list() };
    struct str bucket = text_at(where, S("Bucket")), prefix = text_at(where, S("Prefix"));
    if (r->options.store.list &&
        r->options.store.list(r->options.store.data, bucket, prefix, found, &l))
        return l.items;
    val_free(l.items);
    return reader_failed(why, "There is no bucket '%.*s' here.", STR(bucket));
}

/* S3 Inventory's manifest.json: "fileSchema" names the columns of the CSV files in "files". */
static struct val read_inventory(struct run *r, struct str bucket, struct val manifest,
                                 struct failure *why)
{
    struct val header = val_list(), items = val_list(), files = peek_get(manifest, S("files"));
    struct str schema = text_at(manifest, S("fileSchema")), column;
    while (str_split(&schema, ',', &column))
        header = val_list_push(header, val_str(str_trim(column)));
    for (size_t i = 0; files.kind == VAL_LIST && i < peek_count(files); i++) {
        struct buf text;
        bool ok = get(r, bucket, text_at(peek_item(files, i), S("key")), &text, why);
        struct val rows = ok ? csv_rows(buf_str(&text), ',') : val_list();
        for (size_t k = 0; k < peek_count(rows); k++)
            items = val_list_push(items, row_object(header, peek_item(rows, k)));
        val_free(rows);
        buf_done(&text);
        if (!ok) {
            val_free(items);
            items = undefined;
            break;
        }
    }
    val_free(header);
    return items;
}

static struct val read_manifest(struct run *r, struct str bucket, struct str text,
                                struct failure *why)
{
    size_t at = 0;
    struct val manifest = json_parse_val(text, &at);
    if (manifest.kind != VAL_MAP) {
        val_free(manifest);
        return reader_failed(why, "The manifest is no JSON object.");
    }
    struct val items = read_inventory(r, bucket, manifest, why);
    val_free(manifest);
    return items;
}

static struct val read_object(struct run *r, const struct reader *rd, struct val where,
                              struct failure *why)
{
    struct buf text;
    struct val items = undefined;
    struct str bucket = text_at(where, S("Bucket"));
    if (get(r, bucket, text_at(where, S("Key")), &text, why)) {
        switch (rd->input) {
        case READ_JSONL:
            items = read_lines(buf_str(&text), why);
            break;
        case READ_CSV:
            items = read_csv(rd, buf_str(&text), why);
            break;
        case READ_MANIFEST:
            items = read_manifest(r, bucket, buf_str(&text), why);
            break;
        default:
            items = read_json(rd, buf_str(&text), why);
            break;
        }
    }
    buf_done(&text);
    return items;
}

static struct val first_items(struct val items, size_t n)
{
    if (peek_count(items) <= n)
        return items;
    struct val kept = val_list();
    for (size_t i = 0; i < n; i++)
        kept = val_list_push(kept, val_copy(peek_item(items, i)));
    val_free(items);
    return kept;
}

struct val items_read(struct run *r, struct fiber *f, struct val input, struct failure *why)
{
    const struct reader *rd = f->state->reader;
    double most = 0;
    if (!data_amount(r, f, &rd->max_items, input, true, &most, why))
        return undefined;
    if (most < 0)
        return reader_failed(why, "field MaxItems must be positive");
    struct val where = rd->parameters ? data_template(r, f, rd->parameters, input, why) : val_map();
    if (where.kind == VAL_UNDEFINED)
        return where;
    struct val items =
        rd->input == READ_LISTING ? read_listing(r, where, why) : read_object(r, rd, where, why);
    val_free(where);
    if (items.kind == VAL_UNDEFINED || most == 0)
        return items;
    return first_items(items, (size_t)most);
}

/* ---- ItemBatcher ---- */

static struct val batch_of(struct val items, struct val common)
{
    struct val v = val_map();
    if (common.kind != VAL_UNDEFINED)
        v = val_map_set(v, S("BatchInput"), val_copy(common));
    return val_map_set(v, S("Items"), items);
}

struct val items_batch(struct run *r, struct fiber *f, struct val input, struct val items,
                       struct failure *why)
{
    const struct batcher *b = f->state->batcher;
    double most = 0, bytes = 0;
    struct val common = undefined, batches = undefined, batch = val_list();
    if (!data_amount(r, f, &b->max_items, input, true, &most, why) ||
        !data_amount(r, f, &b->max_bytes, input, true, &bytes, why))
        goto out;
    if (b->input) {
        common = data_template(r, f, b->input, input, why);
        if (common.kind == VAL_UNDEFINED)
            goto out;
    }
    size_t size = 0, limit = bytes > 0 && bytes < RUN_DATA_LIMIT ? (size_t)bytes : RUN_DATA_LIMIT;
    size_t frame = 32 + (common.kind != VAL_UNDEFINED ? peek_json_size(common) : 0);
    batches = val_list();
    for (size_t i = 0; i < peek_count(items); i++) {
        size_t more = peek_json_size(peek_item(items, i)) + 1, n = peek_count(batch);
        if (n && ((most > 0 && (double)n >= most) || frame + size + more > limit)) {
            batches = val_list_push(batches, batch_of(batch, common));
            batch = val_list();
            size = 0;
        }
        batch = val_list_push(batch, val_copy(peek_item(items, i)));
        size += more;
    }
    if (peek_count(batch)) {
        batches = val_list_push(batches, batch_of(batch, common));
        batch = undefined;
    }
out:
    val_free(batch);
    val_free(common);
    val_free(items);
    return batches;
}

/* ---- ResultWriter ---- */

static bool succeeded(struct val outcome)
{
    return str_eq(text_at(outcome, S("Status")), S("SUCCEEDED"));
}

/* What is written of an outcome: all of it, its output, or the items of its output. */
static struct val add_shaped(struct val list, const struct writer *w, struct val outcome)
{
    struct val output = peek_get(outcome, S("Output"));
    if (w->transformation == WRITE_NONE || !succeeded(outcome))
        return val_list_push(list, val_copy(outcome));
    if (w->transformation != WRITE_FLATTEN || output.kind != VAL_LIST)
        return val_list_push(list, val_copy(output));
    for (size_t i = 0; i < peek_count(output); i++)
        list = val_list_push(list, val_copy(peek_item(output, i)));
    return list;
}

static struct val shaped(const struct group *g, bool good)
{
    struct val list = val_list();
    for (size_t i = 0; i < peek_count(g->outcomes); i++)
        if (succeeded(peek_item(g->outcomes, i)) == good)
            list = add_shaped(list, g->state->writer, peek_item(g->outcomes, i));
    return list;
}

static struct str run_uuid(const struct group *g)
{
    size_t colon = str_rfind_char(g->map_run, ':');
    return str_sub(g->map_run, colon + 1, g->map_run.n);
}

static void put_list(struct buf *out, struct val list, bool lines)
{
    if (!lines) {
        text_json(out, list);
        return;
    }
    for (size_t i = 0; i < peek_count(list); i++) {
        text_json(out, peek_item(list, i));
        buf_putc(out, '\n');
    }
}

/* Where the files go. */
struct destination {
    struct run *r;
    struct str bucket, folder;
    bool lines, ok;
};

static struct val write_file(struct destination *d, const char *name, struct val list)
{
    struct val files = val_list();
    struct buf key, text;
    if (!peek_count(list))
        return files;
    buf_init(&key, 0);
    buf_init(&text, 0);
    buf_printf(&key, "%.*s%s_0.%s", STR(d->folder), name, d->lines ? "jsonl" : "json");
    put_list(&text, list, d->lines);
    d->ok =
        d->ok && d->r->options.store.put &&
        d->r->options.store.put(d->r->options.store.data, d->bucket, buf_str(&key), buf_str(&text));
    struct val file = val_map_set(val_map(), S("Key"), val_str(buf_str(&key)));
    files = val_list_push(files, val_map_set(file, S("Size"), val_int((int64_t)text.n)));
    buf_done(&key);
    buf_done(&text);
    return files;
}

static bool write_manifest(struct destination *d, const struct group *g, struct val files)
{
    struct val m = val_map_set(val_map(), S("DestinationBucket"), val_str(d->bucket));
    m = val_map_set(m, S("MapRunArn"), val_str(g->map_run));
    m = val_map_set(m, S("ResultFiles"), files);
    struct buf key, text;
    buf_init(&key, 0);
    buf_init(&text, 0);
    buf_printf(&key, "%.*smanifest.json", STR(d->folder));
    text_json(&text, m);
    val_free(m);
    bool ok =
        d->ok && d->r->options.store.put &&
        d->r->options.store.put(d->r->options.store.data, d->bucket, buf_str(&key), buf_str(&text));
    buf_done(&key);
    buf_done(&text);
    return ok;
}

static struct val export_results(struct run *r, struct group *g, struct val where,
                                 struct failure *why)
{
    struct str prefix = text_at(where, S("Prefix"));
    struct buf folder;
    buf_init(&folder, 0);
    if (prefix.n)
        buf_printf(&folder, "%.*s/", STR(prefix));
    buf_printf(&folder, "%.*s/", STR(run_uuid(g)));
    struct destination d = { .r = r,
                             .bucket = text_at(where, S("Bucket")),
                             .folder = buf_str(&folder),
                             .lines = g->state->writer->lines,
                             .ok = true };
    struct val good = shaped(g, true), bad = shaped(g, false), files = val_map();
    files = val_map_set(files, S("FAILED"), write_file(&d, "FAILED", bad));
    files = val_map_set(files, S("PENDING"), val_list());
    files = val_map_set(files, S("SUCCEEDED"), write_file(&d, "SUCCEEDED", good));
    val_free(good);
    val_free(bad);
    struct val output = undefined;
    if (write_manifest(&d, g, files)) {
        buf_put(&folder, S("manifest.json"));
        struct val details = val_map_set(val_map(), S("Bucket"), val_str(d.bucket));
        details = val_map_set(details, S("Key"), val_str(buf_str(&folder)));
        output = val_map_set(val_map(), S("MapRunArn"), val_str(g->map_run));
        output = val_map_set(output, S("ResultWriterDetails"), details);
    } else {
        struct buf text;
        buf_init(&text, 0);
        buf_printf(&text,
                   "The results cannot be written to the bucket '%.*s': no folder stands "
                   "for it here.",
                   STR(d.bucket));
        *why = failure_make(S("States.ResultWriterFailed"), buf_str(&text));
        buf_done(&text);
    }
    buf_done(&folder);
    return output;
}

struct val items_write(struct run *r, struct fiber *f, struct group *g, struct val input,
                       struct failure *why)
{
    const struct writer *w = g->state->writer;
    if (!w->export)
        return shaped(g, true);
    struct val where = w->parameters ? data_template(r, f, w->parameters, input, why) : val_map();
    if (where.kind == VAL_UNDEFINED)
        return where;
    struct val v = export_results(r, g, where, why);
    val_free(where);
    return v;
}
