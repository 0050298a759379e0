/* Planes of a picture by blocks, and what the pixels of a block have in common. */
#ifndef ZOETROPE_WEBP_PLANES_H
#define ZOETROPE_WEBP_PLANES_H

#include "webp.h"

/* Part of a plane: its first pixel, and how many there are each way. */
typedef struct {
    uint8_t *at;
    int32_t stride, width, height;
} webp_area;

static inline int32_t webp_is_chroma(int32_t place) {
    return place == WEBP_BLUE || place == WEBP_RED;
}

static inline int32_t webp_block(int32_t place) {
    return webp_is_chroma(place) ? WEBP_BLOCK / 2 : WEBP_BLOCK;
}

static inline int32_t webp_blocks(int32_t side) {
    return (side + WEBP_BLOCK - 1) / WEBP_BLOCK;
}

static inline webp_area webp_plane(const webp_image *image, int32_t place) {
    int32_t half = webp_is_chroma(place);
    return (webp_area){image->plane[place], image->stride[place], (image->width + half) >> half, (image->height + half) >> half};
}

static inline int32_t webp_least(int32_t a, int32_t b) {
    return a < b ? a : b;
}

static inline webp_area webp_within(webp_area plane, int32_t x, int32_t y, int32_t width, int32_t height) {
    uint8_t *at = plane.at + (ptrdiff_t)y * plane.stride + x;
    return (webp_area){at, plane.stride, webp_least(width, plane.width - x), webp_least(height, plane.height - y)};
}

static inline webp_area webp_block_at(webp_area plane, int32_t column, int32_t row, int32_t size) {
    return webp_within(plane, column * size, row * size, size, size);
}

/* The part of a picture's plane that a patch covers. */
static inline webp_area webp_part(const webp_image *image, const webp_patch *patch, int32_t place) {
    int32_t half = webp_is_chroma(place);
    int32_t width = (patch->width + half) >> half, height = (patch->height + half) >> half;
    return webp_within(webp_plane(image, place), patch->x >> half, patch->y >> half, width, height);
}

void webp_copy(webp_area from, webp_area to);

/* How much there is to code in a block of luma: the differences of more than `fine` between neighbours. At least 1. */
int32_t webp_detail(webp_area block, int32_t fine);

#endif
