/* What a player shows, and what of a new picture differs from it. */
#include "webp_ahead.h"
#include "webp_hide.h"
#include "webp_planes.h"

#include <stdlib.h>
#include <string.h>

/* A block that stays so for this many pictures has come to rest. */
enum { SETTLED = 5 };
struct webp_screen {
    webp_image image;
    webp_tolerance tolerance;
    webp_change *change;
    int32_t columns, rows, begun;
    uint8_t *changed;           /* per block: WEBP_LIKE when it stays */
    webp_lives found;
    int32_t *detail;            /* per block of a patch */
};

/* -- a screen's life ------------------------------------------------------------------------------------------ */

static int32_t obtain(webp_screen *s, int32_t alpha) {
    for (int32_t place = 0; place < WEBP_PLANES - !alpha; place++) {
        webp_area plane = webp_plane(&s->image, place);
        s->image.stride[place] = plane.width;
        s->image.plane[place] = malloc((size_t)plane.width * (size_t)plane.height);
        if (!s->image.plane[place])
            return 0;
    }
    size_t blocks = (size_t)s->columns * (size_t)s->rows;
    s->changed = malloc(blocks);
    s->found = (webp_lives){malloc(blocks), malloc(blocks)};
    s->detail = malloc(blocks * sizeof *s->detail);
    return s->changed && s->found.lives && s->found.ended && s->detail && s->change;
}

webp_screen *webp_screen_new(int32_t width, int32_t height, int32_t alpha, const webp_tolerance *tolerance) {
    webp_screen *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->image.width = width;
    s->image.height = height;
    s->columns = webp_blocks(width);
    s->rows = webp_blocks(height);
    s->tolerance = *tolerance;
    s->change = webp_change_new(width, tolerance);
    if (obtain(s, alpha))
        return s;
    webp_screen_free(s);
    return NULL;
}

void webp_screen_free(webp_screen *s) {
    if (!s)
        return;
    for (int32_t place = 0; place < WEBP_PLANES; place++)
        free(s->image.plane[place]);
    free(s->changed);
    free(s->found.lives);
    free(s->found.ended);
    free(s->detail);
    webp_change_free(s->change);
    free(s);
}

/* -- what has changed ----------------------------------------------------------------------------------------- */

/* Blocks that have come to rest at something that is nearly what is shown, but not quite, would stay wrong for good: they
 * are coded once more. The others that are near enough stay. */
static void keep_unsettled(webp_screen *s, const webp_image *pictures, int32_t count, int32_t row, uint8_t *changed) {
    int32_t near = 0;
    for (int32_t column = 0; column < s->columns; column++) {
        changed[column] = changed[column] == WEBP_NEAR && count < SETTLED ? WEBP_LIKE : changed[column];
        near += changed[column] == WEBP_NEAR;
    }
    for (int32_t k = 1; k < count && near; k++) {
        const uint8_t *moves = webp_change_row(s->change, &pictures[k], pictures, row);
        near = 0;
        for (int32_t column = 0; column < s->columns; column++) {
            changed[column] = changed[column] == WEBP_NEAR && moves[column] ? WEBP_LIKE : changed[column];
            near += changed[column] == WEBP_NEAR;
        }
    }
}

static void mark_changed(webp_screen *s, const webp_image *pictures, int32_t count) {
    for (int32_t row = 0; row < s->rows; row++) {
        uint8_t *changed = s->changed + (size_t)row * (size_t)s->columns;
        memcpy(changed, webp_change_row(s->change, pictures, &s->image, row), (size_t)s->columns);
        keep_unsettled(s, pictures, count, row, changed);
    }
}

/* -- what is coded -------------------------------------------------------------------------------------------- */

void webp_copy(webp_area from, webp_area to) {
    for (int32_t y = 0; y < to.height; y++)
        memcpy(to.at + (ptrdiff_t)y * to.stride, from.at + (ptrdiff_t)y * from.stride, (size_t)to.width);
}

static void whole(const webp_screen *s, webp_patch *patch, uint8_t *blocks) {
    int32_t count = s->columns * s->rows;
    *patch = (webp_patch){.width = s->image.width, .height = s->image.height, .columns = s->columns, .rows = s->rows, .shown = count};
    memset(blocks, WEBP_SHOWN, (size_t)count);
}

/* The rectangle around all that has changed; 0 when nothing has. */
static int32_t bound(const webp_screen *s, webp_patch *patch) {
    webp_span span = webp_span_around(s->changed, s->columns, s->rows);
    if (!span.rows)
        return 0;
    int32_t x = span.left * WEBP_BLOCK, y = span.top * WEBP_BLOCK;
    *patch = (webp_patch){
        .x = x,
        .y = y,
        .width = webp_least(s->image.width - x, span.columns * WEBP_BLOCK),
        .height = webp_least(s->image.height - y, span.rows * WEBP_BLOCK),
        .columns = span.columns,
        .rows = span.rows,
    };
    return 1;
}

