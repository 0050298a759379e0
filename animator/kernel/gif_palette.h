/* Palettes: chosen for the pixels that a part draws, and looked up fast. */
#ifndef ZOETROPE_GIF_PALETTE_H
#define ZOETROPE_GIF_PALETTE_H

#include "hot.h"

#include <stdint.h>

enum {
    GIF_COLOURS = 255,              /* opaque colours in a part: one index is kept for "leave what is there" */
    GIF_PALETTE = 256,
    GIF_BINS = 32 * 32 * 32,        /* histogram: 5 bits a channel */
    GIF_CELLS = 64 * 64 * 64,       /* look-up: 6 bits a channel */
    GIF_UNKNOWN = 0xffff,
    GIF_SLOTS = 1024,               /* open hash of exact colours, four times what may be in it */
};

typedef struct {
    uint32_t count, r, g, b;
} gif_bin;

typedef struct {
    int32_t exact;                      /* 1: noted colour by colour, 0: cut */
    int32_t colours, most, padded;      /* padded: cut palettes go on with colours that are never the nearest */
    int32_t r[GIF_PALETTE], g[GIF_PALETTE], b[GIF_PALETTE];
    uint32_t slot_colour[GIF_SLOTS];    /* exact palettes: 0x01RRGGBB, 0 when free */
    uint8_t slot_index[GIF_SLOTS];
    uint16_t cell[GIF_CELLS];           /* cut palettes: the two nearest indices, low byte first; GIF_UNKNOWN until asked */
} gif_palette;

typedef struct gif_cutter gif_cutter;

gif_cutter *gif_cutter_new(void);
void gif_cutter_free(gif_cutter *cutter);

/* Note a colour in an exact palette; its index, or -1 when the palette is full and doesn't hold it. */
int32_t gif_palette_note(gif_palette *palette, uint32_t rgb);
/* Make it an empty exact palette that takes at most `most` colours. */
void gif_palette_clear(gif_palette *palette, int32_t most);
/* Cut the histogram into at most `colours` colours and refine them `passes` times. */
void gif_palette_cut(gif_palette *palette, gif_cutter *cutter, const gif_bin *bins, int32_t colours, int32_t passes);
/* The two nearest colours to a cell's middle: enough to find the nearest one to any colour in the cell, nearly always. */
uint16_t gif_palette_cell(gif_palette *palette, uint32_t cell);

/* How far two colours are apart, to the eye: green counts most, blue least. */
enum { GIF_WEIGHT_R = 2, GIF_WEIGHT_G = 4, GIF_WEIGHT_B = 1 };

static inline int32_t gif_error(int32_t r, int32_t g, int32_t b) {
    return GIF_WEIGHT_R * r * r + GIF_WEIGHT_G * g * g + GIF_WEIGHT_B * b * b;
}

static inline uint32_t gif_slot(const gif_palette *palette, uint32_t key) {
    uint32_t slot = (key * 2654435761u) >> 22;
    while (palette->slot_colour[slot] && palette->slot_colour[slot] != key)
        slot = (slot + 1) % GIF_SLOTS;
    return slot;
}

/* The index of an exact palette's colour, -1 when it has no such colour. */
static inline int32_t gif_palette_find(const gif_palette *palette, uint32_t rgb) {
    uint32_t slot = gif_slot(palette, rgb | 0x01000000u);
    return palette->slot_colour[slot] ? palette->slot_index[slot] : -1;
}

/* The index of the nearest colour of a cut palette. */
static inline int32_t gif_palette_nearest(gif_palette *palette, uint32_t rgb) {
    int32_t r = (int32_t)(rgb >> 16 & 255), g = (int32_t)(rgb >> 8 & 255), b = (int32_t)(rgb & 255);
    uint32_t cell = (rgb >> 18 & 63) << 12 | (rgb >> 10 & 63) << 6 | (rgb >> 2 & 63);
    uint16_t two = palette->cell[cell];
    if (two == GIF_UNKNOWN)
        two = gif_palette_cell(palette, cell);
    int32_t one = two & 255, other = two >> 8;
    int32_t error_one = gif_error(palette->r[one] - r, palette->g[one] - g, palette->b[one] - b);
    int32_t error_other = gif_error(palette->r[other] - r, palette->g[other] - g, palette->b[other] - b);
    return error_other < error_one ? other : one;
}

#endif
