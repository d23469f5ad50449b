/* XML on any bytes: what comes out is a value that JSON can hold. */
#include "fuzz.h"

#include "aws/xml.h"
#include "base/json.h"
#include "base/json_write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = { 0 };
    struct str root = { 0 };
    struct buf out;
    struct json_writer w;
    struct val v = xml_val(&a, (struct str){ (const char *)data, size }, &root);
    buf_init(&out, 0);
    json_writer_init(&w, &out, 0);
    if (v.kind != VAL_UNDEFINED) {
        size_t error_at;
        MUST(root.p);
        json_val(&w, v);
        struct val again = json_parse_val(buf_str(&out), &error_at);
        MUST(peek_equal(v, again));
        val_free(again);
    }
    val_free(v);
    buf_done(&out);
    arena_done(&a);
    return 0;
}
