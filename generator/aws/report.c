#include "aws/client.h"

static bool contains(struct str s, struct str what)
{
    return str_find(s, what, 0) != SIZE_MAX;
}

static bool is_denied(struct str code)
{
    return contains(code, S("AccessDenied")) || str_eq(code, S("UnauthorizedOperation")) ||
           str_eq(code, S("AuthorizationError")) || str_eq(code, S("403"));
}

static bool is_about_credentials(struct str code)
{
    static const struct str CODES[] = {
        S_INIT("ExpiredToken"),
        S_INIT("ExpiredTokenException"),
        S_INIT("InvalidAccessKeyId"),
        S_INIT("InvalidClientTokenId"),
        S_INIT("InvalidSignatureException"),
        S_INIT("SignatureDoesNotMatch"),
        S_INIT("UnrecognizedClientException"),
        S_INIT("InvalidToken"),
    };
    for (size_t i = 0; i < sizeof CODES / sizeof *CODES; i++)
        if (str_eq(CODES[i], code))
            return true;
    return false;
}

static struct diag *report_refusal(struct aws *aws, const struct aws_result *x, const char *what)
{
    bool theirs = x->status >= 500 || x->status == 429;
    bool denied = is_denied(x->code), credentials = is_about_credentials(x->code);
    const char *slug = denied ? "aws-denied" : credentials ? "bad-credentials" : "aws-refused";
    struct diag *d =
        theirs ? diag_world(aws_diags(aws), slug, (struct span){ 0 }, "cannot %s: %.*s%s%.*s", what,
                            STR(x->code), x->message.n ? ": " : "", STR(x->message))
               : diag_error(aws_diags(aws), slug, (struct span){ 0 }, "cannot %s: %.*s%s%.*s", what,
                            STR(x->code), x->message.n ? ": " : "", STR(x->message));
    const struct credentials *who = credentials ? aws_credentials(aws) : NULL;
    if (who)
        diag_help(d, "the credentials came from %s", who->source);
    return d;
}

/* AWS's names of operations begin with what they do. */
static bool changes_something(struct str operation)
{
    static const struct str READING[] = { S_INIT("Describe"), S_INIT("Get"), S_INIT("Head"),
                                          S_INIT("List"), S_INIT("Filter") };
    for (size_t i = 0; i < sizeof READING / sizeof *READING; i++)
        if (str_starts(operation, READING[i]))
            return false;
    return true;
}

struct diag *aws_report(struct aws *aws, const struct aws_call *c, const char *what)
{
    const struct aws_result *x = &c->result;
    struct diag *d = NULL;
    switch (x->outcome) {
    case AWS_DONE:
    case AWS_UNSIGNED:
        return NULL;
    case AWS_REFUSED:
        d = report_refusal(aws, x, what);
        break;
    case AWS_UNREACHED:
        d = diag_world(aws_diags(aws), "aws-unreached", (struct span){ 0 },
                       "cannot %s: no answer from %.*s: %.*s", what, STR(x->host), STR(x->message));
        break;
    case AWS_GARBLED:
        d = diag_world(aws_diags(aws), "aws-garbled", (struct span){ 0 },
                       "cannot %s: %.*s answered with %.*s", what, STR(x->host), STR(x->message));
        diag_help(d, "something between here and AWS may have answered: a proxy or a portal");
        break;
    }
    if (x->attempts > 1)
        diag_help(d, "tried %u times", x->attempts);
    if (x->uncertain && changes_something(c->operation))
        diag_help(d, "AWS may have done it all the same");
    if (x->request_id.n)
        diag_help(d, "request id %.*s", STR(x->request_id));
    return d;
}
