/* What the pictures ahead tell of the blocks that are coded now: how long each will stay, and what it should look like
 * for all that time. */
#ifndef ZOETROPE_WEBP_AHEAD_H
#define ZOETROPE_WEBP_AHEAD_H

#include "webp_change.h"

/* For each block of the screen that a patch of pictures[0] shows: how many of the pictures it may stand for, at least 1.
 * Sets the patch's life. */
void webp_find_lives(webp_change *change, const webp_image *pictures, int32_t count, webp_patch *patch,
                     const uint8_t *blocks, uint8_t *lives);
/* Draws pictures[0], and where a block stands for more than that the mean of them; that of a picture with alpha isn't. */
void webp_draw(const webp_image *pictures, const webp_patch *patch, const uint8_t *blocks, const uint8_t *lives,
               const webp_image *drawn);

#endif
