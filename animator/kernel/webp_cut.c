/* A patch as a coder gets it: what shows as it is, and around it whatever costs least and harms no neighbour. */
#include "hot.h"
#include "webp_planes.h"

#include <string.h>

/* A pixel is on an edge when it differs by more than STEP from the one to its left or above. */
enum { STEP = 4 };
/* A block with few but strong edges (lettering, drawings): its variance, and the most of its pixels on an edge. */
static const double STRONG_VARIANCE = 300, FEW_EDGES = 0.35;

static inline uint8_t is_edge(uint8_t a, uint8_t left, uint8_t above) {
    uint8_t across = (uint8_t)(a < left ? left - a : a - left), down = (uint8_t)(a < above ? above - a : a - above);
    return (uint8_t)((across > STEP) | (down > STEP));
}

/* Pixels on an edge in a whole block inside the plane; no sum across the line, so that compilers make vectors of it. */
HOT static int32_t inner_edges(const uint8_t *at, ptrdiff_t stride) {
    uint8_t columns[WEBP_BLOCK] = {0};
    for (int32_t y = 0; y < WEBP_BLOCK; y++, at += stride)
        for (int32_t x = 0; x < WEBP_BLOCK; x++)
            columns[x] = (uint8_t)(columns[x] + is_edge(at[x], at[x - 1], at[x - stride]));
    int32_t edges = 0;
    for (int32_t x = 0; x < WEBP_BLOCK; x++)
        edges += columns[x];
    return edges;
}

/* Pixels on an edge in the block of a plane at a column and row of blocks. */
static int32_t block_edges(webp_area plane, int32_t column, int32_t row) {
    webp_area block = webp_block_at(plane, column, row, WEBP_BLOCK);
    if (column && row && block.width == WEBP_BLOCK && block.height == WEBP_BLOCK)
        return inner_edges(block.at, block.stride);
    int32_t edges = 0;
    for (int32_t y = 0; y < block.height; y++)
        for (int32_t x = 0; x < block.width; x++) {
            const uint8_t *at = block.at + (ptrdiff_t)y * block.stride + x;
            edges += is_edge(*at, column + x ? at[-1] : *at, row + y ? at[-block.stride] : *at);
        }
    return edges;
}

static int32_t block_sum(webp_area block) {
    int32_t sum = 0;
    for (int32_t y = 0; y < block.height; y++)
        for (int32_t x = 0; x < block.width; x++)
            sum += block.at[(ptrdiff_t)y * block.stride + x];
    return sum;
}

static uint8_t block_mean(webp_area block) {
    int32_t pixels = block.width * block.height;
    return (uint8_t)((block_sum(block) + pixels / 2) / pixels);
}

static double block_variance(webp_area block) {
    int32_t squares = 0, pixels = block.width * block.height;
    for (int32_t y = 0; y < block.height; y++)
        for (int32_t x = 0; x < block.width; x++)
            squares += block.at[(ptrdiff_t)y * block.stride + x] * block.at[(ptrdiff_t)y * block.stride + x];
    double mean = (double)block_sum(block) / pixels;
    return (double)squares / pixels - mean * mean;
}

static void fill(webp_area block, uint8_t value) {
    for (int32_t y = 0; y < block.height; y++)
        memset(block.at + (ptrdiff_t)y * block.stride, value, (size_t)block.width);
}

static int32_t is_shown(const webp_patch *patch, const uint8_t *blocks, int32_t column, int32_t row) {
    if (column < 0 || row < 0 || column == patch->columns || row == patch->rows)
        return 0;
    return blocks[row * patch->columns + column] == WEBP_SHOWN;
}

/* 1 for a block with a shown one to the left, right, above or below. */
static int32_t is_beside(const webp_patch *patch, const uint8_t *blocks, int32_t column, int32_t row) {
    return is_shown(patch, blocks, column - 1, row) || is_shown(patch, blocks, column + 1, row) ||
           is_shown(patch, blocks, column, row - 1) || is_shown(patch, blocks, column, row + 1);
}

/* Drawings beside a shown block stay as they are: they cost little, and a flat block would smear over their edges (4 dB,
 * measured on moving bars). */
static void leave_drawings(webp_area luma, const webp_patch *patch, uint8_t *blocks) {
    for (int32_t row = 0; row < patch->rows; row++)
        for (int32_t column = 0; column < patch->columns; column++) {
            uint8_t *block = &blocks[row * patch->columns + column];
            if (*block != WEBP_HIDDEN || !is_beside(patch, blocks, column, row))
                continue;
            webp_area area = webp_block_at(luma, column, row, WEBP_BLOCK);
            if (block_variance(area) > STRONG_VARIANCE &&
                block_edges(luma, column, row) < FEW_EDGES * area.width * area.height)
                *block = WEBP_LEFT;
        }
}

/* Hidden blocks become flat, which a coder predicts at next to no cost: beside a shown block with their own mean, so
 * that what shows is predicted and filtered well, elsewhere with one carried along the row. */
static void flatten(webp_area plane, const webp_patch *patch, const uint8_t *blocks, int32_t size) {
    for (int32_t row = 0; row < patch->rows; row++) {
        uint8_t value = 0;
        int32_t before = WEBP_SHOWN;
        for (int32_t column = 0; column < patch->columns; column++) {
            int32_t kind = blocks[row * patch->columns + column];
            webp_area block = webp_block_at(plane, column, row, size);
            if (kind != WEBP_HIDDEN || before != WEBP_HIDDEN || is_beside(patch, blocks, column, row))
                value = block_mean(block);
            if (kind == WEBP_HIDDEN)
                fill(block, value);
            before = kind;
        }
    }
}

static void hide_alpha(webp_area alpha, const webp_patch *patch, const uint8_t *blocks) {
    for (int32_t i = 0; i < patch->columns * patch->rows; i++)
        if (blocks[i] != WEBP_SHOWN)
            fill(webp_block_at(alpha, i % patch->columns, i / patch->columns, WEBP_BLOCK), 0);
}

void webp_cut(const webp_image *image, const webp_patch *patch, uint8_t *blocks, const webp_image *target) {
    for (int32_t place = 0; place < WEBP_PLANES; place++)
        if (target->plane[place] && image->plane[place])
            webp_copy(webp_part(image, patch, place), webp_plane(target, place));
    if (target->plane[WEBP_ALPHA] && !image->plane[WEBP_ALPHA])
        fill(webp_plane(target, WEBP_ALPHA), 255);
    webp_area luma = webp_plane(target, WEBP_LUMA);
    if (patch->shown == patch->columns * patch->rows)
        return;
    if (target->plane[WEBP_ALPHA])
        hide_alpha(webp_plane(target, WEBP_ALPHA), patch, blocks);
    leave_drawings(luma, patch, blocks);
    for (int32_t place = WEBP_LUMA; place < WEBP_ALPHA; place++)
        flatten(webp_plane(target, place), patch, blocks, webp_block(place));
}
