/* A picture as planes of bytes, and what one picture tells of the next. */
#ifndef ZOETROPE_GIF_PLANES_H
#define ZOETROPE_GIF_PLANES_H

#include "hot.h"

#include <stddef.h>
#include <stdint.h>

/* `opaque` is 255 or 0, and absent where the clip has no alpha. */
typedef struct {
    uint8_t *r, *g, *b, *opaque;
} gif_planes;

/* 0 when there is no memory; free what there is in any case. */
int32_t gif_planes_new(gif_planes *planes, size_t pixels, int32_t alpha);
void gif_planes_free(gif_planes *planes);

/* Take over a row of RGB, or of RGBA: less than half covered is transparent, the rest has its colour over white. */
void gif_take_row(gif_planes *to, size_t at, const uint8_t *from, int32_t width);
void gif_take_alpha_row(gif_planes *to, size_t at, const uint8_t *from, int32_t width);

/* Average each channel over a picture and those ahead of it, `count` in all, for as long as it stays within `limit`, and
 * beyond GIF_WHILE pictures only where no piece of a row drifts by more than `drift`; `stays` becomes the number of
 * pictures ahead for which all three channels did. */
void gif_denoise(gif_planes *out, uint8_t *stays, const gif_planes *pictures, int32_t count, size_t pixels,
                 int32_t limit, int32_t drift);
/* same[i] = 1 where a pixel's channels are within `limit` (blue: twice that) of what they were. */
void gif_mark_same(uint8_t *same, const gif_planes *now, const gif_planes *was, size_t pixels, int32_t limit);
/* How many pixels are so that are not kept: those would only be drawn to be nearer to what they were to be. */
int32_t gif_count_renewed(const uint8_t *keep, const gif_planes *now, const gif_planes *was, size_t pixels,
                          int32_t limit);
/* levels[block] = how much goes on around there, 0–7, for blocks of GIF_BLOCK pixels a side. */
void gif_find_activity(uint8_t *levels, const gif_planes *picture, int32_t width, int32_t height);

enum { GIF_BLOCK = 8 };

static inline uint32_t gif_rgb(const gif_planes *planes, size_t at) {
    return (uint32_t)planes->r[at] << 16 | (uint32_t)planes->g[at] << 8 | planes->b[at];
}

#endif
