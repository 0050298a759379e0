/* Planning a picture: its palette, and what the compression has to know of each pixel. */
#include "gif_planner.h"

#include <string.h>

enum { FEWEST_COLOURS = 31, PIXELS_PER_COLOUR = 32, MANY = 1 << 16 };

/* -- colours -------------------------------------------------------------------------------------------------- */

/* Every pixel of a small part, a third of a large one's: enough to know its colours. */
static void count_colours(gif_planner *p, size_t changed) {
    size_t step = changed < MANY ? 1 : 3;
    memset(p->bins, 0, GIF_BINS * sizeof *p->bins);
    for (size_t at = 0; at < p->pixels; at += step) {
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

static int32_t true_colours(const gif_planner *p, gif_palette *palette, int32_t most) {
    gif_palette_clear(palette, most);
    for (size_t at = 0; at < p->pixels; at++)
        if (!p->keep[at] && gif_palette_note(palette, gif_rgb(&p->wanted, at)) < 0)
            return 0;
    return 1;
}

/* True colours when they are few enough, else a cut palette. */
static void choose_palette(gif_planner *p, gif_palette *palette, size_t changed, int32_t lossless) {
    if (lossless && changed > p->pixels / 2)
        return; /* the whole picture's palette, found when it was counted, will be needed anyway */
    int32_t worth = lossless ? GIF_COLOURS : colours_worth(changed);
    if (true_colours(p, palette, worth))
        return;
    count_colours(p, changed);
    gif_palette_cut(palette, p->cutter, p->bins, worth, p->tuning.passes);
}

/* -- drawing -------------------------------------------------------------------------------------------------- */

/* Per pixel of a stretch of a row: its wanted colour under its level, or under GIF_KEEP. */
HOT static void hand_wanted(uint32_t *restrict wanted, const gif_planner *p, size_t at, const uint8_t *restrict activity,
                            int32_t length) {
    const uint8_t *restrict r = p->wanted.r + at, *restrict g = p->wanted.g + at, *restrict b = p->wanted.b + at;
    const uint8_t *restrict keep = p->keep + at, *restrict stays = p->stays + at;
    for (int32_t i = 0; i < length; i++) {
        uint8_t level = (uint8_t)(activity[i] + (stays[i] == GIF_LOOK_AHEAD ? GIF_STAYING : 0));
        level = (uint8_t)(level | (keep[i] ? GIF_KEEP : 0));
        wanted[i] = (uint32_t)level << 24 | (uint32_t)r[i] << 16 | (uint32_t)g[i] << 8 | b[i];
    }
}

/* How pixels are shown as far as can be known: not while a part that draws them is under way, unless without loss. */
HOT static void hand_shown(uint32_t *restrict shown, const gif_planner *p, size_t at, int32_t length) {
    const uint8_t *restrict r = p->drawn.r + at, *restrict g = p->drawn.g + at, *restrict b = p->drawn.b + at;
    const uint8_t *restrict fresh = p->fresh + at;
    const uint32_t *restrict settled = p->shown + at;
    uint32_t trusted = p->lossy ? 0 : UINT32_MAX;
    for (int32_t i = 0; i < length; i++) {
        uint32_t drawn = GIF_SOMETHING | (uint32_t)r[i] << 16 | (uint32_t)g[i] << 8 | b[i];
        shown[i] = fresh[i] ? drawn & trusted : settled[i];
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
        hand_shown(part->shown + at, p, at, head->width);
        hand_wanted(part->wanted + at, p, at, p->row_activity + head->x, head->width);
    }
}

HOT static void take_drawn(uint8_t *restrict drawn, const uint8_t *restrict wanted, const uint8_t *restrict keep,
                               size_t pixels) {
    for (size_t i = 0; i < pixels; i++) {
        uint8_t kept = (uint8_t)-keep[i];   /* all bits or none: compilers make vectors of that */
        drawn[i] = (uint8_t)((drawn[i] & kept) | (wanted[i] & ~kept));
    }
}

HOT static void count_drawn(uint8_t *restrict fresh, const uint8_t *restrict keep, size_t pixels) {
    for (size_t i = 0; i < pixels; i++)
        fresh[i] = (uint8_t)(fresh[i] + 1 - keep[i]);
}

static void remember(gif_planner *p) {
    take_drawn(p->drawn.r, p->wanted.r, p->keep, p->pixels);
    take_drawn(p->drawn.g, p->wanted.g, p->keep, p->pixels);
    take_drawn(p->drawn.b, p->wanted.b, p->keep, p->pixels);
    count_drawn(p->fresh, p->keep, p->pixels);
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

static void forget(gif_planner *p) {
    memset(p->shown, 0, p->pixels * sizeof *p->shown);
    memset(p->fresh, 0, p->pixels);
    p->wiped = p->unsettled;
    p->lossy = 0;
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
    fill_head(part);
    hand_over(p, part);
    remember(p);
    p->unsettled++;
    p->lossy += !lossless;
    p->must_draw = head->clear;
    if (head->clear)
        forget(p);
}

int32_t gif_plan(gif_planner *p, gif_part *part) {
    if (!p->count)
        return -1;
    int32_t lossless = gif_is_lossless(p, &part->palette);
    gif_want(p, lossless);
    size_t changed = gif_keep(p, &part->head, lossless);
    int32_t drawn = changed || p->must_draw || must_clear(p);
    if (drawn)
        draw(p, part, changed, lossless);
    p->oldest = (p->oldest + 1) % GIF_WAITING;
    p->count--;
    return drawn;
}

HOT static void settle_row(uint32_t *restrict shown, uint8_t *restrict fresh, const uint32_t *restrict looks, int32_t width) {
    for (int32_t x = 0; x < width; x++) {
        uint32_t kept = looks[x] >> 24 == GIF_KEEP ? UINT32_MAX : 0;
        shown[x] = (shown[x] & kept) | ((GIF_SOMETHING | (looks[x] & 0xffffffu)) & ~kept);
        fresh[x] = (uint8_t)(fresh[x] - (~kept & 1));
    }
}

void gif_settle(gif_planner *p, const gif_part *part) {
    const gif_head *head = &part->head;
    p->unsettled--;
    if (p->wiped) {
        p->wiped--;
        return;
    }
    p->lossy -= !head->lossless;
    for (int32_t y = head->y; y < head->y + head->height; y++) {
        size_t at = (size_t)y * (size_t)p->width + (size_t)head->x;
        settle_row(p->shown + at, p->fresh + at, part->wanted + at, head->width);
    }
}
