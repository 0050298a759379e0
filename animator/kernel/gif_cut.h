/* Palettes for more colours than a GIF's picture can have. */
#ifndef ZOETROPE_GIF_CUT_H
#define ZOETROPE_GIF_CUT_H

#include "gif_census.h"
#include "gif_palette.h"

typedef struct gif_cutter gif_cutter;

gif_cutter *gif_cutter_new(void);
void gif_cutter_free(gif_cutter *cutter);

/* Take over what was counted; the other functions then speak of these pixels. */
void gif_cutter_take(gif_cutter *cutter, const gif_census *census);
/* The mean error when each pixel is drawn in the nearest of these colours, 3 bytes each. */
double gif_cutter_error(gif_cutter *cutter, const uint8_t *colours, int32_t count);
/* Find the `wanted` colours, or fewer where the mean error is no more than `enough` with those, or no other colour could
 * spare an error of `least` over all pixels counted; refine them `passes` times; how many they are. */
int32_t gif_cutter_cut(gif_cutter *cutter, uint8_t *colours, int32_t wanted, int32_t passes, double enough,
                       double least);

#endif
