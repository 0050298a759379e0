/* Which colours there are and how often, as finely as a bounded table can hold. */
#ifndef ZOETROPE_GIF_CENSUS_H
#define ZOETROPE_GIF_CENSUS_H

#include <stdint.h>

enum { GIF_HELD = 4096, GIF_CENSUS_SLOTS = 2 * GIF_HELD };

/* Weighted sums over the pixels of about one colour; those of the squares are gif_error's from black, in 256ths. */
typedef struct {
    uint64_t count, r, g, b, squares;
} gif_bin;

typedef struct {
    uint32_t mask;                          /* the bits of a colour that tell bins apart: all, until there are too many */
    int32_t held, most, coarsened;
    uint64_t noted;                         /* the weights of all pixels */
    uint32_t key[GIF_HELD];
    gif_bin bins[GIF_HELD];
    uint16_t slot[GIF_CENSUS_SLOTS];        /* hash of key: its place + 1, 0 when free */
} gif_census;

/* Forget all; tell at most so many colours apart, GIF_HELD being the most that there is room for. */
void gif_census_clear(gif_census *census, int32_t most);
/* Count a pixel, 0xRRGGBB, `weight` times. */
void gif_census_note(gif_census *census, uint32_t rgb, uint32_t weight);

#endif
