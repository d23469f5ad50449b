/* Texts as the service prints them: Java's habits leak through States.Format, States.JsonToString
 * and error causes. */
#ifndef JSONPATH_TEXT_H
#define JSONPATH_TEXT_H

#include "base/buf.h"
#include "base/val.h"

/* Compact JSON; a float that is whole keeps its ".0". */
void text_json(struct buf *out, struct val v);
/* As Java's toString prints it: {a=1, b=[x, y]}, strings without quotes. */
void text_java(struct buf *out, struct val v);
/* Equal values (1 and 1.0, objects whose keys stand in another order) have equal texts. */
void text_canonical(struct buf *out, struct val v);

/* RFC 4648, with padding. Decoding: false where the text is no Base64. */
void text_base64_encode(struct buf *out, struct str s);
bool text_base64_decode(struct buf *out, struct str s);

/* Hexadecimal digest; false for an algorithm other than MD5, SHA-1, SHA-256, SHA-384, SHA-512. */
bool text_hash(struct buf *out, struct str algorithm, struct str data);

#endif
