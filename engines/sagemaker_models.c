/* Amazon SageMaker: images of algorithms, and models: the step that makes one, alone or behind a
 * training. Written from the SageMaker API reference (CreateModel, DeleteModel,
 * ContainerDefinition) and the developer guide ("Docker registry paths and example code",
 * "SageMaker roles"). */
#include "sagemaker_models.h"

#include "base/path.h"

/* ---- images --------------------------------------------------------------------------------- */

static void check_folder(struct bind *b, const struct field *f, const struct node *value)
{
    if (!path_escapes(path_clean(b->arena, value->str)))
        return;
    struct diag *d = diag_error(b->ds, "outside-project", value->span,
                                "'%s' leaves the project: '%.*s'", f->key, STR(value->str));
    diag_help(d, "give a folder relative to the project's root");
}

#define F(kind, name, ...) FIELD_##kind(struct sm_built, name, __VA_ARGS__)
static const struct field built_rows[] = {
    F(STR, directory, .required = true, .check = check_folder,
      .example = "customcode/sagemaker_jobs/train",
      .doc = "Folder that the image is built from, relative to the project's root."),
    F(STR, file, .dflt = "Dockerfile",
      .doc = "The Dockerfile in that folder, or an image file: YAML."),
    F(STR, target, .doc = "Stage of the Dockerfile; the last one by default."),
    F(MAP, build_args, .check = sm_check_texts, .doc = "Build arguments."),
};
#undef F
const struct fields sm_built_fields =
    FIELDS(struct sm_built, "assets", built_rows, .doc = "An image built from a folder.");

#define F(kind, name, ...) FIELD_##kind(struct sm_repository, name, __VA_ARGS__)
static const struct field repository_rows[] = {
    F(STR, arn, .min = 20, .max = 2048, .doc = "ARN of an ECR repository."),
    F(STR, ref, .aliases = WORDS("repository_ref"), .doc = "An ecr_repository of this pipeline."),
    F(STR, name, .doc = "Name of an ECR repository of this account and region."),
    F(STR, tag, .dflt = "latest", .doc = "The image's tag, or its digest: sha256:…"),
};
#undef F
const struct fields sm_repository_fields = FIELDS(
    struct sm_repository, "ecr_repository", repository_rows, .doc = "An image in a repository.");

#define F(kind, name, ...) FIELD_##kind(struct sm_metric, name, __VA_ARGS__)
static const struct field metric_rows[] = {
    F(STR, name, .required = true, .min = 1, .max = 255, .doc = "The metric's name."),
    F(STR, regex, .required = true, .min = 1, .max = 500, .example = "\"error=(.*?);\"",
      .doc = "What finds its value in the log.", .source = "SageMaker MetricDefinition"),
};
#undef F
static const struct fields metric_fields =
    FIELDS(struct sm_metric, "metric", metric_rows, .doc = "A metric that the job's log tells.");

#define F(kind, name, ...) FIELD_##kind(struct sm_algorithm, name, __VA_ARGS__)
static const struct field algorithm_rows[] = {
    F(STR, name, .example = "xgboost",
      .doc = "A built-in algorithm: its image is looked up for the stage's region.",
      .source = "SageMaker developer guide, Docker registry paths and example code"),
    F(STR, version, .example = "\"1.7-1\"",
      .doc = "Its version; xgboost and sklearn have several, all others '1'."),
    F(STR, training_image, .runtime = true, .aliases = WORDS("image", "image_uri"),
      .example = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/mine:1", .max = 255,
      .doc = "URI of any image, in place of a name."),
    F(OBJ, assets, .sub = &sm_built_fields, .doc = "An image built from a folder."),
    F(OBJ, ecr_repository, .sub = &sm_repository_fields, .doc = "An image in a repository."),
    F(ENUM, training_input_mode, .values = WORDS("File", "Pipe", "FastFile"), .dflt = "File",
      .doc = "How the job gets its input.", .source = "SageMaker TrainingInputMode"),
    F(OBJS, metric_definitions, .sub = &metric_fields, .doc = "Metrics to find in the log."),
    F(MAP, pre_built, .doc = "Not any more: say what the image is built from, assets."),
};
#undef F
const struct fields sm_algorithm_fields =
    FIELDS(struct sm_algorithm, "algorithm", algorithm_rows, .doc = "What a job runs.");

