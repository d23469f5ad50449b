#include "aws/config.h"

#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { FILE_MAX = 1 << 20 };

static const char *process_get(void *self, const char *name)
{
    (void)self;
    return getenv(name);
}

static int64_t process_now(void *self)
{
    (void)self;
    return (int64_t)time(NULL);
}

struct aws_environment aws_environment_process(void)
{
    return (struct aws_environment){ process_get, process_now, NULL };
}

struct str aws_variable(const struct aws_environment *env, const char *name)
{
    return str_from(env->get(env->self, name));
}

/* ---- the files' grammar ---- */

struct reader {
    struct arena *a;
    struct diags *ds;
    struct str path;
    size_t line;
    bool credentials;
    struct aws_config *config;
    struct aws_section *section; /* NULL: before the first, or one of no interest */
    bool skipping;
    struct str parent; /* "s3" behind "s3 =": indented settings belong to it */
};

static bool complain(struct reader *r, const char *what)
{
    diag_error(r->ds, "bad-aws-config", (struct span){ 0 }, "%.*s:%zu: %s", STR(r->path), r->line,
               what);
    return false;
}

/* Up to a '#' or ';' with a blank before it. */
static struct str without_comment(struct str s)
{
    for (size_t i = 1; i < s.n; i++)
        if ((s.p[i] == '#' || s.p[i] == ';') && ascii_is_space(s.p[i - 1]))
            return str_trim(str_sub(s, 0, i));
    return str_trim(s);
}

static struct str unquoted(struct str s)
{
    bool quotes = s.n >= 2 && (s.p[0] == '"' || s.p[0] == '\'') && s.p[s.n - 1] == s.p[0];
    return quotes ? str_sub(s, 1, s.n - 1) : s;
}

static struct aws_section *section_of(struct reader *r, struct map *sections, struct str name)
{
    struct aws_section *section = map_get(sections, name);
    if (!section) {
        section = arena_make(r->a, struct aws_section);
        section->name = name;
        map_put(r->a, sections, name, section);
    }
    return section;
}

/* "[profile x]", "[sso-session x]", "[services x]", "[default]"; in the credentials file "[x]". */
static bool begin_section(struct reader *r, struct str line)
{
    size_t end = str_find_char(line, ']', 0);
    if (end == SIZE_MAX)
        return complain(r, "the section's ']' is missing");
    struct str name = str_trim(str_sub(line, 1, end)), kind = S("");
    size_t blank = 0;
    while (blank < name.n && !ascii_is_space(name.p[blank]))
        blank++;
    if (blank < name.n && !r->credentials) {
        kind = str_sub(name, 0, blank);
        name = unquoted(str_trim(str_sub(name, blank, name.n)));
    }
    if (!name.n)
        return complain(r, "the section has no name");
    r->parent = S("");
    r->skipping = false;
    if (r->credentials || str_eq(kind, S("profile")) || (!kind.n && str_eq(name, S("default"))))
        r->section = section_of(r, &r->config->profiles, name);
    else if (str_eq(kind, S("sso-session")))
        r->section = section_of(r, &r->config->sessions, name);
    else if (str_eq(kind, S("services")))
        r->section = section_of(r, &r->config->services, name);
    else
        r->skipping = true; /* of other tools, now or later */
    return true;
}

static void set_key(struct reader *r, struct str key, struct str value)
{
    struct str *copy = arena_make(r->a, struct str);
    *copy = value;
    map_put(r->a, &r->section->keys, key, copy);
}

static bool read_line(struct reader *r, struct str line)
{
    struct str text = str_trim(line);
    bool indented = line.n && ascii_is_space(line.p[0]);
    if (!text.n || text.p[0] == '#' || text.p[0] == ';')
        return true;
    if (text.p[0] == '[' && !indented)
        return begin_section(r, text);
    if (r->skipping)
        return true;
    if (!r->section)
        return complain(r, "a setting before the first [section]");
    size_t eq = str_find_char(text, '=', 0);
    if (indented && !r->parent.n)
        return true; /* goes on from a value of several lines, which nothing of ours has */
    if (eq == SIZE_MAX || eq == 0)
        return complain(r, "neither a [section] nor 'key = value'");
    struct str key = str_trim(str_sub(text, 0, eq));
    struct str value = without_comment(str_sub(text, eq + 1, text.n));
    if (indented) {
        set_key(r, arena_printf(r->a, "%.*s.%.*s", STR(r->parent), STR(key)), value);
        return true;
    }
    r->parent = value.n ? S("") : key;
    set_key(r, key, value);
    return true;
}

bool aws_config_parse(struct arena *a, struct diags *ds, struct str path, struct str text,
                      bool credentials, struct aws_config *config)
{
    struct reader r = {
        .a = a, .ds = ds, .path = path, .credentials = credentials, .config = config
    };
    struct str line;
    if (str_starts(text, S("\xef\xbb\xbf")))
        text = str_sub(text, 3, text.n);
    while (str_split(&text, '\n', &line)) {
        r.line++;
        if (!read_line(&r, line))
            return false;
    }
    return true;
}

