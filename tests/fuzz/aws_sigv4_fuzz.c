/* Signing any URL: line by line method, URL and headers. The canonical request has its fixed
 * number of lines whatever the input, and a signed URL begins with the one it was made of. */
#include "fuzz.h"

#include "aws/sigv4.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = { 0 };
    struct str rest = { (const char *)data, size }, method = { 0 }, url = { 0 }, line;
    struct http_headers headers = { 0 }, add = { 0 };
    struct sigv4_trace trace;
    if (str_find_char(rest, '\0', 0) != SIZE_MAX)
        return 0; /* no part of a request can hold one */
    str_split(&rest, '\n', &method);
    str_split(&rest, '\n', &url);
    while (str_split(&rest, '\n', &line)) {
        size_t colon = str_find_char(line, ':', 0);
        if (colon != SIZE_MAX)
            http_header_add(&a, &headers, str_sub(line, 0, colon),
                            str_sub(line, colon + 1, line.n));
    }
    struct sigv4_request q = { .method = method,
                               .url = url,
                               .headers = &headers,
                               .payload = S("UNSIGNED-PAYLOAD"),
                               .region = S("r"),
                               .service = S("s"),
                               .time = 1440938160,
                               .as_is = size & 1 };
    struct sigv4_identity who = { S("id"), S("secret"), S("token") };
    sigv4_sign(&a, &q, &who, &add, &trace);
    MUST(add.all.n == 3 && trace.signature.n == SIGV4_SIGNATURE);
    MUST(str_ends(trace.canonical_request, S("\nUNSIGNED-PAYLOAD")));
    struct str signed_url = sigv4_presign(&a, &q, &who, 60, &trace);
    size_t question = str_find_char(url, '?', 0);
    MUST(str_starts(signed_url, str_sub(url, 0, question == SIZE_MAX ? url.n : question)));
    MUST(str_ends(signed_url, trace.signature));
    arena_done(&a);
    return 0;
}