/* AWS keeps images in several accounts of each region. Source: SageMaker developer guide, "Docker
 * registry paths and example code", and the tables of the SageMaker Python SDK. */
enum registry { FRAMEWORKS, NETWORKS, CLASSICS, DEEPAR, LDA, REGISTRY_COUNT };

static const char *const REGISTRY_NAMES[REGISTRY_COUNT] = { "frameworks", "networks", "classics",
                                                            "deepar", "lda" };

static const struct {
    const char *region;
    const char *accounts[REGISTRY_COUNT]; /* NULL: none there */
} REGISTRIES[] = {
#define ONE_ACCOUNT(id) \
    {                   \
        id, id, id, id, \
    }
    { "af-south-1", { "510948584623", "455444449433", "455444449433", "455444449433" } },
    { "ap-east-1", { "651117190479", "286214385809", "286214385809", "286214385809" } },
    { "ap-northeast-1",
      { "354813040037", "501404015308", "351501993468", "633353088612", "258307448986" } },
    { "ap-northeast-2",
      { "366743142698", "306986355934", "835164637446", "204372634319", "293181348795" } },
    { "ap-northeast-3", ONE_ACCOUNT("867004704886") },
    { "ap-south-1",
      { "720646828776", "991648021394", "991648021394", "991648021394", "991648021394" } },
    { "ap-south-2", ONE_ACCOUNT("628508329040") },
    { "ap-southeast-1",
      { "121021644041", "475088953585", "475088953585", "475088953585", "475088953585" } },
    { "ap-southeast-2",
      { "783357654285", "544295431143", "712309505854", "514117268639", "297031611018" } },
    { "ap-southeast-3", ONE_ACCOUNT("951798379941") },
    { "ap-southeast-4", ONE_ACCOUNT("106583098589") },
    { "ca-central-1",
      { "341280168497", "469771592824", "469771592824", "469771592824", "469771592824" } },
    { "ca-west-1", ONE_ACCOUNT("190319476487") },
    { "cn-north-1", { "450853457545", "390948362332", "390948362332", "390948362332" } },
    { "cn-northwest-1", { "451049120500", "387376663083", "387376663083", "387376663083" } },
    { "eu-central-1",
      { "492215442770", "813361260812", "664544806723", "495149712605", "353608530281" } },
    { "eu-central-2", ONE_ACCOUNT("680994064768") },
    { "eu-north-1", { "662702820516", "669576153137", "669576153137", "669576153137" } },
    { "eu-south-1", { "978288397137", "257386234256", "257386234256", "257386234256" } },
    { "eu-south-2", ONE_ACCOUNT("104374241257") },
    { "eu-west-1",
      { "141502667606", "685385470294", "438346466558", "224300973850", "999678624901" } },
    { "eu-west-2",
      { "764974769150", "644912444149", "644912444149", "644912444149", "644912444149" } },
    { "eu-west-3", { "659782779980", "749696950732", "749696950732", "749696950732" } },
    { "il-central-1", ONE_ACCOUNT("898809789911") },
    { "me-central-1", ONE_ACCOUNT("272398656194") },
    { "me-south-1", { "801668240914", "249704162688", "249704162688", "249704162688" } },
    { "sa-east-1", { "737474898029", "855470959533", "855470959533", "855470959533" } },
    { "us-east-1",
      { "683313688378", "811284229777", "382416733822", "522234722520", "766337827248" } },
    { "us-east-2",
      { "257758044811", "825641698319", "404615174143", "566113047672", "999911452149" } },
    { "us-gov-east-1", ONE_ACCOUNT("237065988967") },
    { "us-gov-west-1",
      { "414596584902", "226302683700", "226302683700", "226302683700", "226302683700" } },
    { "us-west-1",
      { "746614075791", "632365934929", "632365934929", "632365934929", "632365934929" } },
    { "us-west-2",
      { "246618743249", "433757028032", "174872318107", "156387875391", "266724342769" } },
#undef ONE_ACCOUNT
};
enum { REGION_COUNT = sizeof REGISTRIES / sizeof *REGISTRIES };

