/* Ceilings on what input may ask of us, in one place. Each is far above honest use and far below
 * what would hurt; crossing one is a diagnostic that names it. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

enum {
    LIMIT_DIAGS = 1000,               /* diagnostics kept of one run */
    LIMIT_SOURCE_BYTES = 64 << 20,    /* one input file */
    LIMIT_DEPTH = 200,                /* nesting of YAML and of expressions */
    LIMIT_JSON_DEPTH = 512,           /* nesting of JSON */
    LIMIT_YAML_NODES = 1 << 20,       /* nodes of one document, aliases counted as copies */
    LIMIT_GROUP_DEPTH = 50,           /* groups inside steps inside groups */
    LIMIT_EXTENDS = 16,               /* stages that extend each other */
    LIMIT_INCLUDE_DEPTH = 20,         /* !include and Jinja include */
    LIMIT_INCLUDES = 1000,            /* files that one document includes, repeats counted */
    LIMIT_TEMPLATE_OUTPUT = 64 << 20, /* bytes one template may write */
    LIMIT_TEMPLATE_STEPS = 50000000,  /* instructions one template may run */
    LIMIT_TEMPLATE_CALLS = 200,       /* nested macro calls, includes and loops */
};

#endif
