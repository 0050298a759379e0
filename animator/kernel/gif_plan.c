/* Planning a picture: its palette, and what the compression has to know of each pixel. */
#include "gif_planner.h"

#include <string.h>

enum { FEWEST_COLOURS = 31, WORTH_COMMON = 64, PIXELS_PER_COLOUR = 32, FLAT = 3 };
#define RENEWED_BYTES 0.1   /* what a pixel takes that is drawn anew */
enum { COLOUR_BYTES = 30 };     /* what one more colour costs, in its table and in shorter strings */

/* -- colours -------------------------------------------------------------------------------------------------- */

/* A pixel of a flat part counts for several: there steps between colours are seen most. */
static uint32_t flatness(uint8_t activity) {
    return activity < FLAT ? 1u + FLAT - activity : 1;
}

/* Steps between counted pixels, so that about as many are as wanted; none that walks down the same columns. */
static size_t sampling(const gif_planner *p, size_t changed) {
    size_t step = changed / (size_t)p->tuning.sample + 1;
    while (step > 1 && (size_t)p->width % step == 0)
        step++;
    return step;
}

/* 1 when a pixel looks so well already that it will hardly be drawn: no colour need be found for it. */
static int32_t looks_well(const gif_planner *p, size_t at, int32_t well) {
    int32_t shown = (int32_t)p->shown[at];
    return shown && gif_error((shown >> 16 & 255) - p->wanted.r[at], (shown >> 8 & 255) - p->wanted.g[at],
                              (shown & 255) - p->wanted.b[at]) <= well;
}

/* Some of a part's pixels, enough to know its colours; for how many pixels they stand. */
static size_t count_colours(gif_planner *p, size_t changed) {
    size_t step = sampling(p, changed), at = 0, counted = 0;
    int32_t well = p->tuning.margin + (int32_t)p->own_error / 4;
    gif_census_clear(p->census, p->tuning.bins);
    for (int32_t y = 0; y < p->height; y++) {
        const uint8_t *activity = p->activity + (size_t)(y / GIF_BLOCK) * (size_t)gif_blocks(p->width);
        size_t row = (size_t)y * (size_t)p->width, end = row + (size_t)p->width;
        for (; at < end; at += step)
            if (!p->keep[at] && !looks_well(p, at, well)) {
                gif_census_note(p->census, gif_rgb(&p->wanted, at), flatness(activity[(at - row) / GIF_BLOCK]));
                counted++;
            }
    }
    gif_cutter_take(p->cutter, p->census);
    return counted * step;
}

/* How many colours are worth their bytes in a palette for so many pixels. */
static int32_t colours_worth(size_t pixels) {
    size_t worth = pixels / PIXELS_PER_COLOUR;
    return worth < FEWEST_COLOURS ? FEWEST_COLOURS : worth > GIF_COLOURS ? GIF_COLOURS : (int32_t)worth;
}

/* 1 when the pixels that change have no more colours than `palette` takes, which then holds them. */
static int32_t takes_all(const gif_planner *p, gif_palette *palette) {
    for (size_t at = 0; at < p->pixels; at++)
        if (!p->keep[at] && gif_palette_note(palette, gif_rgb(&p->wanted, at)) < 0)
            return 0;
    return 1;
}

static int32_t true_colours(const gif_planner *p, gif_palette *palette, int32_t most) {
    gif_palette_clear(palette, most);
    return takes_all(p, palette);
}

/* 1 when the file's own table has all the colours: it need not be written again. `palette` is then that table. */
static int32_t common_has_all(const gif_planner *p, gif_palette *palette) {
    gif_palette_clear(palette, p->common_colours);
    for (int32_t i = 0; i < p->common_colours; i++)
        gif_palette_note(palette, gif_packed(&p->common[3 * i]));
    return palette->colours == p->common_colours && takes_all(p, palette);
}

static double table_bytes(int32_t colours) {
    double bytes = 12;
    while (bytes < 3 * (colours + 1))
        bytes *= 2;
    return bytes;
}

/* 1 when the file's own table, which need not be written again, costs less in errors than one of so many colours of the
 * picture's own in bytes. What is only drawn to be nearer to an unchanged source would be left instead, and so costs the
 * bytes that it takes, too: otherwise a trifle decides whether a still scene is drawn once more. */