static const char *const XGBOOST_TAGS[] = {
    "0.90-1-cpu-py3", "0.90-2-cpu-py3", "1.0-1-cpu-py3", "1.2-1", "1.2-2",
    "1.3-1",          "1.5-1",          "1.7-1",         "3.0-5", NULL
};
static const char *const SKLEARN_TAGS[] = { "0.20.0-cpu-py3", "0.23-1-cpu-py3", "1.0-1-cpu-py3",
                                            "1.2-1-cpu-py3",  "1.4-2-cpu-py3",  NULL };
static const char *const ONE_TAG[] = { "1", NULL };

static const struct builtin {
    const char *name, *repository;
    enum registry registry;
    const char *const *tags; /* a tag is the version, or the version and "-cpu-py3" */
} BUILTINS[] = {
    { "blazingtext", "blazingtext", NETWORKS, ONE_TAG },
    { "factorization-machines", "factorization-machines", CLASSICS, ONE_TAG },
    { "forecasting-deepar", "forecasting-deepar", DEEPAR, ONE_TAG },
    { "image-classification", "image-classification", NETWORKS, ONE_TAG },
    { "ipinsights", "ipinsights", CLASSICS, ONE_TAG },
    { "kmeans", "kmeans", CLASSICS, ONE_TAG },
    { "knn", "knn", CLASSICS, ONE_TAG },
    { "lda", "lda", LDA, ONE_TAG },
    { "linear-learner", "linear-learner", CLASSICS, ONE_TAG },
    { "ntm", "ntm", CLASSICS, ONE_TAG },
    { "object-detection", "object-detection", NETWORKS, ONE_TAG },
    { "object2vec", "object2vec", CLASSICS, ONE_TAG },
    { "pca", "pca", CLASSICS, ONE_TAG },
    { "randomcutforest", "randomcutforest", CLASSICS, ONE_TAG },
    { "semantic-segmentation", "semantic-segmentation", NETWORKS, ONE_TAG },
    { "seq2seq", "seq2seq", NETWORKS, ONE_TAG },
    { "sklearn", "sagemaker-scikit-learn", FRAMEWORKS, SKLEARN_TAGS },
    { "xgboost", "sagemaker-xgboost", FRAMEWORKS, XGBOOST_TAGS },
};
enum { BUILTIN_COUNT = sizeof BUILTINS / sizeof *BUILTINS };

/* What 'xgboost' without a version has always meant. */
static const struct builtin XGBOOST_072 = { "xgboost", "xgboost", NETWORKS, ONE_TAG };

static bool names_no_version(struct str version)
{
    return !version.n || str_eq(version, S("latest")) || str_eq(version, S("1"));
}

static const struct builtin *find_builtin(struct str name, struct str version)
{
    for (size_t i = 0; i < BUILTIN_COUNT; i++)
        if (str_eq(name, str_from(BUILTINS[i].name)))
            return BUILTINS[i].tags == XGBOOST_TAGS && names_no_version(version) ? &XGBOOST_072
                                                                                 : &BUILTINS[i];
    return NULL;
}

/* A tag is the version, with or without the processor behind it. */
static const char *find_tag(const struct builtin *b, struct str version)
{
    if (b->tags == ONE_TAG && names_no_version(version))
        return "1";
    for (size_t i = 0; b->tags[i]; i++) {
        struct str tag = str_from(b->tags[i]), cpu = S("-cpu-py3");
        if (str_ends(tag, cpu) && !str_ends(version, cpu))
            tag.n -= cpu.n;
        if (str_eq(tag, version))
            return b->tags[i];
    }
    return NULL;
}

