/* Planning: which pixels of a picture must be drawn, and in which colours. */
#include "gif_palette.h"

#include <stdlib.h>
#include <string.h>

enum { WAITING = GIF_LOOK_AHEAD + 1, FEWEST_COLOURS = 15, PIXELS_PER_COLOUR = 16 };

/* One picture as planes of bytes. `opaque` is 255 or 0, and absent where the clip has no alpha. */
typedef struct {
    uint8_t *r, *g, *b, *opaque;
} planes;

struct gif_planner {
    int32_t width, height, alpha;
    size_t pixels;
    gif_tuning tuning;
    planes waiting[WAITING];    /* ring of pictures pushed and not yet planned */
    int32_t oldest, count;
    planes drawn;               /* what each pixel was to look like when it was last drawn; opaque = 0: never drawn */
    planes wanted;              /* the picture being planned, without its noise */
    int32_t must_draw;          /* 1 when the next picture can't be left out: it is the first, or all was wiped */
    uint8_t *keep;              /* 1 where the pixel stays as it is drawn */
    uint8_t *stays;             /* how many of the pictures ahead look the same there */
    gif_bin *bins;
    gif_palette palette;
    gif_cutter *cutter;
};

/* -- life ----------------------------------------------------------------------------------------------------- */

static int32_t planes_new(planes *p, size_t pixels, int32_t alpha) {
    p->r = calloc(pixels, 1);
    p->g = calloc(pixels, 1);
    p->b = calloc(pixels, 1);
    p->opaque = alpha ? calloc(pixels, 1) : NULL;
    return p->r && p->g && p->b && (p->opaque || !alpha);
}

static void planes_free(planes *p) {
    free(p->r);
    free(p->g);
    free(p->b);
    free(p->opaque);
}

gif_planner *gif_planner_new(int32_t width, int32_t height, int32_t alpha, const gif_tuning *tuning) {
    gif_planner *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->width = width;
    p->height = height;
    p->alpha = alpha;
    p->pixels = (size_t)width * (size_t)height;
    p->tuning = *tuning;
    p->must_draw = 1;
    int32_t fine = planes_new(&p->drawn, p->pixels, 1) & planes_new(&p->wanted, p->pixels, 0);
    for (int32_t i = 0; i < WAITING; i++)
        fine &= planes_new(&p->waiting[i], p->pixels, alpha);
    p->keep = calloc(p->pixels, 1);
    p->stays = calloc(p->pixels, 1);
    p->bins = calloc(GIF_BINS, sizeof *p->bins);
    p->cutter = gif_cutter_new();
    if (fine && p->keep && p->stays && p->bins && p->cutter)
        return p;
    gif_planner_free(p);
    return NULL;
}

void gif_planner_free(gif_planner *p) {
    if (!p)
        return;
    planes_free(&p->drawn);
    planes_free(&p->wanted);
    for (int32_t i = 0; i < WAITING; i++)
        planes_free(&p->waiting[i]);
    free(p->keep);
    free(p->stays);
    free(p->bins);
    gif_cutter_free(p->cutter);
    free(p);
}

/* -- taking pictures in --------------------------------------------------------------------------------------- */

static void take_row(planes *to, size_t at, const uint8_t *from, int32_t width) {
    uint8_t *restrict r = to->r + at, *restrict g = to->g + at, *restrict b = to->b + at;
    for (int32_t x = 0; x < width; x++) {
        r[x] = from[3 * x];
        g[x] = from[3 * x + 1];
        b[x] = from[3 * x + 2];
    }
}

static uint8_t over_white(int32_t colour, int32_t alpha) {
    return (uint8_t)((colour * alpha + 255 * (255 - alpha) + 127) / 255);
}