static int32_t common_is_cheaper(gif_planner *p, int32_t count, size_t changed) {
    double common = gif_cutter_error(p->cutter, p->common, p->common_colours);
    double renewed = (double)gif_count_renewed(p->keep, &p->wanted, &p->drawn, p->pixels, p->tuning.keep);
    return (common - p->own_error) * (double)changed <=
           (table_bytes(count) + RENEWED_BYTES * renewed) * p->tuning.byte;
}

/* 1 when a palette that was found before still serves: it isn't much further off than the last one was from its picture. */
static int32_t goes_on(gif_planner *p, gif_palette *palette, size_t changed) {
    double allowed = p->own_error * p->tuning.renew / 100;
    if (!p->last_colours)
        return 0;
    if (common_is_cheaper(p, p->last_colours, changed)) {
        gif_palette_fill(palette, p->common, p->common_colours);
        return 1;
    }
    if (gif_cutter_error(p->cutter, p->last, p->last_colours) > allowed)
        return 0;
    gif_palette_fill(palette, p->last, p->last_colours);
    return 1;
}

/* True colours when they are few enough, else a cut palette. */
static void choose_palette(gif_planner *p, gif_palette *palette, size_t changed, int32_t lossless) {
    if (p->common_colours && changed >= WORTH_COMMON && common_has_all(p, palette))
        return;
    if (true_colours(p, palette, lossless ? GIF_COLOURS : colours_worth(changed)))
        return;
    size_t counted = count_colours(p, changed);
    if (p->tuning.renew && goes_on(p, palette, counted))
        return;
    uint8_t colours[3 * GIF_PALETTE];
    /* Colours that stay are worth more, and where much goes on strings are short however few there are. */
    double enough = p->tuning.enough * (1 - p->lasting);
    int32_t count = gif_cutter_cut(p->cutter, colours, colours_worth(counted), p->tuning.passes, enough,
                                   (double)(COLOUR_BYTES * p->tuning.byte) / (double)sampling(p, changed));
    p->own_error = gif_cutter_error(p->cutter, colours, count);
    if (p->common_colours && common_is_cheaper(p, count, counted)) {
        gif_palette_fill(palette, p->common, p->common_colours);
        return;
    }
    gif_palette_fill(palette, colours, count);
    memcpy(p->last, colours, sizeof p->last);
    p->last_colours = count;
}

/* -- drawing -------------------------------------------------------------------------------------------------- */

/* Per pixel of a stretch of a row: its wanted colour under its level, or under GIF_KEEP. Where the palette has every
 * colour, tolerances make all the error that there is, and those that stay need no lower one. */
HOT static void hand_wanted(uint32_t *restrict wanted, const gif_planner *p, size_t at, const uint8_t *restrict activity,
                            int32_t length, int32_t exact) {
    const uint8_t *restrict r = p->wanted.r + at, *restrict g = p->wanted.g + at, *restrict b = p->wanted.b + at;
    const uint8_t *restrict keep = p->keep + at, *restrict stays = p->stays + at;
    for (int32_t i = 0; i < length; i++) {
        uint8_t level = (uint8_t)gif_level(activity[i], exact ? 0 : stays[i]);
        level = (uint8_t)(level | (keep[i] ? GIF_KEEP : 0));
        wanted[i] = (uint32_t)level << 24 | (uint32_t)r[i] << 16 | (uint32_t)g[i] << 8 | b[i];
    }
}

/* The activity around each pixel of a row. */
static void spread_activity(gif_planner *p, int32_t y) {
    const uint8_t *blocks = p->activity + (size_t)(y / GIF_BLOCK) * (size_t)gif_blocks(p->width);
    for (int32_t x = 0; x < p->width; x++)
        p->row_activity[x] = blocks[x / GIF_BLOCK];
}

static void hand_over(gif_planner *p, gif_part *part) {
    const gif_head *head = &part->head;
    for (int32_t y = head->y; y < head->y + head->height; y++) {
        size_t at = (size_t)y * (size_t)p->width + (size_t)head->x;
        if (y == head->y || y % GIF_BLOCK == 0)
            spread_activity(p, y);
        memcpy(part->shown + at, p->shown + at, (size_t)head->width * sizeof *p->shown);
        hand_wanted(part->wanted + at, p, at, p->row_activity + head->x, head->width, part->palette.exact);
    }
}

HOT static void take_drawn(uint8_t *restrict drawn, const uint8_t *restrict wanted, const uint8_t *restrict keep,
                               size_t pixels) {
    for (size_t i = 0; i < pixels; i++) {
        uint8_t kept = (uint8_t)-keep[i];   /* all bits or none: compilers make vectors of that */
        drawn[i] = (uint8_t)((drawn[i] & kept) | (wanted[i] & ~kept));
    }
}

