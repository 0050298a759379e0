/* What a player shows, and what of a new picture differs from it. */
#include "hot.h"
#include "webp_planes.h"

#include <stdlib.h>
#include <string.h>

/* Sums over the lines of a row of blocks, for each column of pixels: loops as long as a line make good vectors. */
typedef struct {
    uint16_t *sum, *old_sum;
    uint32_t *squares, *distances;
    uint8_t *peak;
} column_sums;

/* The same over a block. */
typedef struct {
    int32_t pixels, sum, old_sum, squares, distances, peak;
} facts;

struct webp_screen {
    webp_image image;
    webp_tolerance tolerance;
    int32_t columns, rows, begun;
    uint8_t *changed;           /* per block */
    column_sums sums;           /* of the row and plane being looked at, */
    facts *facts;               /* ... and what comes of them per block */
};

/* -- a screen's life ------------------------------------------------------------------------------------------ */

static int32_t obtain_sums(column_sums *c, size_t width) {
    c->sum = malloc(width * sizeof *c->sum);
    c->old_sum = malloc(width * sizeof *c->old_sum);
    c->squares = malloc(width * sizeof *c->squares);
    c->distances = malloc(width * sizeof *c->distances);
    c->peak = malloc(width);
    return c->sum && c->old_sum && c->squares && c->distances && c->peak;
}

static void free_sums(column_sums *c) {
    free(c->sum);
    free(c->old_sum);
    free(c->squares);
    free(c->distances);
    free(c->peak);
}

static int32_t obtain(webp_screen *s, int32_t alpha) {
    for (int32_t place = 0; place < WEBP_PLANES - !alpha; place++) {
        webp_area plane = webp_plane(&s->image, place);
        s->image.stride[place] = plane.width;
        s->image.plane[place] = malloc((size_t)plane.width * (size_t)plane.height);
        if (!s->image.plane[place])
            return 0;
    }
    s->changed = malloc((size_t)s->columns * (size_t)s->rows);
    s->facts = malloc((size_t)s->columns * sizeof *s->facts);
    return s->changed && s->facts && obtain_sums(&s->sums, (size_t)s->image.width);
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
    free(s->facts);
    free_sums(&s->sums);
    free(s);
}

/* -- what has changed ----------------------------------------------------------------------------------------- */

static void clear_sums(column_sums *c, size_t width) {
    memset(c->sum, 0, width * sizeof *c->sum);
    memset(c->old_sum, 0, width * sizeof *c->old_sum);
    memset(c->squares, 0, width * sizeof *c->squares);
    memset(c->distances, 0, width * sizeof *c->distances);
    memset(c->peak, 0, width);
}

HOT static void add_line(const column_sums *c, const uint8_t *restrict now, const uint8_t *restrict was, int32_t width) {
    uint16_t *restrict sum = c->sum, *restrict old_sum = c->old_sum;
    uint32_t *restrict squares = c->squares, *restrict distances = c->distances;
    uint8_t *restrict peak = c->peak;
    for (int32_t x = 0; x < width; x++) {
        uint8_t a = now[x], b = was[x], apart = (uint8_t)(a < b ? b - a : a - b);
        sum[x] = (uint16_t)(sum[x] + a);
        old_sum[x] = (uint16_t)(old_sum[x] + b);
        squares[x] += (uint16_t)(a * a);
        distances[x] += (uint16_t)(apart * apart);
        peak[x] = apart > peak[x] ? apart : peak[x];
    }
}

static facts facts_of(const column_sums *c, int32_t first, int32_t end, int32_t lines) {
    facts f = {.pixels = (end - first) * lines};
    for (int32_t x = first; x < end; x++) {
        f.sum += c->sum[x];
        f.old_sum += c->old_sum[x];
        f.squares += (int32_t)c->squares[x];
        f.distances += (int32_t)c->distances[x];
        f.peak = c->peak[x] > f.peak ? c->peak[x] : f.peak;
    }
    return f;
}

/* The facts of each block in a row. */
static void find_facts(webp_screen *s, const webp_image *image, int32_t place, int32_t row) {
    int32_t size = webp_block(place);
    webp_area now = webp_plane(image, place), was = webp_plane(&s->image, place);
    int32_t lines = webp_least(size, now.height - row * size);
    clear_sums(&s->sums, (size_t)now.width);
    for (int32_t y = row * size; y < row * size + lines; y++)
        add_line(&s->sums, now.at + (ptrdiff_t)y * now.stride, was.at + (ptrdiff_t)y * was.stride, now.width);
    for (int32_t column = 0; column < s->columns; column++)
        s->facts[column] = facts_of(&s->sums, column * size, webp_least(now.width, (column + 1) * size), lines);
}

