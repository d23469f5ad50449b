/* The HTTP client of functions in C, given any bytes as the server's answer. */
#include "fuzz.h"
#include "lambda_runtime/http.h"

#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct lhttp_request request = { "GET", "/", "", NULL, 0 };
    struct lhttp_response response = { 0 };
    struct lhttp http;
    int ends[2];

    if (size > 64 * 1024 || socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
        return 0;
    MUST(write(ends[1], data, size) == (ssize_t)size);
    shutdown(ends[1], SHUT_WR);
    lhttp_init(&http, "nowhere"); /* no second connection */
    http.fd = ends[0];
    if (lhttp_exchange(&http, &request, &response))
        MUST(response.status >= 200 && response.status <= 999);
    lhttp_done(&http);
    close(ends[1]);
    ltext_done(&response.head);
    ltext_done(&response.body);
    return 0;
}