/* ---- the files ---- */

bool aws_read_secret_file(const char *path, struct buf *text)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    buf_init(text, FILE_MAX);
    if (fd < 0)
        return false;
    bool ok = fstat(fd, &st) == 0;
    if (ok && st.st_size > FILE_MAX) {
        errno = EFBIG;
        ok = false;
    }
    char *room = ok ? buf_room(text, st.st_size ? (size_t)st.st_size : 1) : NULL;
    while (ok && text->n < text->cap) {
        ssize_t n = read(fd, room + text->n, text->cap - text->n);
        if (n < 0 && errno == EINTR)
            continue;
        ok = n >= 0;
        if (n <= 0)
            break;
        text->n += (size_t)n;
    }
    int why = errno;
    close(fd);
    errno = why;
    return ok;
}

void aws_wipe(struct buf *text)
{
    if (text->p)
        OPENSSL_cleanse(text->p, text->cap);
    buf_done(text);
}

static struct str file_path(struct arena *a, const struct aws_environment *env,
                            const char *variable, const char *name)
{
    struct str path = aws_variable(env, variable), home = aws_variable(env, "HOME");
    if (!path.n)
        return home.n ? arena_printf(a, "%.*s/.aws/%s", STR(home), name) : S("");
    if (str_starts(path, S("~/")) && home.n)
        return arena_printf(a, "%.*s%.*s", STR(home), STR(str_sub(path, 1, path.n)));
    return arena_str(a, path);
}

bool aws_config_read(struct arena *a, struct diags *ds, const struct aws_environment *env,
                     struct aws_config *config)
{
    static const char *const FILES[2][2] = {
        { "AWS_CONFIG_FILE", "config" },
        { "AWS_SHARED_CREDENTIALS_FILE", "credentials" },
    };
    for (size_t i = 0; i < 2; i++) {
        struct str path = file_path(a, env, FILES[i][0], FILES[i][1]);
        struct buf *text = &config->texts[i];
        if (!path.n)
            continue;
        if (!aws_read_secret_file(path.p, text)) {
            if (errno == ENOENT || errno == ENOTDIR)
                continue;
            diag_error(ds, "bad-aws-config", (struct span){ 0 }, "cannot read %.*s: %s", STR(path),
                       strerror(errno));
            return false;
        }
        if (!aws_config_parse(a, ds, path, buf_str(text), i == 1, config))
            return false;
    }
    return true;
}

void aws_config_done(struct aws_config *config)
{
    aws_wipe(&config->texts[0]);
    aws_wipe(&config->texts[1]);
}

/* ---- what they say ---- */

struct str aws_profile_name(const struct aws_environment *env, struct str name)
{
    if (!name.n)
        name = aws_variable(env, "AWS_PROFILE");
    return name.n ? name : S("default");
}

const struct aws_section *aws_profile(const struct aws_config *config, struct str name)
{
    return map_get(&config->profiles, name);
}

struct str aws_setting(const struct aws_section *section, const char *key)
{
    const struct str *value = section ? map_get(&section->keys, str_from(key)) : NULL;
    return value ? *value : S("");
}

struct str aws_region(const struct aws_environment *env, const struct aws_config *config,
                      struct str profile)
{
    struct str region = aws_variable(env, "AWS_REGION");
    if (!region.n)
        region = aws_variable(env, "AWS_DEFAULT_REGION");
    if (!region.n)
        region = aws_setting(aws_profile(config, aws_profile_name(env, profile)), "region");
    return region;
}

static bool says_true(struct str s)
{
    return s.n == 4 && ascii_lower(s.p[0]) == 't' && ascii_lower(s.p[1]) == 'r' &&
           ascii_lower(s.p[2]) == 'u' && ascii_lower(s.p[3]) == 'e';
}

struct str aws_endpoint(struct arena *a, const struct aws_environment *env,
                        const struct aws_config *config, struct str profile, struct str service)
{
    const struct aws_section *p = aws_profile(config, aws_profile_name(env, profile));
    if (says_true(aws_variable(env, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")) ||
        says_true(aws_setting(p, "ignore_configured_endpoint_urls")))
        return S("");
    struct str name = arena_printf(a, "AWS_ENDPOINT_URL_%.*s", STR(service));
    for (size_t i = 0; i < name.n; i++)
        ((char *)name.p)[i] = ascii_upper(name.p[i]);
    struct str url = aws_variable(env, name.p);
    if (!url.n)
        url = aws_variable(env, "AWS_ENDPOINT_URL");
    if (!url.n)
        url = aws_setting(map_get(&config->services, aws_setting(p, "services")),
                          arena_printf(a, "%.*s.endpoint_url", STR(service)).p);
    if (!url.n)
        url = aws_setting(p, "endpoint_url");
    return url;
}