/* Less than half covered: transparent. More: opaque, in the colour that it has over white. */
static void take_alpha_row(planes *to, size_t at, const uint8_t *from, int32_t width) {
    for (int32_t x = 0; x < width; x++, from += 4, at++) {
        int32_t alpha = from[3];
        to->opaque[at] = alpha >= 128 ? 255 : 0;
        to->r[at] = alpha >= 128 ? over_white(from[0], alpha) : 0;
        to->g[at] = alpha >= 128 ? over_white(from[1], alpha) : 0;
        to->b[at] = alpha >= 128 ? over_white(from[2], alpha) : 0;
    }
}

int32_t gif_push(gif_planner *p, const uint8_t *pixels, ptrdiff_t stride) {
    if (p->count == WAITING)
        return 0;
    planes *to = &p->waiting[(p->oldest + p->count++) % WAITING];
    for (int32_t y = 0; y < p->height; y++) {
        size_t at = (size_t)y * (size_t)p->width;
        if (p->alpha)
            take_alpha_row(to, at, pixels + y * stride, p->width);
        else
            take_row(to, at, pixels + y * stride, p->width);
    }
    return 1;
}

static const planes *ahead(const gif_planner *p, int32_t steps) {
    int32_t last = p->count - 1;
    return &p->waiting[(p->oldest + (steps < last ? steps : last)) % WAITING];
}

/* -- few colours ---------------------------------------------------------------------------------------------- */

static uint32_t rgb_at(const planes *p, size_t at) {
    return (uint32_t)p->r[at] << 16 | (uint32_t)p->g[at] << 8 | p->b[at];
}

/* 1 when the whole picture has at most GIF_COLOURS colours: it is then drawn without any error. */
static int32_t few_colours(gif_planner *p, const planes *picture) {
    uint32_t last = UINT32_MAX;
    gif_palette_clear(&p->palette, GIF_COLOURS);
    for (size_t at = 0; at < p->pixels; at++) {
        uint32_t rgb = rgb_at(picture, at);
        if (rgb == last || (picture->opaque && !picture->opaque[at]))
            continue;
        if (gif_palette_note(&p->palette, rgb) < 0)
            return 0;
        last = rgb;
    }
    return 1;
}

/* -- noise and change ----------------------------------------------------------------------------------------- */

static inline int32_t apart(int32_t a, int32_t b) {
    return a < b ? b - a : a - b;
}

/* Average each channel over the pictures ahead for as long as it stays within `limit`; count how long. */
GIF_HOT static void denoise(uint8_t *restrict out, uint8_t *restrict stays, const uint8_t *restrict a,
                            const uint8_t *restrict b, const uint8_t *restrict c, const uint8_t *restrict d,
                            size_t pixels, int32_t limit) {
    for (size_t i = 0; i < pixels; i++) {
        int32_t one = a[i], two = b[i], three = c[i], four = d[i];
        int32_t to_two = apart(one, two) <= limit;
        int32_t to_three = to_two & (apart(one, three) <= limit);
        int32_t to_four = to_three & (apart(one, four) <= limit);
        int32_t pair = (one + two + 1) >> 1, triple = ((one + two + three) * 171 + 256) >> 9;
        int32_t all = (one + two + three + four + 2) >> 2;
        int32_t length = to_two + to_three + to_four;
        out[i] = (uint8_t)(to_four ? all : to_three ? triple : to_two ? pair : one);
        stays[i] = (uint8_t)(length < stays[i] ? length : stays[i]);
    }
}

static void want_denoised(gif_planner *p) {
    const planes *a = ahead(p, 0), *b = ahead(p, 1), *c = ahead(p, 2), *d = ahead(p, 3);
    int32_t limit = p->tuning.denoise;
    memset(p->stays, GIF_LOOK_AHEAD, p->pixels);
    denoise(p->wanted.r, p->stays, a->r, b->r, c->r, d->r, p->pixels, limit);
    denoise(p->wanted.g, p->stays, a->g, b->g, c->g, d->g, p->pixels, limit);
    denoise(p->wanted.b, p->stays, a->b, b->b, c->b, d->b, p->pixels, limit);
}

