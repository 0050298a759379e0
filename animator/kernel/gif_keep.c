/* What a picture is to look like, and which of its pixels look like that already. */
#include "gif_planner.h"

#include <string.h>

#define PATIENCE 1.4   /* how much less a picture is drawn anew for its errors where much of the last one stayed */

/* -- what is wanted ------------------------------------------------------------------------------------------- */

int32_t gif_is_lossless(const gif_planner *p, gif_palette *palette) {
    const gif_planes *picture = gif_ahead(p, 0);
    if (!p->tuning.exact)
        return 0;
    uint32_t last = UINT32_MAX;
    gif_palette_clear(palette, GIF_COLOURS);
    for (size_t at = 0; at < p->pixels; at++) {
        uint32_t rgb = gif_rgb(picture, at);
        if (rgb == last || (picture->opaque && !picture->opaque[at]))
            continue;
        if (gif_palette_note(palette, rgb) < 0)
            return 0;
        last = rgb;
    }
    return 1;
}

static void want_as_it_is(gif_planner *p) {
    const gif_planes *now = gif_ahead(p, 0);
    memcpy(p->wanted.r, now->r, p->pixels);
    memcpy(p->wanted.g, now->g, p->pixels);
    memcpy(p->wanted.b, now->b, p->pixels);
}

/* How many pictures can be compared. A last one that stays, as nothing follows it, stands for all after it. */
static int32_t count_seen(const gif_planner *p) {
    int32_t alone = !p->common_colours && p->count == 1;
    return p->once || alone || p->count > p->tuning.ahead ? p->tuning.ahead + 1 : p->count;
}

void gif_want(gif_planner *p, int32_t lossless) {
    if (lossless) {
        want_as_it_is(p);
        return;
    }
    gif_planes pictures[GIF_WAITING];
    int32_t seen = count_seen(p);
    for (int32_t steps = 0; steps < seen; steps++)
        pictures[steps] = *gif_ahead(p, steps);
    gif_denoise(&p->wanted, p->stays, pictures, seen, p->pixels, p->tuning.denoise, p->tuning.drift);
    gif_find_activity(p->activity, &p->wanted, p->width, p->height);
}

/* -- what is kept --------------------------------------------------------------------------------------------- */

/* For how many pictures ahead a pixel has to stay to be worth it; towards the end there are fewer. */
static uint8_t stays_long_enough(const gif_planner *p) {
    return (uint8_t)(p->count > GIF_WHILE ? GIF_WHILE : p->count - 1);
}

/* A pixel whose source did not change is kept, unless it will stay and could look better, or nothing is shown yet. */
HOT static void keep_good(uint8_t *restrict keep, const gif_planner *p) {
    const uint8_t *restrict r = p->wanted.r, *restrict g = p->wanted.g, *restrict b = p->wanted.b;
    const uint8_t *restrict stays = p->stays;
    const uint32_t *restrict shown = p->shown;
    uint8_t enough = stays_long_enough(p);
    int32_t refine = (int32_t)(p->tuning.refine * (1 + PATIENCE * (p->lasting - GIF_USUAL)));
    for (size_t i = 0; i < p->pixels; i++) {
        int32_t error = gif_error((int32_t)(shown[i] >> 16 & 255) - r[i], (int32_t)(shown[i] >> 8 & 255) - g[i],
                                  (int32_t)(shown[i] & 255) - b[i]);
        int32_t good = (error <= refine) | (stays[i] < enough);
        keep[i] &= (uint8_t)((shown[i] != 0) & good);
    }
}

static void keep_unchanged(gif_planner *p) {
    gif_mark_same(p->keep, &p->wanted, &p->drawn, p->pixels, p->tuning.keep);
    keep_good(p->keep, p);
}

HOT static void keep_identical(uint8_t *restrict keep, const gif_planner *p) {
    const uint8_t *restrict r = p->wanted.r, *restrict g = p->wanted.g, *restrict b = p->wanted.b;
    const uint32_t *restrict shown = p->shown;
    for (size_t i = 0; i < p->pixels; i++) {
        uint32_t rgb = (uint32_t)r[i] << 16 | (uint32_t)g[i] << 8 | b[i];
        keep[i] = (uint8_t)(shown[i] == (rgb | GIF_SOMETHING));
    }
}

/* Where the clip is transparent there is nothing to draw. */
static void keep_transparent(gif_planner *p) {
    const uint8_t *opaque = gif_ahead(p, 0)->opaque;
    for (size_t i = 0; i < p->pixels; i++)
        p->keep[i] = opaque[i] ? p->keep[i] : 1;
}

/* Shrink the rectangle to what may have to be drawn. */
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
    *head = (gif_head){.x = left, .y = top, .width = right - left, .height = bottom - top};
    return changed;
}

/* How many pixels of a stretch of a row are drawn and stay. */
HOT static int32_t count_lasting(const uint8_t *restrict keep, const uint8_t *restrict stays, int32_t length,
                                 uint8_t enough) {
    int32_t count = 0;
    for (int32_t x = 0; x < length; x++)
        count += !keep[x] & (stays[x] >= enough);
    return count;
}

/* The share of what is to be drawn that stays, each pixel as busy as it is around there. */
static double find_lasting(const gif_planner *p, size_t changed) {
    uint8_t enough = stays_long_enough(p);
    int64_t sum = 0;
    for (int32_t y = 0; y < p->height; y++) {
        const uint8_t *activity = p->activity + (size_t)(y / GIF_BLOCK) * (size_t)gif_blocks(p->width);
        size_t row = (size_t)y * (size_t)p->width;
        for (int32_t x = 0; x < p->width; x += GIF_BLOCK, activity++) {
            int32_t length = p->width - x < GIF_BLOCK ? p->width - x : GIF_BLOCK;
            sum += *activity * count_lasting(p->keep + row + x, p->stays + row + x, length, enough);
        }
    }
    return (double)sum / ((GIF_STAYING - 1) * (double)changed);
}

size_t gif_keep(gif_planner *p, gif_head *head, int32_t lossless) {
    if (lossless)
        keep_identical(p->keep, p);
    else
        keep_unchanged(p);
    if (p->alpha)
        keep_transparent(p);
    if (!lossless)
        gif_weigh(p);
    size_t changed = bound(p, head);
    if (changed && !lossless)
        p->lasting = find_lasting(p, changed);
    return changed;
}