static void unknown_algorithm(struct diags *ds, const struct vstr *name)
{
    struct str names[BUILTIN_COUNT];
    for (size_t i = 0; i < BUILTIN_COUNT; i++)
        names[i] = str_from(BUILTINS[i].name);
    struct diag *d = diag_error(ds, "unknown-algorithm", name->span,
                                "SageMaker has no built-in algorithm '%.*s'", STR(name->s));
    if (diag_nearest(name->s, names, BUILTIN_COUNT) == SIZE_MAX)
        diag_help(d, "name the image of your own: 'training_image: …'");
    diag_suggest(d, name->s, names, BUILTIN_COUNT);
}

static void unknown_version(struct diags *ds, const struct builtin *b, const struct sm_algorithm *a)
{
    struct diag *d =
        a->version.set
            ? diag_error(ds, "unknown-version", a->version.span, "%s has no version '%.*s'",
                         b->name, STR(a->version.s))
            : diag_error(ds, "missing-key", a->name.span, "%s needs a 'version'", b->name);
    if (b->tags == ONE_TAG)
        diag_help(d, "leave it out");
    else
        diag_help(d, "for example %s", b->tags == SKLEARN_TAGS ? "1.2-1" : "1.7-1 or 3.0-5");
}

void sm_check_repository(struct diags *ds, const struct sm_repository *r, struct span where)
{
    int ways = r ? r->arn.set + r->ref.set + r->name.set : 1;
    if (ways == 1)
        return;
    struct diag *d =
        diag_error(ds, ways ? "conflict" : "missing-key", where,
                   "a repository has %s of 'arn', 'ref' and 'name'", ways ? "only one" : "one");
    diag_help(d, "for example 'name: training'");
}

void sm_check_algorithm(struct diags *ds, const struct sm_algorithm *a, struct span where)
{
    if (a->pre_built.node) {
        struct diag *d = diag_error(ds, "pre-built", a->pre_built.node->span,
                                    "'pre_built' images are not built any more");
        diag_help(d,
                  "say what it is built from: 'assets: {directory: customcode/sagemaker_jobs/…}'");
        return;
    }
    int ways =
        a->name.set + a->training_image.set + (a->assets.p != NULL) + (a->ecr_repository.p != NULL);
    if (ways != 1) {
        struct diag *d = diag_error(ds, ways ? "conflict" : "missing-key", where,
                                    "an algorithm has %s of name, training_image, assets and "
                                    "ecr_repository",
                                    ways ? "only one" : "one");
        diag_help(d, "for example 'name: xgboost' and 'version: 1.7-1'");
        return;
    }
    sm_check_repository(ds, a->ecr_repository.p, a->ecr_repository.span);
    if (!a->name.set)
        return;
    const struct builtin *b = find_builtin(a->name.s, a->version.s);
    if (!b) {
        unknown_algorithm(ds, &a->name);
    } else if (!find_tag(b, a->version.s)) {
        unknown_version(ds, b, a);
    } else if (b == &XGBOOST_072) {
        struct diag *d = diag_warning(ds, "old-algorithm", a->name.span,
                                      "xgboost without a version is 0.72, of 2018");
        diag_help(d, "name a version, for example 'version: 1.7-1'");
    }
}

/* The accounts as a mapping of the template. */
static struct node *registry_rows(struct plan *p)
{
    struct node *rows = plan_map(p);
    for (size_t i = 0; i < REGION_COUNT; i++) {
        struct node *row = plan_map(p);
        for (size_t j = 0; j < REGISTRY_COUNT; j++)
            if (REGISTRIES[i].accounts[j])
                plan_put_text(p, row, REGISTRY_NAMES[j], REGISTRIES[i].accounts[j]);
        plan_put(p, rows, REGISTRIES[i].region, row);
    }
    return rows;
}