static void want_exact(gif_planner *p) {
    const planes *now = ahead(p, 0);
    memcpy(p->wanted.r, now->r, p->pixels);
    memcpy(p->wanted.g, now->g, p->pixels);
    memcpy(p->wanted.b, now->b, p->pixels);
}

/* Mark the pixels that stay within `limit` (blue: twice that) of what is drawn. */
GIF_HOT static void mark_kept(uint8_t *restrict keep, const planes *now, const planes *drawn, size_t pixels,
                              int32_t limit) {
    const uint8_t *restrict r = now->r, *restrict g = now->g, *restrict b = now->b;
    const uint8_t *restrict was_r = drawn->r, *restrict was_g = drawn->g, *restrict was_b = drawn->b;
    const uint8_t *restrict there = drawn->opaque;
    for (size_t i = 0; i < pixels; i++)
        keep[i] = (uint8_t)((apart(r[i], was_r[i]) <= limit) & (apart(g[i], was_g[i]) <= limit) &
                            (apart(b[i], was_b[i]) <= 2 * limit) & (there[i] & 1));
}

/* Where the clip is transparent there is nothing to draw. */
static void keep_transparent(gif_planner *p) {
    const uint8_t *opaque = ahead(p, 0)->opaque;
    for (size_t i = 0; i < p->pixels; i++)
        p->keep[i] = opaque[i] ? p->keep[i] : 1;
}

/* Shrink the part's rectangle to what must be drawn; how many pixels that is. */
static size_t bound(const gif_planner *p, gif_head *head) {
    int32_t left = p->width, right = 0, top = p->height, bottom = 0;
    size_t changed = 0;
    for (int32_t y = 0; y < p->height; y++) {
        const uint8_t *row = p->keep + (size_t)y * (size_t)p->width;
        int32_t first = 0, last = p->width;
        while (first < last && row[first])
            first++;
        if (first == last)
            continue;
        while (row[last - 1])
            last--;
        for (int32_t x = first; x < last; x++)
            changed += !row[x];
        left = first < left ? first : left;
        right = last > right ? last : right;
        top = y < top ? y : top;
        bottom = y + 1;
    }
    head->x = left;
    head->y = top;
    head->width = right - left;
    head->height = bottom - top;
    return changed;
}

/* -- colours -------------------------------------------------------------------------------------------------- */

static void count_colours(gif_planner *p) {
    memset(p->bins, 0, GIF_BINS * sizeof *p->bins);
    for (size_t at = 0; at < p->pixels; at++) {
        if (p->keep[at])
            continue;
        uint32_t r = p->wanted.r[at], g = p->wanted.g[at], b = p->wanted.b[at];
        gif_bin *bin = &p->bins[(r >> 3) << 10 | (g >> 3) << 5 | b >> 3];
        bin->count++;
        bin->r += r;
        bin->g += g;
        bin->b += b;
    }
}

/* How many colours are worth their bytes in a palette for so many pixels. */
static int32_t colours_worth(size_t changed) {
    size_t worth = changed / PIXELS_PER_COLOUR;
    return worth < FEWEST_COLOURS ? FEWEST_COLOURS : worth > GIF_COLOURS ? GIF_COLOURS : (int32_t)worth;
}

static int32_t true_colours(gif_planner *p, int32_t most) {
    gif_palette_clear(&p->palette, most);
    for (size_t at = 0; at < p->pixels; at++)
        if (!p->keep[at] && gif_palette_note(&p->palette, rgb_at(&p->wanted, at)) < 0)
            return 0;
    return 1;
}

/* True colours when they are few enough, else a cut palette. 1 for true ones. */
static int32_t choose_palette(gif_planner *p, size_t changed, int32_t few) {
    int32_t worth = few ? GIF_COLOURS : colours_worth(changed);
    if (true_colours(p, worth))
        return 1;
    count_colours(p);
    gif_palette_cut(&p->palette, p->cutter, p->bins, worth, p->tuning.refine);
    return 0;
}

