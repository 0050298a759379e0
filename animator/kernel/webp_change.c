/* How far two pictures are apart, block by block. */
#include "webp_change.h"

#include "hot.h"
#include "webp_kept.h"
#include "webp_planes.h"

#include <stdlib.h>
#include <string.h>

/* Sums over the lines of a row of blocks, for each column of pixels: loops as long as a line make good vectors. */
typedef struct {
    uint16_t *sum, *old_sum;
    uint32_t *squares;
    uint8_t *peak;
} column_sums;

/* The same over a block. */
typedef struct {
    int32_t pixels, sum, old_sum, squares, kept, peak;
} facts;

struct webp_change {
    webp_tolerance whole, half;
    column_sums sums;           /* of the row and plane being looked at, */
    webp_kept *kept;
    facts *facts;               /* ... what comes of them per block, */
    uint8_t *apart;             /* ... and what that means */
};

/* -- its life ------------------------------------------------------------------------------------------------- */

static int32_t obtain_sums(column_sums *c, size_t width) {
    c->sum = malloc(width * sizeof *c->sum);
    c->old_sum = malloc(width * sizeof *c->old_sum);
    c->squares = malloc(width * sizeof *c->squares);
    c->peak = malloc(width);
    return c->sum && c->old_sum && c->squares && c->peak;
}

static webp_tolerance half_of(const webp_tolerance *t) {
    webp_tolerance half = *t;
    half.luma_square /= 4;
    half.contrast /= 4;
    half.luma_peak /= 2;
    half.chroma_square /= 4;
    half.chroma_peak /= 2;
    half.drift /= 2;
    return half;
}

webp_change *webp_change_new(int32_t width, const webp_tolerance *tolerance) {
    webp_change *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->whole = *tolerance;
    c->half = half_of(tolerance);
    c->kept = webp_kept_new(width, tolerance->lost, tolerance->lost_mean);
    c->facts = malloc((size_t)webp_blocks(width) * sizeof *c->facts);
    c->apart = malloc((size_t)webp_blocks(width));
    if (c->kept && c->facts && c->apart && obtain_sums(&c->sums, (size_t)width))
        return c;
    webp_change_free(c);
    return NULL;
}

void webp_change_free(webp_change *c) {
    if (!c)
        return;
    free(c->sums.sum);
    free(c->sums.old_sum);
    free(c->sums.squares);
    free(c->sums.peak);
    webp_kept_free(c->kept);
    free(c->facts);
    free(c->apart);
    free(c);
}

/* -- facts ---------------------------------------------------------------------------------------------------- */

static void clear_sums(column_sums *c, size_t width) {
    memset(c->sum, 0, width * sizeof *c->sum);
    memset(c->old_sum, 0, width * sizeof *c->old_sum);
    memset(c->squares, 0, width * sizeof *c->squares);
    memset(c->peak, 0, width);
}

HOT static void add_line(const column_sums *c, const uint8_t *restrict now, const uint8_t *restrict was, int32_t width) {
    uint16_t *restrict sum = c->sum, *restrict old_sum = c->old_sum;
    uint32_t *restrict squares = c->squares;
    uint8_t *restrict peak = c->peak;
    for (int32_t x = 0; x < width; x++) {
        uint8_t a = now[x], b = was[x], apart = (uint8_t)(a < b ? b - a : a - b);
        sum[x] = (uint16_t)(sum[x] + a);
        old_sum[x] = (uint16_t)(old_sum[x] + b);
        squares[x] += (uint16_t)(a * a);
        peak[x] = apart > peak[x] ? apart : peak[x];
    }
}

static facts facts_of(const column_sums *c, int32_t first, int32_t end, int32_t lines) {
    facts f = {.pixels = (end - first) * lines};
    for (int32_t x = first; x < end; x++) {
        f.sum += c->sum[x];
        f.old_sum += c->old_sum[x];
        f.squares += (int32_t)c->squares[x];
        f.peak = c->peak[x] > f.peak ? c->peak[x] : f.peak;
    }
    return f;
}

/* What a coder would keep of the differences of a row of blocks, each `size` pixels wide. */
static void find_kept(webp_change *c, webp_area now, webp_area was, int32_t size, int32_t first, int32_t lines) {
    int32_t each = size / WEBP_CELL, cells = (now.width + WEBP_CELL - 1) / WEBP_CELL;
    for (int32_t y = first; y < first + lines; y += WEBP_CELL) {
        const int32_t *squares = webp_kept_row(c->kept, now, was, y / WEBP_CELL);
        for (int32_t i = 0; i < cells; i++)
            c->facts[i / each].kept += squares[i];
    }
}

/* The facts of each block in a row. */
static void find_facts(webp_change *c, webp_area now, webp_area was, int32_t size, int32_t row) {
    int32_t lines = webp_least(size, now.height - row * size);
    clear_sums(&c->sums, (size_t)now.width);
    for (int32_t y = row * size; y < row * size + lines; y++)
        add_line(&c->sums, now.at + (ptrdiff_t)y * now.stride, was.at + (ptrdiff_t)y * was.stride, now.width);
    for (int32_t column = 0; column * size < now.width; column++)
        c->facts[column] = facts_of(&c->sums, column * size, webp_least(now.width, (column + 1) * size), lines);
    find_kept(c, now, was, size, row * size, lines);
}

/* -- judgement ------------------------------------------------------------------------------------------------ */

static int32_t drifted(const webp_tolerance *t, const facts *f) {
    return abs(f->sum - f->old_sum) > t->drift * f->pixels;
}

static int32_t luma_changed(const webp_tolerance *t, const facts *f) {
    double mean = (double)f->sum / f->pixels, variance = (double)f->squares / f->pixels - mean * mean;
    double allowed = t->contrast * (variance + t->flat);
    allowed = allowed < t->luma_square ? allowed : t->luma_square;
    return f->kept > 16 * allowed * f->pixels || f->peak > t->luma_peak || drifted(t, f);
}

static int32_t chroma_changed(const webp_tolerance *t, const facts *f) {
    return f->kept > 16 * t->chroma_square * f->pixels || f->peak > t->chroma_peak || drifted(t, f);
}

/* Where nothing shows, before and now, colours don't matter; where alpha changes, nothing else does. */
static int32_t alpha_changed(const webp_tolerance *t, const facts *f, int32_t colour_changed) {
    return f->peak > t->alpha_peak || (colour_changed && f->sum + f->old_sum > 0);
}

/* Whether a plane of a block is too far off, when the planes before it are or aren't. */
static int32_t is_changed(const webp_tolerance *t, const facts *f, int32_t place, int32_t before) {
    if (place == WEBP_LUMA)
        return luma_changed(t, f);
    return place == WEBP_ALPHA ? alpha_changed(t, f, before) : before || chroma_changed(t, f);
}

const uint8_t *webp_change_row(webp_change *c, const webp_image *now, const webp_image *was, int32_t row) {
    for (int32_t place = WEBP_LUMA; place < WEBP_PLANES; place++) {
        if (!now->plane[place])
            continue;
        find_facts(c, webp_plane(now, place), webp_plane(was, place), webp_block(place), row);
        for (int32_t column = 0; column < webp_blocks(now->width); column++) {
            const facts *f = &c->facts[column];
            int32_t before = place == WEBP_LUMA ? WEBP_LIKE : c->apart[column];
            int32_t off = is_changed(&c->half, f, place, before >= WEBP_NEAR);
            c->apart[column] = (uint8_t)(off + (off && is_changed(&c->whole, f, place, before == WEBP_FAR)));
        }
    }
    return c->apart;
}
