/* Two ways to compress a part, and the better one by bytes, by errors and by errors that neighbours share. */
#include "gif_search.h"

#include <stdlib.h>

enum { BLOCK_EDGE = 4, AT_REST = 280, PER_LEVEL = 160 };    /* an error counts less the more goes on around it */

/* A part's own rectangle, row by row without gaps. */
typedef struct {
    gif_part *part;
    size_t row;
} rectangle;

/* Where a row of it begins on the canvas. */
static size_t place_of(const rectangle *r, int32_t y) {
    const gif_part *part = r->part;
    return (size_t)(part->head.y + y) * (size_t)part->canvas_width + (size_t)part->head.x;
}

static uint32_t *row_of(const rectangle *r, int32_t y) {
    return r->part->wanted + place_of(r, y);
}

static void keep_copy(const rectangle *r, uint32_t *to) {
    for (int32_t y = 0; y < r->part->head.height; y++)
        memcpy(to + (size_t)y * r->row, row_of(r, y), r->row * sizeof *to);
}

static void bring_back(const rectangle *r, const uint32_t *from) {
    for (int32_t y = 0; y < r->part->head.height; y++)
        memcpy(row_of(r, y), from + (size_t)y * r->row, r->row * sizeof *from);
}

/* Sums over pixels: their errors to the eye, and how far their channels are off. */
typedef struct {
    double seen;
    int64_t r, g, b;
} errors;

static void add_pixel(errors *e, uint32_t wanted, uint32_t looks) {
    int32_t r = (int32_t)(looks >> 16 & 255) - (int32_t)(wanted >> 16 & 255);
    int32_t g = (int32_t)(looks >> 8 & 255) - (int32_t)(wanted >> 8 & 255);
    int32_t b = (int32_t)(looks & 255) - (int32_t)(wanted & 255);
    e->seen += (double)gif_error(r, g, b) / (AT_REST + PER_LEVEL * ((int32_t)(wanted >> 24) % GIF_STAYING));
    e->r += r;
    e->g += g;
    e->b += b;
}

/* Of a block whose corner is x, y, with those of its pixels that stay. */
static errors of_block(const rectangle *r, const uint32_t *wanted, int32_t x, int32_t y) {
    errors e = {0, 0, 0, 0};
    for (int32_t j = y; j < y + BLOCK_EDGE && j < r->part->head.height; j++)
        for (int32_t i = x; i < x + BLOCK_EDGE && i < r->part->head.width; i++) {
            size_t at = place_of(r, j) + (size_t)i;
            uint32_t looks = r->part->wanted[at];
            add_pixel(&e, wanted[(size_t)j * r->row + (size_t)i], looks >> 24 == GIF_KEEP ? r->part->shown[at] : looks);
        }
    return e;
}

/* How bad a drawn part is: two thirds of a percent fewer bytes for one percent more error by pixels, or by blocks, is a
 * draw. */
static double badness(const rectangle *r, const uint32_t *wanted, size_t bytes) {
    double pixels = 1, blocks = 1, size = (double)bytes;
    for (int32_t y = 0; y < r->part->head.height; y += BLOCK_EDGE)
        for (int32_t x = 0; x < r->part->head.width; x += BLOCK_EDGE) {
            errors e = of_block(r, wanted, x, y);
            pixels += e.seen;
            blocks += (double)(e.r * e.r + e.g * e.g + e.b * e.b);
        }
    return size * size * size * pixels * pixels * blocks * blocks;
}

/* The searched one where it is better, else what was there. */
static size_t better(const rectangle *r, uint32_t *wanted, uint32_t *near, uint8_t *out, uint8_t *other, size_t bytes) {
    double bad = badness(r, wanted, bytes);
    keep_copy(r, near);
    bring_back(r, wanted);
    size_t searched = gif_compress_searching(r->part, other);
    if (searched && badness(r, wanted, searched) < bad) {
        memcpy(out, other, searched);
        return searched;
    }
    bring_back(r, near);
    return bytes;
}

size_t gif_compress_best(gif_part *part, uint8_t *out, size_t room) {
    size_t row = (size_t)part->head.width, bytes = row * (size_t)part->head.height * sizeof *part->wanted;
    rectangle r = {part, row};
    uint32_t *wanted = malloc(bytes), *near = malloc(bytes);
    uint8_t *other = malloc(room);
    if (wanted)
        keep_copy(&r, wanted);
    size_t used = gif_compress_near(part, out);
    if (wanted && near && other)
        used = better(&r, wanted, near, out, other, used);
    free(wanted);
    free(near);
    free(other);
    return used;
}
