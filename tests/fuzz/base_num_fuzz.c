/* Text to numbers as the C library reads it, and doubles to text that reads back. */
#include "fuzz.h"

#include "base/num.h"

#include <math.h>
#include <string.h>

static uint64_t bits_of(double d)
{
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    return bits;
}

static void round_trip(double d)
{
    char js[NUM_TEXT], python[NUM_TEXT];
    double back;
    struct str text = { js, num_put_double(js, d) };
    struct str repr = { python, num_put_double_python(python, d) };
    MUST(text.n < NUM_TEXT && js[text.n] == '\0' && repr.n < NUM_TEXT && python[repr.n] == '\0');
    if (!isfinite(d))
        return;
    MUST(num_get_double(repr, &back) && bits_of(back) == bits_of(d));
    MUST(num_get_double(text, &back) && !(back < d) && !(back > d));
}

static void as_text(const char *text, size_t n)
{
    double ours;
    int64_t i;
    char *end;
    if (num_get_int((struct str){ text, n }, &i)) {
        char again[NUM_TEXT];
        int64_t back;
        size_t len = num_put_int(again, i);
        MUST(num_get_int((struct str){ again, len }, &back) && back == i);
    }
    if (num_get_double((struct str){ text, n }, &ours)) {
        double theirs = strtod(text, &end); /* in the C locale: nobody has set another */
        MUST(end == text + n && bits_of(ours) == bits_of(theirs));
        round_trip(ours);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    MUST(text);
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    as_text(text, size);
    free(text);
    for (size_t at = 0; size - at >= sizeof(double); at += sizeof(double)) {
        double d;
        memcpy(&d, data + at, sizeof d);
        round_trip(d);
    }
    return 0;
}
