/* An engine of somebody else's: a step that puts a note into the data. */
#include "plan/plan.h"

struct note {
    struct vstr text;
};
#define F(kind, name, ...) FIELD_##kind(struct note, name, __VA_ARGS__)
static const struct field note_rows[] = {
    F(STR, text, .required = true, .doc = "What the note says."),
};
#undef F
static const struct fields note_fields = FIELDS(struct note, "note", note_rows, .doc = "A note.");

static void lower_note(struct plan *p, const struct step *s)
{
    const struct note *b = s->item.body;
    struct state *st = plan_add_state(p, s, "Pass", "Note: ");
    plan_put(p, st->body, "Result", plan_str(p, b->text.s));
}

static const struct kind kinds[] = {
    { .type = "note",
      .roles = ROLE_STEP,
      .fields = &note_fields,
      .lower_step = lower_note,
      .doc = "Leaves a note." },
};

const struct engine engine_note = {
    .abi = ENGINE_ABI,
    .name = "note",
    .kinds = kinds,
    .nkinds = 1,
};
