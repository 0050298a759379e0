/* Palettes: exact ones for few colours, and how the nearest colour of any palette is found. */
#include "gif_palette.h"

#include <string.h>

enum { PADDED = 8, FAR = 400 };     /* FAR: no colour of a picture comes near */

/* -- exact palettes ------------------------------------------------------------------------------------------- */

void gif_palette_clear(gif_palette *palette, int32_t most) {
    palette->colours = 0;
    palette->most = most;
    palette->exact = 1;
    memset(palette->slot_colour, 0, sizeof palette->slot_colour);
}

int32_t gif_palette_note(gif_palette *palette, uint32_t rgb) {
    uint32_t key = rgb | 0x01000000u;
    uint32_t slot = gif_slot(palette, key);
    if (palette->slot_colour[slot])
        return palette->slot_index[slot];
    if (palette->colours == palette->most)
        return -1;
    int32_t index = palette->colours++;
    palette->slot_colour[slot] = key;
    palette->slot_index[slot] = (uint8_t)index;
    palette->r[index] = (int32_t)(rgb >> 16 & 255);
    palette->g[index] = (int32_t)(rgb >> 8 & 255);
    palette->b[index] = (int32_t)(rgb & 255);
    return index;
}

/* The colour's own index, so that it need not be looked up; the first of two that are alike. */
static void note_at(gif_palette *palette, uint32_t rgb, int32_t index) {
    uint32_t key = rgb | 0x01000000u, slot = gif_slot(palette, key);
    if (palette->slot_colour[slot])
        return;
    palette->slot_colour[slot] = key;
    palette->slot_index[slot] = (uint8_t)index;
}

/* -- others --------------------------------------------------------------------------------------------------- */

/* Lay cells over the range that the colours have: where it is narrow, four are only enough for narrow cells. */
static void lay_cells(gif_palette *palette, const uint8_t *colours, int32_t count) {
    static const int32_t most[3] = {32, 64, 32};
    for (int32_t channel = 0; channel < 3; channel++) {
        int32_t low = 255, high = 0, shift = 0;
        for (int32_t i = channel; i < 3 * count; i += 3) {
            low = colours[i] < low ? colours[i] : low;
            high = colours[i] > high ? colours[i] : high;
        }
        while ((high - low) >> shift >= most[channel])
            shift++;
        palette->low[channel] = low;
        palette->shift[channel] = shift;
    }
}

void gif_palette_fill(gif_palette *palette, const uint8_t *colours, int32_t count) {
    gif_palette_clear(palette, count);
    for (int32_t i = 0; i < count; i++)
        note_at(palette, gif_packed(&colours[3 * i]), i);
    palette->colours = count;
    palette->exact = 0;
    palette->padded = (count + PADDED - 1) / PADDED * PADDED;
    for (int32_t i = 0; i < palette->padded; i++) {
        palette->r[i] = i < count ? colours[3 * i] : FAR;
        palette->g[i] = i < count ? colours[3 * i + 1] : FAR;
        palette->b[i] = i < count ? colours[3 * i + 2] : FAR;
    }
    if (palette->celled == count && !memcmp(palette->of_cells, colours, 3 * (size_t)count))
        return;
    lay_cells(palette, colours, count);
    memset(palette->cell, 0xff, sizeof palette->cell);
    memcpy(palette->of_cells, colours, 3 * (size_t)count);
    palette->celled = count;
}

/* -- looking up ----------------------------------------------------------------------------------------------- */

/* Each colour's error with its index below it: the smallest is the nearest, the lower index where two are as near. The
 * point is given in halves, for a cell's middle lies between two colours. */
HOT static void rank_all(uint32_t *restrict ranks, const gif_palette *palette, int32_t r, int32_t g, int32_t b) {
    const int32_t *restrict pr = palette->r, *restrict pg = palette->g, *restrict pb = palette->b;
    for (int32_t k = 0; k < palette->padded; k++)
        ranks[k] = (uint32_t)gif_error(2 * pr[k] - r, 2 * pg[k] - g, 2 * pb[k] - b) << 8 | (uint32_t)k;
}

HOT static uint32_t least_of(const uint32_t *ranks, int32_t count) {
    uint32_t best = UINT32_MAX;
    for (int32_t k = 0; k < count; k++)
        best = ranks[k] < best ? ranks[k] : best;
    return best;
}

/* The middle of a cell along a channel, in halves. */
static int32_t middle_along(const gif_palette *palette, int32_t channel, uint32_t step) {
    int32_t shift = palette->shift[channel];
    return 2 * (palette->low[channel] + ((int32_t)step << shift)) + (1 << shift) - 1;
}

uint32_t gif_palette_cell(gif_palette *palette, uint32_t cell) {
    uint32_t ranks[GIF_PALETTE];
    int32_t r = middle_along(palette, 0, cell >> 11), g = middle_along(palette, 1, cell >> 5 & 63);
    int32_t b = middle_along(palette, 2, cell & 31);
    rank_all(ranks, palette, r, g, b);
    uint32_t four = 0, near = 0;
    for (int32_t i = 0; i < 4; i++) {
        near = i < palette->colours ? least_of(ranks, palette->padded) & 255 : near;
        ranks[near] = UINT32_MAX;
        four |= near << 8 * i;
    }
    palette->cell[cell] = four;
    return four;
}