static const char *registry_account(struct str region, enum registry registry)
{
    for (size_t i = 0; i < REGION_COUNT; i++)
        if (str_eq(region, str_from(REGISTRIES[i].region)))
            return REGISTRIES[i].accounts[registry];
    return NULL;
}

static struct vstr builtin_image(struct plan *p, const struct builtin *b, const char *tag,
                                 struct span span)
{
    struct vstr v = { .span = span, .set = true };
    struct str region = p->pipeline->stage->region;
    const char *account = registry_account(region, b->registry);
    if (account) {
        v.s = arena_printf(p->arena, "%s.dkr.ecr.%.*s.amazonaws.com%s/%s:%s", account, STR(region),
                           str_starts(region, S("cn-")) ? ".cn" : "", b->repository, tag);
    } else if (region.n) {
        struct diag *d =
            diag_error(p->ds, "unknown-image", span,
                       "the registry of SageMaker's %s in %.*s is not known", b->name, STR(region));
        diag_help(d, "name the image itself: 'training_image: …'");
    } else {
        struct node *variables = plan_map(p);
        plan_put(p, variables, "Account",
                 plan_by_region(p, S("SageMakerRegistries"), REGISTRY_NAMES[b->registry],
                                registry_rows(p)));
        const struct node *uri =
            plan_sub_with(p, variables, "${Account}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/%s:%s",
                          b->repository, tag);
        struct str what = arena_printf(p->arena, "%s-%s", b->repository, tag);
        v.s = plan_placeholder(p, plan_placeholder_name(p, what, "Image"), uri)->str;
    }
    return v;
}

/* "111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/mine:1" in pieces. */
static bool split_image(struct str uri, struct str *account, struct str *region,
                        struct str *repository)
{
    struct str host, rest = uri, word;
    if (!str_split(&rest, '/', &host) || !rest.n)
        return false;
    size_t end = str_find_char(rest, '@', 0);
    if (end == SIZE_MAX)
        end = str_rfind_char(rest, ':');
    *repository = str_sub(rest, 0, end == SIZE_MAX ? rest.n : end);
    if (!str_split(&host, '.', account) || account->n != 12 || !str_split(&host, '.', &word) ||
        !str_eq(word, S("dkr")) || !str_split(&host, '.', &word) || !str_eq(word, S("ecr")))
        return false;
    return str_split(&host, '.', region);
}

bool sm_is_aws_account(struct str account)
{
    for (size_t i = 0; i < REGION_COUNT; i++)
        for (size_t j = 0; j < REGISTRY_COUNT; j++)
            if (REGISTRIES[i].accounts[j] && str_eq(account, str_from(REGISTRIES[i].accounts[j])))
                return true;
    return false;
}

static struct vstr placed(struct plan *p, struct str name, const struct node *uri, struct span span)
{
    struct str id = plan_placeholder_name(p, name, "Image");
    return (struct vstr){ .s = plan_placeholder(p, id, uri)->str, .span = span, .set = true };
}

static struct sm_image built_image(struct plan *p, struct vstr name, const struct sm_built *built)
{
    struct vstr dir = built->directory;
    dir.s = path_clean(p->arena, dir.s);
    struct image how = { .file = built->file.s,
                         .target = built->target.s,
                         .platform = S("linux/amd64"),
                         .build_args =
                             built->build_args.node ? sm_texts(p, built->build_args.node) : NULL };
    const struct asset *as = plan_add_image_asset(p, dir, how);
    return (struct sm_image){ placed(p, name.s, plan_asset_image(p, as), dir.span),
                              plan_asset_image_repository(p) };
}

/* arn:P:ecr:REGION:ACCOUNT:repository/NAME */
static struct node *uri_of_arn(struct plan *p, struct str arn, struct str tag)
{
    struct str rest = arn, parts[6] = { { 0 } };
    for (size_t i = 0; i < 5; i++)
        str_split(&rest, ':', &parts[i]);
    struct str name = rest;
    str_split(&name, '/', &parts[5]);
    return plan_sub(p, "%.*s.dkr.ecr.%.*s.${AWS::URLSuffix}/%.*s%.*s", STR(parts[4]), STR(parts[3]),
                    STR(name), STR(tag));
}