static void remember(gif_planner *p) {
    take_drawn(p->drawn.r, p->wanted.r, p->keep, p->pixels);
    take_drawn(p->drawn.g, p->wanted.g, p->keep, p->pixels);
    take_drawn(p->drawn.b, p->wanted.b, p->keep, p->pixels);
}

static void fill_head(gif_part *part) {
    gif_head *head = &part->head;
    head->colours = part->palette.colours;
    for (int32_t i = 0; i < head->colours; i++) {
        head->palette[3 * i] = (uint8_t)part->palette.r[i];
        head->palette[3 * i + 1] = (uint8_t)part->palette.g[i];
        head->palette[3 * i + 2] = (uint8_t)part->palette.b[i];
    }
}

/* Where the file's own table has room left, it is for colours of the pictures ahead. */
static void add_coming(const gif_planner *p, gif_palette *palette) {
    palette->most = (int32_t)table_bytes(palette->colours) / 3 - 1;
    for (int32_t steps = 1; steps <= p->tuning.ahead; steps++) {
        const gif_planes *picture = gif_ahead(p, steps);
        for (size_t at = 0; at < p->pixels; at++)
            if (gif_palette_note(palette, gif_rgb(picture, at)) < 0)
                return;
    }
}

/* 1 when a pixel that is opaque now is transparent in the next picture: a GIF can only wipe, not paint, that away. */
static int32_t must_clear(const gif_planner *p) {
    if (!p->alpha || p->count < 2)
        return 0;
    const uint8_t *now = gif_ahead(p, 0)->opaque, *then = gif_ahead(p, 1)->opaque;
    for (size_t i = 0; i < p->pixels; i++)
        if (now[i] & ~then[i])
            return 1;
    return 0;
}

/* Wiping works on the part's rectangle, which then covers everything; a part that draws nothing still needs one pixel. */
static void cover(gif_head *head, int32_t width, int32_t height) {
    head->x = head->y = 0;
    head->width = width;
    head->height = height;
}

static void draw(gif_planner *p, gif_part *part, size_t changed, int32_t lossless) {
    gif_head *head = &part->head;
    head->lossless = lossless;
    head->clear = must_clear(p);
    if (head->clear)
        cover(head, p->width, p->height);
    else if (!changed)
        cover(head, 1, 1);
    part->tuning = p->tuning;
    choose_palette(p, &part->palette, changed, lossless);
    if (!p->common_colours && part->palette.exact && !p->alpha)
        add_coming(p, &part->palette);
    fill_head(part);
    if (!p->common_colours) {
        memcpy(p->common, part->head.palette, sizeof p->common);
        p->common_colours = part->head.colours;
    }
    hand_over(p, part);
    remember(p);
    p->must_draw = head->clear;
}

void gif_prepare(gif_planner *p, gif_part *part) {
    p->lossless = p->count ? gif_is_lossless(p, &part->palette) : 0;
    if (p->count)
        gif_want(p, p->lossless);
}

int32_t gif_plan(gif_planner *p, gif_part *part) {
    if (!p->count)
        return -1;
    int32_t lossless = p->lossless;
    size_t changed = gif_keep(p, &part->head, lossless);
    int32_t drawn = changed || p->must_draw || must_clear(p);
    if (drawn)
        draw(p, part, changed, lossless);
    p->oldest = (p->oldest + 1) % (p->tuning.ahead + 1);
    p->count--;
    return drawn;
}

HOT static void settle_row(uint32_t *restrict shown, const uint32_t *restrict looks, int32_t width) {
    for (int32_t x = 0; x < width; x++) {
        uint32_t kept = looks[x] >> 24 == GIF_KEEP ? UINT32_MAX : 0;
        shown[x] = (shown[x] & kept) | ((GIF_SOMETHING | (looks[x] & 0xffffffu)) & ~kept);
    }
}

void gif_settle(gif_planner *p, const gif_part *part) {
    const gif_head *head = &part->head;
    if (head->clear) {
        memset(p->shown, 0, p->pixels * sizeof *p->shown);
        return;
    }
    for (int32_t y = head->y; y < head->y + head->height; y++) {
        size_t at = (size_t)y * (size_t)p->width + (size_t)head->x;
        settle_row(p->shown + at, part->wanted + at, head->width);
    }
}
