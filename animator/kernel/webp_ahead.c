/* Blocks are coded once for as long as they stay, so what is to come decides what they cost and what they look like. */
#include "webp_ahead.h"

#include "webp_planes.h"

#include <string.h>

/* A patch of so much of the screen or more may be one of many whole ones. */
static const double NEARLY_ALL = 0.75;
/* ... where less than this part of its detail stays. More of it would give up a picture that pays for several. */
static const double LITTLE = 0.2;

/* -- lives ---------------------------------------------------------------------------------------------------- */

/* Those of a row of a patch. Blocks that don't show keep 0. */
static void find_row(webp_change *change, const webp_image *pictures, int32_t count, const webp_patch *patch, int32_t row,
                     const uint8_t *blocks, uint8_t *lives) {
    int32_t alive = 0;
    for (int32_t column = 0; column < patch->columns; column++)
        alive += lives[column] = blocks[column] == WEBP_SHOWN;
    for (int32_t k = 1; k < count && alive; k++) {
        const uint8_t *apart = webp_change_row(change, &pictures[k], &pictures[0], row) + patch->x / WEBP_BLOCK;
        alive = 0;
        for (int32_t column = 0; column < patch->columns; column++) {
            int32_t lasts = lives[column] == k && apart[column] != WEBP_FAR;
            lives[column] = (uint8_t)(lives[column] + lasts);
            alive += lasts;
        }
    }
}

/* The mean life by detail; 1 for all where so little stays that the next picture will be coded whole, too. */
static void weigh(const webp_image *picture, webp_patch *patch, uint8_t *lives, int32_t screen_blocks) {
    webp_area luma = webp_part(picture, patch, WEBP_LUMA);
    int64_t all = 0, weighed = 0, stays = 0;
    int32_t count = patch->columns * patch->rows;
    for (int32_t i = 0; i < count; i++) {
        int32_t here = lives[i] ? webp_detail(webp_block_at(luma, i % patch->columns, i / patch->columns, WEBP_BLOCK), 0) : 0;
        all += here;
        weighed += (int64_t)here * lives[i];
        stays += lives[i] > 1 ? here : 0;
    }
    patch->life = (double)weighed / (double)all;
    if (count < NEARLY_ALL * screen_blocks || (double)stays >= LITTLE * (double)all)
        return;
    patch->life = 1;
    memset(lives, 1, (size_t)count);
}

void webp_find_lives(webp_change *change, const webp_image *pictures, int32_t count, webp_patch *patch,
                     const uint8_t *blocks, uint8_t *lives) {
    for (int32_t row = 0; row < patch->rows; row++) {
        ptrdiff_t first = (ptrdiff_t)row * patch->columns;
        find_row(change, pictures, count, patch, patch->y / WEBP_BLOCK + row, blocks + first, lives + first);
    }
    weigh(pictures, patch, lives, webp_blocks(pictures->width) * webp_blocks(pictures->height));
}

/* -- drawing -------------------------------------------------------------------------------------------------- */

static void add_pixels(uint16_t *restrict sums, const uint8_t *restrict from, int32_t width) {
    for (int32_t x = 0; x < width; x++)
        sums[x] = (uint16_t)(sums[x] + from[x]);
}

/* The mean of a block of `life` pictures. */
static void draw_block(const webp_image *pictures, int32_t life, int32_t place, int32_t column, int32_t row, webp_area to) {
    int32_t size = webp_block(place);
    for (int32_t y = 0; y < to.height; y++) {
        uint16_t sums[WEBP_BLOCK] = {0};
        for (int32_t k = 0; k < life; k++) {
            webp_area from = webp_block_at(webp_plane(&pictures[k], place), column, row, size);
            add_pixels(sums, from.at + (ptrdiff_t)y * from.stride, to.width);
        }
        for (int32_t x = 0; x < to.width; x++)
            to.at[(ptrdiff_t)y * to.stride + x] = (uint8_t)((sums[x] + life / 2) / life);
    }
}

void webp_draw(const webp_image *pictures, const webp_patch *patch, const uint8_t *blocks, const uint8_t *lives,
               const webp_image *drawn) {
    for (int32_t place = 0; place < WEBP_PLANES; place++)
        if (pictures->plane[place])
            webp_copy(webp_plane(pictures, place), webp_plane(drawn, place));
    for (int32_t i = 0; i < patch->columns * patch->rows && !pictures->plane[WEBP_ALPHA]; i++) {
        int32_t column = patch->x / WEBP_BLOCK + i % patch->columns, row = patch->y / WEBP_BLOCK + i / patch->columns;
        if (blocks[i] != WEBP_SHOWN || lives[i] < 2)
            continue;
        for (int32_t place = WEBP_LUMA; place < WEBP_ALPHA; place++)
            draw_block(pictures, lives[i], place, column, row,
                       webp_block_at(webp_plane(drawn, place), column, row, webp_block(place)));
    }
}
