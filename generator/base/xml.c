#include "base/xml.h"

#include "base/utf8.h"

static bool is_char(uint32_t c)
{
    return c >= ' ' && c != 0xFFFE && c != 0xFFFF;
}

void xml_put(struct buf *out, struct str text)
{
    for (size_t at = 0; at < text.n;) {
        char utf8[4];
        uint32_t c = utf8_next(text, &at);
        if (c == '&')
            buf_put(out, S("&amp;"));
        else if (c == '<')
            buf_put(out, S("&lt;"));
        else if (c == '>')
            buf_put(out, S("&gt;"));
        else if (c == '"')
            buf_put(out, S("&quot;"));
        else if (c == '\n' || c == '\t' || c == '\r') /* as they are, a reader may fold them */
            buf_printf(out, "&#%u;", (unsigned)c);
        else
            buf_put(out, (struct str){ utf8, utf8_put(utf8, is_char(c) ? c : 0xFFFD) });
    }
}
