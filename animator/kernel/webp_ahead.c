/* Blocks are coded once for as long as they stay, so what is to come decides what they cost and what they look like. */
#include "webp_ahead.h"

#include "webp_hide.h"
#include "webp_planes.h"

/* -- lives ---------------------------------------------------------------------------------------------------- */

/* Which blocks of a patch's row that have lasted for k pictures do for one more; how many. */
static int32_t find_row(webp_change *change, const webp_image *pictures, int32_t k, const webp_patch *patch, int32_t row,
                        uint8_t *lives) {
    int32_t alive = 0, last = 0;
    for (int32_t column = 0; column < patch->columns; column++)
        alive += lives[column] == k;
    if (!alive)
        return 0;
    int32_t there = patch->y / WEBP_BLOCK + row;
    const uint8_t *apart = webp_change_row(change, &pictures[k], &pictures[0], there) + patch->x / WEBP_BLOCK;
    for (int32_t column = 0; column < patch->columns; column++) {
        int32_t lasts = lives[column] == k && apart[column] != WEBP_FAR;
        lives[column] = (uint8_t)(lives[column] + lasts);
        last += lasts;
    }
    return last;
}

/* Marks the blocks that don't last until picture k, which will be coded then. */
static void mark_ended(const webp_patch *patch, int32_t k, const uint8_t *blocks, const uint8_t *lives, uint8_t *ended) {
    for (int32_t i = 0; i < patch->columns * patch->rows; i++)
        ended[i] = blocks[i] == WEBP_SHOWN && lives[i] <= k ? WEBP_SHOWN : WEBP_HIDDEN;
}

/* What will be coded once more, as it lies between what ends, doesn't stay though it could. */
static void end_within(const webp_span *span, int32_t k, uint8_t *lives) {
    for (int32_t row = 0; row < span->rows; row++)
        for (int32_t column = 0; column < span->columns; column++) {
            uint8_t *life = &lives[webp_span_place(span, column, row)];
            *life = (uint8_t)webp_least(*life, k);
        }
}

/* The mean life by detail. */
static double mean_life(const webp_patch *patch, const int32_t *detail, const uint8_t *lives) {
    int64_t all = 0, weighed = 0;
    for (int32_t i = 0; i < patch->columns * patch->rows; i++) {
        all += lives[i] ? detail[i] : 0;
        weighed += (int64_t)detail[i] * lives[i];
    }
    return (double)weighed / (double)all;
}

void webp_find_lives(webp_change *change, const webp_tolerance *tolerance, const webp_image *pictures, int32_t count,
                     webp_patch *patch, const uint8_t *blocks, const int32_t *detail, const webp_lives *found) {
    for (int32_t i = 0; i < patch->columns * patch->rows; i++)
        found->lives[i] = blocks[i] == WEBP_SHOWN;
    int32_t alive = 1;
    for (int32_t k = 1; k < count && alive; k++) {
        alive = 0;
        for (int32_t row = 0; row < patch->rows; row++)
            alive += find_row(change, pictures, k, patch, row, found->lives + (ptrdiff_t)row * patch->columns);
        mark_ended(patch, k, blocks, found->lives, found->ended);
        webp_span span = webp_span_around(found->ended, patch->columns, patch->rows);
        if (!pictures->plane[WEBP_ALPHA] && !webp_hiding_pays(tolerance, &span, detail, found->ended))
            end_within(&span, k, found->lives);
    }
    patch->life = mean_life(patch, detail, found->lives);
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