static struct sm_image stored_image(struct plan *p, struct vstr name, const struct sm_repository *r)
{
    struct str tag = arena_printf(p->arena, "%s%.*s",
                                  str_starts(r->tag.s, S("sha256:")) ? "@" : ":", STR(r->tag.s));
    const struct node *uri, *arn;
    struct span span = r->tag.span;
    if (r->arn.set) {
        uri = uri_of_arn(p, r->arn.s, tag);
        arn = plan_str(p, r->arn.s);
    } else if (r->name.set) {
        uri = plan_sub(p, "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/%.*s%.*s",
                       STR(r->name.s), STR(tag));
        arn = plan_sub(p,
                       "arn:${AWS::Partition}:ecr:${AWS::Region}:${AWS::AccountId}:"
                       "repository/%.*s",
                       STR(r->name.s));
    } else {
        const struct resource *known = plan_find(p, r->ref, "ecr_repository");
        if (!known)
            return (struct sm_image){ 0 };
        uri = plan_sub(p, "${%.*s.RepositoryUri}%.*s", STR(known->id), STR(tag));
        arn = plan_attr(p, known, "Arn");
    }
    return (struct sm_image){ placed(p, name.s, uri, span), arn };
}

struct sm_image sm_own_image(struct plan *p, struct vstr name, const struct sm_built *built,
                             const struct sm_repository *repository, struct vstr uri)
{
    struct str account, region, path;
    struct sm_image image = { .uri = uri };
    if (built)
        return built_image(p, name, built);
    if (repository)
        return stored_image(p, name, repository);
    if (uri.runtime)
        image.repository = plan_sub(p, "arn:${AWS::Partition}:ecr:${AWS::Region}:"
                                       "${AWS::AccountId}:repository/*");
    else if (split_image(uri.s, &account, &region, &path) && !sm_is_aws_account(account))
        image.repository = plan_sub(p, "arn:${AWS::Partition}:ecr:%.*s:%.*s:repository/%.*s",
                                    STR(region), STR(account), STR(path));
    return image;
}

struct sm_image sm_find_image(struct plan *p, struct vstr step, const struct sm_algorithm *a)
{
    if (!a->name.set)
        return sm_own_image(p, step, a->assets.p, a->ecr_repository.p, a->training_image);
    const struct builtin *b = find_builtin(a->name.s, a->version.s);
    return (struct sm_image){ builtin_image(p, b, find_tag(b, a->version.s), a->name.span), NULL };
}

struct sm_image sm_script_image(struct plan *p, struct span span, const char *version)
{
    const struct builtin *b = find_builtin(S("sklearn"), str_from(version));
    return (struct sm_image){ builtin_image(p, b, find_tag(b, str_from(version)), span), NULL };
}

/* ---- model: fields -------------------------------------------------------------------------- */

struct container {
    struct vobj algorithm; /* struct sm_algorithm */
    struct vstr model_path;
    struct vobj model_path_from_bucket; /* struct sm_place */
    struct vany environment;
};
struct model {
    struct vstr model_name, role;
    struct vobj primary_container; /* struct container */
    struct vbool enable_network_isolation;
    struct vobj vpc_config; /* struct sm_vpc */
    struct vstrs read_access;
    struct vany tags;
};

#define F(kind, name, ...) FIELD_##kind(struct container, name, __VA_ARGS__)
static const struct field container_rows[] = {
    F(OBJ, algorithm, .required = true, .sub = &sm_algorithm_fields, .doc = "What it runs."),
    F(STR, model_path, .runtime = true, .aliases = WORDS("model_data_url"), .check = sm_check_uri,
      .example = "$.training.ModelArtifacts.S3ModelArtifacts",
      .doc = "URI of the model's archive, or the path to it in the data."),
    F(OBJ, model_path_from_bucket, .sub = &sm_place_fields,
      .doc = "The archive's bucket and key, in place of a URI."),
    F(MAP, environment, .check = sm_check_texts, .doc = "Environment variables.",
      .source = "SageMaker ContainerDefinition, Environment"),
};
#undef F
static const struct fields container_fields =
    FIELDS(struct container, "primary_container", container_rows, .doc = "A model's container.");

