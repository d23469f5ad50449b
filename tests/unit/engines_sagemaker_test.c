/* Images of SageMaker's algorithms. The URIs are those that AWS's pages on registry paths and its
 * Python SDK give. */
#include "../../engines/sagemaker_models.h"

#include "unit.h"

struct image_case {
    const char *region, *name, *version, *uri; /* uri NULL: an error */
};

static const struct image_case IMAGES[] = {
    { "us-west-2", "xgboost", "1.2-1",
      "246618743249.dkr.ecr.us-west-2.amazonaws.com/sagemaker-xgboost:1.2-1" },
    { "eu-central-1", "xgboost", "1.2-1",
      "492215442770.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-xgboost:1.2-1" },
    { "eu-west-1", "xgboost", "3.0-5",
      "141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-xgboost:3.0-5" },
    { "us-east-1", "xgboost", "0.90-2",
      "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:0.90-2-cpu-py3" },
    { "us-east-1", "xgboost", "0.90-2-cpu-py3",
      "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:0.90-2-cpu-py3" },
    { "us-east-1", "xgboost", "latest", "811284229777.dkr.ecr.us-east-1.amazonaws.com/xgboost:1" },
    { "us-east-1", "xgboost", "", "811284229777.dkr.ecr.us-east-1.amazonaws.com/xgboost:1" },
    { "us-east-2", "sklearn", "1.2-1",
      "257758044811.dkr.ecr.us-east-2.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3" },
    { "us-east-1", "blazingtext", "",
      "811284229777.dkr.ecr.us-east-1.amazonaws.com/blazingtext:1" },
    { "us-east-1", "kmeans", "1", "382416733822.dkr.ecr.us-east-1.amazonaws.com/kmeans:1" },
    { "ap-southeast-2", "forecasting-deepar", "latest",
      "514117268639.dkr.ecr.ap-southeast-2.amazonaws.com/forecasting-deepar:1" },
    { "us-west-2", "lda", "", "266724342769.dkr.ecr.us-west-2.amazonaws.com/lda:1" },
    { "cn-north-1", "kmeans", "", "390948362332.dkr.ecr.cn-north-1.amazonaws.com.cn/kmeans:1" },
    { "", "kmeans", "", "${Kmeans1Image}" },
    { "eu-west-3", "lda", "", NULL },
    { "mars-north-1", "kmeans", "", NULL },
};

static struct plan *plan_in(struct arena *a, struct diags *ds, const char *region)
{
    struct pipeline *pl = arena_make(a, struct pipeline);
    struct stage *stage = arena_make(a, struct stage);
    struct plan *p = arena_make(a, struct plan);
    stage->region = str_from(region);
    pl->stage = stage;
    diags_init(ds, a);
    p->arena = a;
    p->ds = ds;
    p->pipeline = pl;
    return p;
}

static void images(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(IMAGES); i++) {
        const struct image_case *c = &IMAGES[i];
        struct arena a = { 0 };
        struct diags ds;
        struct plan *p = plan_in(&a, &ds, c->region);
        const char *name = arena_printf(&a, "%s %s in %s", c->name, c->version, c->region).p;
        struct sm_algorithm algorithm = {
            .name = { .s = str_from(c->name), .set = true },
            .version = { .s = str_from(c->version), .set = *c->version != '\0' },
        };
        sm_check_algorithm(&ds, &algorithm, (struct span){ 0 });
        if (ds.errors)
            fail_msg("%s: refused", name);
        assert_text(name, sm_find_image(p, (struct vstr){ 0 }, &algorithm).uri.s,
                    c->uri ? c->uri : "");
        assert_int_equal(ds.errors, c->uri ? 0 : 1);
        arena_done(&a);
    }
}

/* Without a region the template has all of the registries, each an account's id. */
static void registries(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct diags ds;
    struct plan *p = plan_in(&a, &ds, "");
    struct sm_algorithm algorithm = { .name = { .s = S("pca"), .set = true } };
    sm_find_image(p, (struct vstr){ 0 }, &algorithm);
    assert_int_equal(p->mappings.n, 1);
    const struct node *rows = p->mappings.p[0].rows;
    assert_int_equal(rows->map.n, 33);
    for (size_t i = 0; i < rows->map.n; i++) {
        const struct node *row = rows->map.entries[i].value;
        if (i)
            assert_true(str_cmp(rows->map.entries[i - 1].key, rows->map.entries[i].key) < 0);
        assert_true(row->map.n >= 4);
        for (size_t j = 0; j < row->map.n; j++) {
            struct str account = row->map.entries[j].value->str;
            assert_int_equal(account.n, 12);
            for (size_t k = 0; k < account.n; k++)
                assert_true(ascii_is_digit(account.p[k]));
            assert_true(sm_is_aws_account(account));
        }
    }
    assert_false(sm_is_aws_account(S("111122223333")));
    arena_done(&a);
}

static void uris(void **state)
{
    (void)state;
    static const struct {
        const char *bucket, *prefix, *uri;
    } cases[] = {
        { "b", "p/q", "s3://b/p/q" },
        { "b", "", "s3://b/" },
        { "$.b", "p", "States.Format('s3://{}/p', $.b)" },
        { "b", "$.p", "States.Format('s3://b/{}', $.p)" },
        { "$.b", "$.p", "States.Format('s3://{}/{}', $.b, $.p)" },
        { "$.b", "it's {x}\\y", "States.Format('s3://{}/it\\'s \\{x\\}\\\\y', $.b)" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct arena a = { 0 };
        struct diags ds;
        struct plan *p = plan_in(&a, &ds, "");
        struct vstr b = { .s = str_from(cases[i].bucket), .runtime = cases[i].bucket[0] == '$' };
        struct vstr k = { .s = str_from(cases[i].prefix), .runtime = cases[i].prefix[0] == '$' };
        assert_text(cases[i].uri, sm_uri(p, b, k).s, cases[i].uri);
        arena_done(&a);
    }
}

static void tails_of_names(void **state)
{
    (void)state;
    static const struct {
        const char *name, *tail;
    } cases[] = {
        { "Iris-1", "iris-1" },
        { "$.name", "*" },
        { "States.Format('train-{}', States.Hash($$.Execution.Id, 'MD5'))", "train-*" },
        { "States.Hash(States.Format('tune {}', $$.Execution.Id), 'MD5')", "*" },
        { "States.Format('{}-x', $.y)", "*" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct arena a = { 0 };
        struct diags ds;
        struct plan *p = plan_in(&a, &ds, "");
        struct vstr name = { .s = str_from(cases[i].name) };
        name.runtime = plan_is_runtime(name.s);
        assert_text(cases[i].name, sm_name_tail(p, name), cases[i].tail);
        arena_done(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images),
        cmocka_unit_test(registries),
        cmocka_unit_test(uris),
        cmocka_unit_test(tails_of_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
