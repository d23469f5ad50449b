/* The XML that AWS answers with, read by expat: no DTDs, no entities but the five, within limits.
 * Names lose their prefix; attributes are dropped. What expat keeps for itself is wiped as it is
 * freed: answers of STS hold secrets. */
#ifndef AWS_XML_H
#define AWS_XML_H

#include "base/val.h"

enum { XML_MAX_DEPTH = 64, XML_MAX_TEXT = 16 << 20 };

/* What is told of a document, in its order. `text` is called once per element that holds no other,
 * before `end`, with all of its text; bytes live until the call returns. Any may be NULL. */
struct xml_sink {
    void (*begin)(void *self, struct str name);
    void (*text)(void *self, struct str name, struct str text);
    void (*end)(void *self);
    void *self;
};

/* False if the text is not a whole document, or beyond the limits. */
bool xml_parse(struct str text, struct xml_sink sink);

/* The root element as a value; VAL_UNDEFINED where xml_parse is false. *root (may be NULL) gets
 * its name, in `a`.
 *   an element without elements     a string, perhaps empty
 *   only <member> or <item> inside  a list
 *   a name several times            a list under that name
 *   otherwise                       a map */
struct val xml_val(struct arena *a, struct str text, struct str *root);

#endif
