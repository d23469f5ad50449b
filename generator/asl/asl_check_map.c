/* Map: what only its distributed mode has, and what its parts need together. Source: AWS developer
 * guide, "Map state", "ItemReader", "ItemBatcher", "ResultWriter". */
#include "asl/asl_check.h"

#include "asl/asl_text.h"

static bool is_word(const struct asl_value *v, const char *word)
{
    return v->form == ASL_TEXT && str_eq(v->text, str_from(word));
}

static void check_inline(struct check *c, const struct asl_state *s)
{
    const struct asl_value *only[] = { &s->map.reader_value,    &s->map.batcher_value,
                                       &s->map.writer_value,    &s->map.label,
                                       &s->map.tolerated_count, &s->map.tolerated_percentage };
    for (size_t i = 0; i < sizeof only / sizeof *only; i++) {
        if (!ASL_SET(*only[i]))
            continue;
        struct diag *d = diag_warning(c->ds, "distributed-only", only[i]->key,
                                      "'%.*s' is for distributed Maps, and this one is inline",
                                      STR(only[i]->field->key));
        diag_help(d, "say \"Mode\": \"DISTRIBUTED\" in 'ProcessorConfig'");
    }
}

static void check_processor(struct check *c, const struct asl_state *s)
{
    const struct asl_processor *p = s->map.processor->processor;
    if (!ASL_SET(p->execution_type))
        diag_error(c->ds, "missing-field", s->map.processor->config.key,
                   "a distributed Map needs an 'ExecutionType', 'STANDARD' or 'EXPRESS'");
    if (c->express)
        diag_error(c->ds, "express", s->map.processor->config.key,
                   "an express workflow cannot run a distributed Map");
}

static void check_config(struct check *c, const struct asl_reader *r)
{
    const struct asl_reader_config *config = r->config;
    if (!config)
        return;
    if (is_word(&config->csv_header_location, "GIVEN") && !ASL_SET(config->csv_headers))
        diag_error(c->ds, "missing-field", config->csv_header_location.key,
                   "'CSVHeaderLocation' is 'GIVEN', but there are no 'CSVHeaders'");
    if (ASL_SET(config->csv_headers) && !is_word(&config->csv_header_location, "GIVEN"))
        diag_warning(c->ds, "unused-field", config->csv_headers.key,
                     "'CSVHeaders' has no effect unless 'CSVHeaderLocation' is 'GIVEN'");
}

/* The S3 calls that read and write items; in other partitions and by SDK name they end the same. */
static void check_s3(struct check *c, const struct asl_value *v, const char *one, const char *other)
{
    if (v->form != ASL_TEXT)
        return;
    struct asl_resource r = asl_resource_parse(v->text);
    if (str_eq(r.service, S("s3")) &&
        (str_eq(r.action, str_from(one)) || (other && str_eq(r.action, str_from(other)))))
        return;
    diag_error(c->ds, "unknown-resource", v->node->span,
               "'Resource' is %.*s; expected 'arn:aws:states:::s3:%s'%s%s%s",
               STR(asl_shown(c->a, v->text)), one, other ? " or '…:s3:" : "", other ? other : "",
               other ? "'" : "");
}

void check_map(struct check *c, const struct asl_state *s)
{
    if (s->map.processor && s->map.distributed)
        check_processor(c, s);
    else
        check_inline(c, s);
    if (s->map.reader) {
        check_s3(c, &s->map.reader->resource, "getObject", "listObjectsV2");
        check_config(c, s->map.reader);
    }
    const struct asl_batcher *b = s->map.batcher;
    if (b && !ASL_SET(b->max_items) && !ASL_SET(b->max_bytes))
        diag_error(c->ds, "missing-field", s->map.batcher_value.key,
                   "'ItemBatcher' has neither 'MaxItemsPerBatch' nor 'MaxInputBytesPerBatch'");
    const struct asl_writer *w = s->map.writer;
    if (w && !ASL_SET(w->resource) && !ASL_SET(w->config_value))
        diag_error(c->ds, "missing-field", s->map.writer_value.key,
                   "'ResultWriter' has neither 'Resource' nor 'WriterConfig'");
    if (w)
        check_s3(c, &w->resource, "putObject", NULL);
}
