/* Jinja templates: text with {{ expressions }} and {% statements %} into text that knows where each
 * of its bytes came from. A template is lexed, parsed and compiled to bytecode once, then run any
 * number of times over values. Behaviour follows Jinja2 3.1; configs/TEMPLATES.md names the
 * differences. */
#ifndef TEMPLATE_TEMPLATE_H
#define TEMPLATE_TEMPLATE_H

#include "base/diag.h"
#include "base/val.h"

struct template;

/* What using an undefined variable or attribute does. */
enum template_undefined {
    TEMPLATE_STRICT,    /* any use but `is defined` and `default` is an error */
    TEMPLATE_LENIENT,   /* prints nothing, is false and empty; its attributes are errors */
    TEMPLATE_CHAINABLE, /* as lenient, and its attributes are undefined as well */
    TEMPLATE_DEBUG,     /* as lenient, but prints {{ name }} */
};

/* One call of a function that the caller supplies. */
struct template_call {
    struct diags *diags;
    struct span span;       /* the call, for messages */
    const struct val *args; /* positional, borrowed */
    size_t nargs;
};

/* Returns the result, or VAL_UNDEFINED after a diagnostic. Keyword arguments are refused before. */
struct template_function {
    struct str name;
    struct val (*call)(void *ctx, const struct template_call *call);
    void *ctx;
};

/* Finds what include, import and extends name; the name stays while the diagnostics' arena does.
 * `by` is the template that asks. Returns NULL where
 * there is no such template (without a diagnostic: the caller words it, or `ignore missing` allows
 * it), and NULL after a diagnostic where there is one that cannot be read. */
struct template_loader {
    struct source *(*load)(void *ctx, struct str name, const struct source *by, struct span cause);
    void *ctx;
};

struct template_options {
    enum template_undefined undefined;
    bool trim_blocks;           /* no line end behind a block tag */
    bool lstrip_blocks;         /* no blanks before a block tag that begins its line */
    bool keep_trailing_newline; /* otherwise the last one is dropped */
    bool autoescape;            /* HTML */
    bool no_do, no_loopcontrols;
    bool jsonata_scalars; /* !jsonata {% … %} is text, not a tag */
    struct str block_start, block_end, variable_start, variable_end, comment_start, comment_end;
    struct str line_statement, line_comment; /* prefixes; empty: there are none */
    struct str newline;                      /* what every line end becomes */
    struct template_loader loader;
    const struct template_function *functions;
    size_t nfunctions;
    struct val globals; /* a map, borrowed, or undefined: seen by imported templates too */
    size_t max_output, max_steps; /* 0: LIMIT_TEMPLATE_OUTPUT, LIMIT_TEMPLATE_STEPS */
    unsigned max_calls;           /* 0: LIMIT_TEMPLATE_CALLS */
};

/* Jinja's own defaults. */
struct template_options template_options_jinja(void);
/* For configurations: strict, last newline kept, !jsonata known. */
struct template_options template_options_config(void);

/* The template in `src`, ready to run; NULL after diagnostics. Release with template_free. `src`
 * and what the options point to must outlive it. */
struct template *template_compile(struct diags *ds, const struct template_options *options,
                                  const struct source *src);
void template_free(struct template *t);

/* Runs it over `variables` (a map, consumed): the text in `a`, as a source whose segments map each
 * byte to where it was written; NULL after a diagnostic. */
struct source *template_run(struct arena *a, struct diags *ds, const struct template *t,
                            struct val variables);

/* Both in one. */
struct source *template_render(struct arena *a, struct diags *ds,
                               const struct template_options *options, const struct source *src,
                               struct val variables);

/* A decimal integer of any length ("-123", digits only) as a template sees it: beyond 64 bits it is
 * an extension that arithmetic and printing know. */
struct val template_integer(struct str digits);

#endif
