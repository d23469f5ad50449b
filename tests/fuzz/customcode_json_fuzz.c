/* The JSON reader of functions in C: whatever it accepts can be walked, read and written. */
#include "fuzz.h"
#include "lambda_runtime/json.h"

#include <string.h>

static void visit(struct ljson v, struct ltext *text)
{
    double number;
    int64_t integer;

    ltext_clear(text);
    ljson_number(v, &number);
    ljson_integer(v, &integer);
    if (ljson_string(v, text) && text->n > 0 && strlen(text->p) == text->n)
        MUST(ljson_equals(v, text->p)); /* it is equal to what it was read as */
    for (struct ljson_walk w = ljson_walk(v); ljson_next(&w);) {
        MUST(ljson_type(w.value) != LJSON_ABSENT && w.value.n > 0);
        visit(w.value, text); /* no deeper than the reader allows */
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ljson value;
    struct ltext text = { 0 };

    if (ljson_parse((const char *)data, size, &value))
        visit(value, &text);
    ltext_done(&text);
    return 0;
}