static void list_shown(const webp_screen *s, webp_patch *patch, uint8_t *blocks) {
    int32_t left = patch->x / WEBP_BLOCK, top = patch->y / WEBP_BLOCK;
    for (int32_t row = 0; row < patch->rows; row++)
        for (int32_t column = 0; column < patch->columns; column++) {
            *blocks = s->changed[(top + row) * s->columns + left + column] ? WEBP_SHOWN : WEBP_HIDDEN;
            patch->shown += *blocks++ == WEBP_SHOWN;
        }
}

static void show_all(webp_patch *patch, uint8_t *blocks) {
    patch->shown = patch->columns * patch->rows;
    memset(blocks, WEBP_SHOWN, (size_t)patch->shown);
}

static int32_t is_opaque(webp_area area) {
    for (int32_t y = 0; y < area.height; y++)
        for (int32_t x = 0; x < area.width; x++)
            if (area.at[(ptrdiff_t)y * area.stride + x] != 255)
                return 0;
    return 1;
}

/* 1 when a block laid over the one on screen looks as it should: each pixel hides what is there, or nothing is. */
static int32_t can_blend(webp_area now, webp_area was) {
    for (int32_t y = 0; y < now.height; y++)
        for (int32_t x = 0; x < now.width; x++)
            if (now.at[(ptrdiff_t)y * now.stride + x] != 255 && was.at[(ptrdiff_t)y * was.stride + x])
                return 0;
    return 1;
}

static void find_detail(webp_screen *s, const webp_image *image, const webp_patch *patch) {
    webp_area luma = webp_part(image, patch, WEBP_LUMA);
    for (int32_t i = 0; i < patch->columns * patch->rows; i++) {
        webp_area block = webp_block_at(luma, i % patch->columns, i / patch->columns, WEBP_BLOCK);
        s->detail[i] = webp_detail(block, (int32_t)s->tolerance.fine);
    }
}

/* Whether the blocks that show can be laid over what is there; else the whole rectangle takes its place. */
static void choose_blend(const webp_screen *s, const webp_image *image, webp_patch *patch, uint8_t *blocks) {
    patch->blend = 1;
    if (!image->plane[WEBP_ALPHA]) {
        webp_span span = {0, 0, patch->columns, patch->rows, patch->columns};
        if (!webp_hiding_pays(&s->tolerance, &span, s->detail, blocks))
            show_all(patch, blocks);
        return;
    }
    webp_area now = webp_part(image, patch, WEBP_ALPHA), was = webp_part(&s->image, patch, WEBP_ALPHA);
    for (int32_t i = 0; i < patch->columns * patch->rows; i++) {
        if (blocks[i] != WEBP_SHOWN)
            continue;
        webp_area block = webp_block_at(now, i % patch->columns, i / patch->columns, WEBP_BLOCK);
        patch->alpha |= !is_opaque(block);
        patch->blend &= can_blend(block, webp_block_at(was, i % patch->columns, i / patch->columns, WEBP_BLOCK));
    }
    if (!patch->blend)
        show_all(patch, blocks);
}

/* The screen shows the patch from now on. */
static void show(webp_screen *s, const webp_image *image, const webp_patch *patch, const uint8_t *blocks) {
    for (int32_t place = 0; place < WEBP_PLANES; place++) {
        if (!image->plane[place])
            continue;
        webp_area from = webp_part(image, patch, place), to = webp_part(&s->image, patch, place);
        int32_t size = webp_block(place);
        for (int32_t i = 0; i < patch->columns * patch->rows; i++)
            if (blocks[i] == WEBP_SHOWN)
                webp_copy(webp_block_at(from, i % patch->columns, i / patch->columns, size),
                          webp_block_at(to, i % patch->columns, i / patch->columns, size));
    }
}

int32_t webp_update(webp_screen *s, const webp_image *pictures, int32_t count, webp_patch *patch, uint8_t *blocks,
                    const webp_image *drawn) {
    if (s->begun) {
        mark_changed(s, pictures, count);
        if (!bound(s, patch))
            return 0;
        list_shown(s, patch, blocks);
        find_detail(s, pictures, patch);
        choose_blend(s, pictures, patch, blocks);
    } else {
        whole(s, patch, blocks);
        find_detail(s, pictures, patch);
        patch->alpha = pictures->plane[WEBP_ALPHA] && !is_opaque(webp_plane(pictures, WEBP_ALPHA));
    }
    webp_find_lives(s->change, &s->tolerance, pictures, count, patch, blocks, s->detail, &s->found);
    webp_draw(pictures, patch, blocks, s->found.lives, drawn);
    show(s, drawn, patch, blocks);
    s->begun = 1;
    return 1;
}
