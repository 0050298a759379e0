/* Which blocks of one picture may not be shown in place of another's. */
#ifndef ZOETROPE_WEBP_CHANGE_H
#define ZOETROPE_WEBP_CHANGE_H

#include "webp.h"

/* How far two blocks are apart: by less than half of what a block may be off, by less than that, or by more. */
enum { WEBP_LIKE, WEBP_NEAR, WEBP_FAR };

typedef struct webp_change webp_change;

/* Room to compare pictures of a width by; NULL without memory. */
webp_change *webp_change_new(int32_t width, const webp_tolerance *tolerance);
void webp_change_free(webp_change *change);
/* How far each block of a row is from what it was. Valid until the next call. */
const uint8_t *webp_change_row(webp_change *change, const webp_image *now, const webp_image *was, int32_t row);

#endif