#define F(kind, name, ...) FIELD_##kind(struct model, name, __VA_ARGS__)
static const struct field model_rows[] = {
    F(STR, model_name, .runtime = true, .aliases = WORDS("model_name_path"), .check = sm_check_name,
      .example = "\"$.model_name\"",
      .doc =
          "The model's name; <pipeline>-<name> by default. A model that has it is deleted first."),
    F(OBJ, primary_container, .required = true, .sub = &container_fields,
      .doc = "What serves the model.", .source = "SageMaker CreateModel, PrimaryContainer"),
    F(BOOL, enable_network_isolation, .dflt = "false", .doc = "Let its containers reach nobody.",
      .source = "SageMaker CreateModel, EnableNetworkIsolation"),
    F(OBJ, vpc_config, .sub = &sm_vpc_fields, .doc = "Network that its containers join."),
    F(STR, role, .runtime = true, .min = 20, .max = 2048,
      .doc = "ARN of an existing role in place of the one that the pipeline's models share."),
    F(STRS, read_access, .check = sm_check_uri, .example = "[\"s3://models/\"]",
      .doc = "Places in S3 where the archive may lie, if it is only known at run time."),
    F(MAP, tags, .check = sm_check_texts, .doc = "Tags, besides the stage's."),
};
#undef F
static const struct fields model_fields =
    FIELDS(struct model, "sagemaker_model", model_rows, .doc = "Makes a SageMaker model.");

static void check_model(struct diags *ds, const struct item *it)
{
    const struct model *m = it->body;
    const struct container *c = m->primary_container.p;
    bool from_bucket = c->model_path_from_bucket.p != NULL;
    sm_check_algorithm(ds, c->algorithm.p, c->algorithm.span);
    if (c->model_path.set == from_bucket) {
        struct diag *d =
            diag_error(ds, from_bucket ? "conflict" : "missing-key", m->primary_container.span,
                       "a container has %s of 'model_path' and "
                       "'model_path_from_bucket'",
                       from_bucket ? "only one" : "one");
        diag_help(d, "for example 'model_path: $.training.ModelArtifacts.S3ModelArtifacts'");
    }
}

/* ---- model: lowering ------------------------------------------------------------------------ */

void sm_publish_name(struct plan *p, const struct item *it, struct str name, const char *what)
{
    struct resource *known = arena_make(p->arena, struct resource); /* never emitted */
    known->props = plan_map(p);
    plan_put(p, known->props, "Name", plan_str(p, name));
    plan_publish(p, it, known, what);
}

struct vstr sm_find_name(struct plan *p, struct vstr name, const char *what)
{
    const struct resource *known = name.runtime ? NULL : plan_lookup(p, name.s, what);
    const struct node *full = known ? node_get(known->props, S("Name")) : NULL;
    if (full) {
        name.s = full->str;
        name.runtime = plan_is_runtime(full->str);
    }
    return name;
}

/* A model cannot be changed, so one of that name goes first; that there is none is no error. */
static struct state *add_delete(struct plan *p, const struct step *s, struct str part,
                                const struct sm_name *name)
{
    struct state *t = plan_add_helper_task(
        p, s, arena_printf(p->arena, "SageMaker: Delete Model %.*s", STR(part)).p,
        "aws-sdk:sagemaker:deleteModel");
    task_arg(p, t, "ModelName", name->v);
    sm_grant(p, s, "DeleteModel", "model", name->tail, "replaces the model");
    return t;
}

