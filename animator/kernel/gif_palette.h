/* A part's palette, and how the nearest of its colours is looked up fast. */
#ifndef ZOETROPE_GIF_PALETTE_H
#define ZOETROPE_GIF_PALETTE_H

#include "hot.h"

#include <stdint.h>

enum {
    GIF_COLOURS = 255,              /* opaque colours in a part: one index is kept for "leave what is there" */
    GIF_PALETTE = 256,
    GIF_CELLS = 32 * 64 * 32,       /* look-up: so many steps of red, green and blue over a palette's own range */
    GIF_SLOTS = 1024,               /* open hash of exact colours, four times what may be in it */
};

/* No four indices: the last byte is never larger than GIF_COLOURS. */
#define GIF_UNKNOWN UINT32_MAX

typedef struct {
    int32_t exact;                      /* 1: noted colour by colour, 0: cut */
    int32_t colours, most, padded;      /* padded: cut palettes go on with colours that are never the nearest */
    int32_t r[GIF_PALETTE], g[GIF_PALETTE], b[GIF_PALETTE];
    uint32_t slot_colour[GIF_SLOTS];    /* where a colour's own index stands: 0x01RRGGBB, 0 when free */
    uint8_t slot_index[GIF_SLOTS];
    int32_t low[3], shift[3];           /* where the cells begin, and how wide they are, per channel */
    uint8_t of_cells[3 * GIF_PALETTE];  /* the colours that the cells below were looked up for, */
    int32_t celled;                     /* ... and how many */
    uint32_t cell[GIF_CELLS];           /* others: the four nearest indices, a byte each; GIF_UNKNOWN until asked */
} gif_palette;

/* Note a colour in an exact palette; its index, or -1 when the palette is full and doesn't hold it. */
int32_t gif_palette_note(gif_palette *palette, uint32_t rgb);
/* Make it an empty exact palette that takes at most `most` colours. */
void gif_palette_clear(gif_palette *palette, int32_t most);
/* Make it a palette of these colours, 3 bytes each, to which the nearest one is looked up. */
void gif_palette_fill(gif_palette *palette, const uint8_t *colours, int32_t count);
/* The four nearest colours to a cell's middle: enough to find the nearest one to any colour in the cell, nearly always. */
uint32_t gif_palette_cell(gif_palette *palette, uint32_t cell);

/* How far two colours are apart, to the eye: of the channels green counts most, blue least, and how light they are
 * counts as much again as all three. */
enum { GIF_WEIGHT_R = 2, GIF_WEIGHT_G = 4, GIF_WEIGHT_B = 1, GIF_WEIGHT_LIGHT = 7 };
enum { GIF_LIGHT_R = 5, GIF_LIGHT_G = 9, GIF_LIGHT_B = 2, GIF_LIGHT = 16 };     /* shares, and their sum */

static inline int32_t gif_error(int32_t r, int32_t g, int32_t b) {
    int32_t light = GIF_LIGHT_R * r + GIF_LIGHT_G * g + GIF_LIGHT_B * b;
    return GIF_WEIGHT_R * r * r + GIF_WEIGHT_G * g * g + GIF_WEIGHT_B * b * b +
           GIF_WEIGHT_LIGHT * light * light / (GIF_LIGHT * GIF_LIGHT);
}

/* Three bytes as 0xRRGGBB. */
static inline uint32_t gif_packed(const uint8_t *colour) {
    return (uint32_t)colour[0] << 16 | (uint32_t)colour[1] << 8 | colour[2];
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

/* The cell of a value along a channel; those outside belong to the outermost. */
static inline uint32_t gif_cell_along(const gif_palette *palette, int32_t channel, int32_t value, int32_t last) {
    int32_t above = value < palette->low[channel] ? 0 : value - palette->low[channel];
    int32_t step = above >> palette->shift[channel];
    return (uint32_t)(step < last ? step : last);
}

/* The four nearest colours to the middle of a colour's cell. */
static inline uint32_t gif_palette_four(gif_palette *palette, int32_t r, int32_t g, int32_t b) {
    uint32_t cell = gif_cell_along(palette, 0, r, 31) << 11 | gif_cell_along(palette, 1, g, 63) << 5 |
                    gif_cell_along(palette, 2, b, 31);
    uint32_t four = palette->cell[cell];
    return four == GIF_UNKNOWN ? gif_palette_cell(palette, cell) : four;
}

/* The index of the nearest colour of a cut palette: the colour itself where it has that, however many are close. */
static inline int32_t gif_palette_nearest(gif_palette *palette, uint32_t rgb) {
    int32_t same = gif_palette_find(palette, rgb);
    if (same >= 0)
        return same;
    int32_t r = (int32_t)(rgb >> 16 & 255), g = (int32_t)(rgb >> 8 & 255), b = (int32_t)(rgb & 255), best = INT32_MAX;
    uint32_t four = gif_palette_four(palette, r, g, b);
    for (int32_t i = 0; i < 4; i++, four >>= 8) {
        int32_t k = (int32_t)(four & 255);
        int32_t rank = gif_error(palette->r[k] - r, palette->g[k] - g, palette->b[k] - b) << 8 | k;
        best = rank < best ? rank : best;
    }
    return best & 255;
}

#endif