static int32_t drifted(const webp_tolerance *t, const facts *f) {
    return abs(f->sum - f->old_sum) > t->drift * f->pixels;
}

static int32_t luma_changed(const webp_tolerance *t, const facts *f) {
    double mean = (double)f->sum / f->pixels, variance = (double)f->squares / f->pixels - mean * mean;
    double allowed = t->contrast * (variance + t->flat);
    allowed = allowed < t->luma_square ? allowed : t->luma_square;
    return f->distances > allowed * f->pixels || f->peak > t->luma_peak || drifted(t, f);
}

static int32_t chroma_changed(const webp_tolerance *t, const facts *f) {
    return f->distances > t->chroma_square * f->pixels || f->peak > t->chroma_peak || drifted(t, f);
}

/* Where nothing shows, before and now, colours don't matter; where alpha changes, nothing else does. */
static int32_t alpha_changed(const webp_tolerance *t, const facts *f, int32_t colour_changed) {
    return f->peak > t->alpha_peak || (colour_changed && f->sum + f->old_sum > 0);
}

static void mark_plane(webp_screen *s, const webp_image *image, int32_t place, int32_t row) {
    uint8_t *changed = s->changed + (size_t)row * (size_t)s->columns;
    find_facts(s, image, place, row);
    for (int32_t column = 0; column < s->columns; column++) {
        const facts *f = &s->facts[column];
        if (place == WEBP_LUMA)
            changed[column] = (uint8_t)luma_changed(&s->tolerance, f);
        else if (place == WEBP_ALPHA)
            changed[column] = (uint8_t)alpha_changed(&s->tolerance, f, changed[column]);
        else
            changed[column] |= (uint8_t)chroma_changed(&s->tolerance, f);
    }
}

static void mark_changed(webp_screen *s, const webp_image *image) {
    for (int32_t row = 0; row < s->rows; row++)
        for (int32_t place = WEBP_LUMA; place < WEBP_PLANES; place++)
            if (image->plane[place])
                mark_plane(s, image, place, row);
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
    int32_t left = s->columns, right = -1, top = s->rows, bottom = -1;
    for (int32_t row = 0; row < s->rows; row++)
        for (int32_t column = 0; column < s->columns; column++) {
            if (!s->changed[row * s->columns + column])
                continue;
            left = webp_least(left, column);
            right = column > right ? column : right;
            top = webp_least(top, row);
            bottom = row;
        }
    if (right < 0)
        return 0;
    int32_t x = left * WEBP_BLOCK, y = top * WEBP_BLOCK;
    *patch = (webp_patch){
        .x = x,
        .y = y,
        .width = webp_least(s->image.width - x, (right + 1 - left) * WEBP_BLOCK),
        .height = webp_least(s->image.height - y, (bottom + 1 - top) * WEBP_BLOCK),
        .columns = right + 1 - left,
        .rows = bottom + 1 - top,
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

/* Whether the blocks that show can be laid over what is there; else the whole rectangle takes its place. */
static void choose_blend(const webp_screen *s, const webp_image *image, webp_patch *patch, uint8_t *blocks) {
    patch->blend = 1;
    if (!image->plane[WEBP_ALPHA])
        return;
    webp_area now = webp_part(image, patch, WEBP_ALPHA), was = webp_part(&s->image, patch, WEBP_ALPHA);
    for (int32_t i = 0; i < patch->columns * patch->rows; i++) {
        if (blocks[i] != WEBP_SHOWN)
            continue;
        webp_area block = webp_block_at(now, i % patch->columns, i / patch->columns, WEBP_BLOCK);
        patch->alpha |= !is_opaque(block);
        patch->blend &= can_blend(block, webp_block_at(was, i % patch->columns, i / patch->columns, WEBP_BLOCK));
    }
    if (patch->blend)
        return;
    patch->shown = patch->columns * patch->rows;
    memset(blocks, WEBP_SHOWN, (size_t)patch->shown);
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

int32_t webp_update(webp_screen *s, const webp_image *image, webp_patch *patch, uint8_t *blocks) {
    if (s->begun) {
        mark_changed(s, image);
        if (!bound(s, patch))
            return 0;
        list_shown(s, patch, blocks);
        choose_blend(s, image, patch, blocks);
    } else {
        whole(s, patch, blocks);
        patch->alpha = image->plane[WEBP_ALPHA] && !is_opaque(webp_plane(image, WEBP_ALPHA));
    }
    show(s, image, patch, blocks);
    s->begun = 1;
    return 1;
}