static void fill_model(struct plan *p, const struct step *s, struct state *t,
                       const struct sm_model *m, const struct sm_name *name)
{
    struct node *params = plan_map(p), *container = plan_map(p);
    sm_put(p, params, "ModelName", name->v);
    sm_put(p, container, "Image", m->image.uri);
    plan_put_text(p, container, "Mode", "SingleModel");
    sm_put(p, container, "ModelDataUrl", m->data);
    if (m->environment)
        plan_put(p, container, "Environment", sm_texts(p, m->environment));
    plan_put(p, params, "PrimaryContainer", container);
    sm_put_true(p, params, "EnableNetworkIsolation", m->isolated);
    sm_put_vpc(p, params, m->vpc);
    if (m->role.s.n) {
        sm_hire(p, s, params, "ExecutionRoleArn", m->role, "the model");
    } else {
        struct sm_worker w = sm_model_worker(p, s, true);
        w.warned_read = m->behind; /* as wide as where the training writes to */
        sm_put_model_role(p, s, params, &w);
        sm_may_log(&w, "Endpoints/*");
        sm_may_log(&w, "TransformJobs");
        sm_may_pull(&w, m->image);
        sm_may_read(&w, m->place.s.n ? m->place : m->data, m->read_access);
        sm_may_join_network(&w, m->vpc);
    }
    sm_put_tags(p, params, m->tags);
    plan_put(p, t->body, "Parameters", params);
    sm_grant(p, s, "CreateModel", "model", name->tail, "makes the model");
    sm_grant(p, s, "AddTags", "model", name->tail, "tags the model");
    sm_grant(p, s, "ListTags", "model", name->tail, "tags the model");
}

void sm_add_model(struct plan *p, const struct step *s, const struct sm_model *m)
{
    struct str part = m->behind ? S("model-from-") : S("");
    struct sm_name name = sm_fixed_name(
        p, arena_printf(p->arena, "%.*s%.*s", STR(part), STR(s->item.name.s)), m->name, 63);
    struct state *gone = add_delete(p, s, part, &name), *t;
    const char *create = arena_printf(p->arena, "SageMaker: Create Model %.*s", STR(part)).p;
    if (m->behind) {
        t = plan_add_helper_task(p, s, create, "sagemaker:createModel");
    } else {
        t = plan_add_task(p, s, create, "sagemaker:createModel");
        sm_narrow_retry(p, s, t);
    }
    plan_catch(p, gone, "SageMaker.SageMakerException", NULL, t);
    fill_model(p, s, t, m, &name);
    if (!name.v.runtime)
        sm_publish_name(p, &s->item, name.v.s, "sagemaker_model");
}

static void lower_model(struct plan *p, const struct step *s)
{
    const struct model *b = s->item.body;
    const struct container *c = b->primary_container.p;
    const struct sm_place *place = c->model_path_from_bucket.p;
    struct sm_model m = { .name = b->model_name,
                          .role = b->role,
                          .image = sm_find_image(p, s->item.name, c->algorithm.p),
                          .data =
                              place ? sm_uri(p, place->bucket, place->prefix_key) : c->model_path,
                          .isolated = b->enable_network_isolation,
                          .vpc = b->vpc_config.p,
                          .environment = c->environment.node,
                          .read_access = &b->read_access,
                          .tags = b->tags.node };
    sm_add_model(p, s, &m);
    plan_own_role(p, &s->item, b->role.set ? NULL : sm_model_worker(p, s, false).role);
}

/* ---- engine --------------------------------------------------------------------------------- */

static const struct kind kinds[] = {
    { .type = "sagemaker_model",
      .roles = ROLE_STEP,
      .doc = "Makes a SageMaker model.",
      .source = "SageMaker CreateModel",
      .example = "primary_container:\n"
                 "  algorithm: {name: xgboost, version: 1.7-1}\n"
                 "  model_path: s3://my-bucket/models/model.tar.gz\n",
      .fields = &model_fields,
      .check = check_model,
      .lower_step = lower_model },
};

const struct engine engine_sagemaker_models = {
    .abi = ENGINE_ABI,
    .name = "sagemaker_models",
    .kinds = kinds,
    .nkinds = sizeof kinds / sizeof *kinds,
};
