/* What the pictures ahead tell of the blocks that are coded now: how long each will stay, and what it should look like
 * for all that time. */
#ifndef ZOETROPE_WEBP_AHEAD_H
#define ZOETROPE_WEBP_AHEAD_H

#include "webp_change.h"

/* Of each block of a patch: for how many pictures it stands, 0 where it doesn't show; and room to find that by. */
typedef struct {
    uint8_t *lives, *ended;
} webp_lives;

/* How many of the pictures each block that a patch of pictures[0] shows may stand for, at least 1: up to the first from
 * which it differs, or that will be coded whole around it. By the detail of each, that also sets the patch's life. */
void webp_find_lives(webp_change *change, const webp_tolerance *tolerance, const webp_image *pictures, int32_t count,
                     webp_patch *patch, const uint8_t *blocks, const int32_t *detail, const webp_lives *found);
/* Draws pictures[0], and where a block stands for more than that the mean of them; that of a picture with alpha isn't. */
void webp_draw(const webp_image *pictures, const webp_patch *patch, const uint8_t *blocks, const uint8_t *lives,
               const webp_image *drawn);

#endif