static void paint(gif_planner *p, gif_part *part, int32_t exact) {
    const gif_head *head = &part->head;
    for (int32_t y = head->y; y < head->y + head->height; y++) {
        size_t at = (size_t)y * (size_t)p->width + (size_t)head->x;
        for (int32_t x = 0; x < head->width; x++, at++) {
            uint32_t rgb = rgb_at(&p->wanted, at);
            part->wanted[at] = rgb;
            part->index[at] = (uint8_t)(p->keep[at] ? head->colours
                                        : exact     ? gif_palette_exact(&p->palette, rgb)
                                                    : gif_palette_nearest(&p->palette, rgb));
        }
    }
}

static void remember(gif_planner *p) {
    for (size_t i = 0; i < p->pixels; i++) {
        if (p->keep[i])
            continue;
        p->drawn.r[i] = p->wanted.r[i];
        p->drawn.g[i] = p->wanted.g[i];
        p->drawn.b[i] = p->wanted.b[i];
        p->drawn.opaque[i] = 255;
    }
}

static void hand_over(const gif_planner *p, gif_part *part) {
    gif_head *head = &part->head;
    head->colours = p->palette.colours;
    memset(head->palette, 0, sizeof head->palette);
    for (int32_t i = 0; i < head->colours; i++) {
        head->palette[3 * i] = (uint8_t)p->palette.r[i];
        head->palette[3 * i + 1] = (uint8_t)p->palette.g[i];
        head->palette[3 * i + 2] = (uint8_t)p->palette.b[i];
    }
    for (int32_t level = 0; level < GIF_LEVELS; level++)
        part->tolerance[level] = p->tuning.lossy;
}

/* -- a picture that must be wiped ----------------------------------------------------------------------------- */

/* 1 when a pixel that is opaque now is transparent in the next picture: a GIF can only wipe, not paint, that away. */
static int32_t must_clear(const gif_planner *p) {
    if (!p->alpha || p->count < 2)
        return 0;
    const uint8_t *now = ahead(p, 0)->opaque, *then = ahead(p, 1)->opaque;
    for (size_t i = 0; i < p->pixels; i++)
        if (now[i] & ~then[i])
            return 1;
    return 0;
}

/* Wiping works on the part's rectangle: let it cover everything. */
static void cover_all(const gif_planner *p, gif_head *head) {
    head->x = head->y = 0;
    head->width = p->width;
    head->height = p->height;
}

/* A part that draws nothing still needs a rectangle of one pixel. */
static void cover_one(gif_head *head) {
    head->x = head->y = 0;
    head->width = head->height = 1;
}

static void draw(gif_planner *p, gif_part *part, size_t changed, int32_t few) {
    gif_head *head = &part->head;
    int32_t exact = choose_palette(p, changed, few);
    head->lossless = few;
    head->clear = must_clear(p);
    if (head->clear)
        cover_all(p, head);
    else if (!changed)
        cover_one(head);
    hand_over(p, part);
    paint(p, part, exact);
    remember(p);
    if (head->clear)
        memset(p->drawn.opaque, 0, p->pixels);
    p->must_draw = head->clear;
}

int32_t gif_plan(gif_planner *p, gif_part *part) {
    if (!p->count)
        return -1;
    int32_t few = few_colours(p, ahead(p, 0));
    if (few)
        want_exact(p);
    else
        want_denoised(p);
    mark_kept(p->keep, &p->wanted, &p->drawn, p->pixels, few ? 0 : p->tuning.keep);
    if (p->alpha)
        keep_transparent(p);
    size_t changed = bound(p, &part->head);
    int32_t drawn = changed || p->must_draw || must_clear(p);
    if (drawn)
        draw(p, part, changed, few);
    p->oldest = (p->oldest + 1) % WAITING;
    p->count--;
    return drawn;
}
