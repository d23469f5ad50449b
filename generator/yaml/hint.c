#include "base/num.h"
#include "yaml/scalar.h"
#include "yaml/yaml.h"

/* "5," or "true,": a line taken from JSON. */
static bool hint_comma(struct diag *d, struct str text, bool number)
{
    if (text.n < 2 || text.p[text.n - 1] != ',')
        return false;
    struct scalar s = scalar_read(str_sub(text, 0, text.n - 1));
    if (number ? s.kind != NODE_INT && s.kind != NODE_FLOAT : s.kind != NODE_BOOL)
        return false;
    diag_help(d, "remove the ',' after it");
    return true;
}

static bool hint_number(struct diag *d, struct str text)
{
    struct scalar s = scalar_read_11(text);
    if (s.kind != NODE_INT)
        return false;
    char digits[NUM_TEXT];
    num_put_int(digits, s.integer);
    diag_help(d, "'%.*s' is a string in YAML 1.2; write %s", STR(text), digits);
    return true;
}

/* "5 minutes", "256MB" */
static bool hint_unit(struct diag *d, struct str text)
{
    size_t digits = 0;
    while (digits < text.n && ascii_is_digit(text.p[digits]))
        digits++;
    size_t unit = digits;
    while (unit < text.n && text.p[unit] == ' ')
        unit++;
    if (!digits || unit == text.n)
        return false;
    for (size_t i = unit; i < text.n; i++)
        if (!ascii_is_alpha(text.p[i]) && text.p[i] != '%')
            return false;
    diag_help(d, "write a number alone, without '%.*s'", STR(str_sub(text, unit, text.n)));
    return true;
}

static bool hint_bool(struct diag *d, struct str text)
{
    struct scalar s = scalar_read_11(text);
    if (s.kind != NODE_BOOL)
        return false;
    diag_help(d, "'%.*s' is a string in YAML 1.2; write %s", STR(text),
              s.boolean ? "true" : "false");
    return true;
}

/* "key:value" */
static bool hint_map(struct diag *d, struct str text)
{
    enum { LONGEST = 60 };
    if (text.n > LONGEST)
        return false;
    size_t colon = str_find_char(text, ':', 0);
    size_t blank = str_find_char(text, ' ', 0);
    if (colon == SIZE_MAX || colon == 0 || colon > blank || colon + 1 == text.n ||
        text.p[colon + 1] == '/' || str_find_char(text, '\n', 0) != SIZE_MAX)
        return false;
    diag_help(d, "'%.*s' has no space after ':'; write '%.*s: …'", STR(text),
              STR(str_sub(text, 0, colon)));
    return true;
}

/* "-item", or the several of them that YAML folds into one string */
static bool hint_list(struct diag *d, struct str text)
{
    if (text.n < 2 || text.p[0] != '-' || text.p[1] == '-')
        return false;
    diag_help(d, "a list item needs a space after '-'");
    return true;
}

bool yaml_hint(struct diag *d, const struct node *n, enum node_kind expected)
{
    if (!node_is_str(n) || n->quoted || n->str.n == 0)
        return false;
    switch (expected) {
    case NODE_BOOL:
        return hint_bool(d, n->str) || hint_comma(d, n->str, false);
    case NODE_INT:
    case NODE_FLOAT:
        return hint_number(d, n->str) || hint_unit(d, n->str) || hint_comma(d, n->str, true);
    case NODE_MAP:
        return hint_map(d, n->str);
    case NODE_SEQ:
        return hint_list(d, n->str);
    default:
        return false;
    }
}
