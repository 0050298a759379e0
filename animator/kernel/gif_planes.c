/* Pictures as planes: the passes over whole pictures that compilers turn into vector code. */
#include "gif_planes.h"

#include "gif.h"

#include <stdlib.h>
#include <string.h>

enum {
    BUSIEST = GIF_STAYING - 1,
    STRETCH = 2048,     /* pixels that are averaged at once: what is known of them stays in the nearest cache */
    PIECE = 32,         /* pixels side by side whose noise cancels out, so that a drift of all of them shows */
};

int32_t gif_planes_new(gif_planes *p, size_t pixels, int32_t alpha) {
    p->r = calloc(pixels, 1);
    p->g = calloc(pixels, 1);
    p->b = calloc(pixels, 1);
    p->opaque = alpha ? calloc(pixels, 1) : NULL;
    return p->r && p->g && p->b && (p->opaque || !alpha);
}

void gif_planes_free(gif_planes *p) {
    free(p->r);
    free(p->g);
    free(p->b);
    free(p->opaque);
}

HOT void gif_take_row(gif_planes *to, size_t at, const uint8_t *from, int32_t width) {
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

void gif_take_alpha_row(gif_planes *to, size_t at, const uint8_t *from, int32_t width) {
    for (int32_t x = 0; x < width; x++, from += 4, at++) {
        int32_t alpha = from[3];
        to->opaque[at] = alpha >= 128 ? 255 : 0;
        to->r[at] = alpha >= 128 ? over_white(from[0], alpha) : 0;
        to->g[at] = alpha >= 128 ? over_white(from[1], alpha) : 0;
        to->b[at] = alpha >= 128 ? over_white(from[2], alpha) : 0;
    }
}

static inline int32_t apart(int32_t a, int32_t b) {
    return a < b ? b - a : a - b;
}

static inline uint8_t *channel_of(const gif_planes *planes, int32_t channel) {
    return channel == 0 ? planes->r : channel == 1 ? planes->g : planes->b;
}

static inline uint8_t distance(uint8_t a, uint8_t b) {
    return (uint8_t)(a < b ? b - a : a - b);
}

/* A stretch of a plane, while the pictures ahead are added to it. */
typedef struct {
    uint8_t within[STRETCH];    /* 255 while the pixel has stayed within the limit, then 0 */
    uint8_t length[STRETCH];    /* pictures for which it did, */
    uint16_t sum[STRETCH];      /* ... their sum, */
    uint16_t share[STRETCH];    /* ... and what one of so many is in 65536ths, where they are two or more */
} run;

HOT static void begin_run(run *restrict to, const uint8_t *restrict from, size_t pixels) {
    for (size_t i = 0; i < pixels; i++) {
        to->within[i] = UINT8_MAX;
        to->length[i] = 1;
        to->sum[i] = from[i];
        to->share[i] = 0;
    }
}

/* Add the picture that makes `count` of them. */
HOT static void go_on(run *restrict to, const uint8_t *restrict from, const uint8_t *restrict next, size_t pixels,
                      int32_t count, int32_t limit) {
    uint8_t most = (uint8_t)limit;
    uint16_t share = (uint16_t)(UINT16_MAX / count + 1);
    for (size_t i = 0; i < pixels; i++) {
        uint8_t within = (uint8_t)(to->within[i] & -(distance(from[i], next[i]) <= most));
        uint16_t wide = (uint16_t)(int8_t)within;
        to->within[i] = within;
        to->length[i] = (uint8_t)(to->length[i] - within);
        to->sum[i] = (uint16_t)(to->sum[i] + (next[i] & within));
        to->share[i] = (uint16_t)((share & wide) | (to->share[i] & ~wide));
    }
}

/* 1 where pixels go the same way by more than `drift` on average: they don't only tremble. Of a piece the sums fit. */
static inline int32_t drifts(const uint8_t *restrict within, const uint8_t *restrict from, const uint8_t *restrict next,
                             size_t pixels, int32_t limit, int32_t drift) {
    int16_t way = 0, count = 0, most = (int16_t)limit;
    for (size_t i = 0; i < pixels; i++) {
        int16_t off = (int16_t)(next[i] - from[i]);
        int16_t goes_on = (int16_t)((int16_t)(int8_t)within[i] & -((off <= most) & (off >= -most)));
        way = (int16_t)(way + (off & goes_on));
        count = (int16_t)(count - goes_on);
    }
    return (way < 0 ? -way : way) > drift * count;
}

HOT static void stop_drifting(run *restrict of, const uint8_t *restrict from, const uint8_t *restrict next, size_t pixels,
                              int32_t limit, int32_t drift) {
    size_t at = 0;
    for (; at + PIECE <= pixels; at += PIECE)
        if (drifts(of->within + at, from + at, next + at, PIECE, limit, drift))
            memset(of->within + at, 0, PIECE);
    if (drifts(of->within + at, from + at, next + at, pixels - at, limit, drift))
        memset(of->within + at, 0, pixels - at);
}

/* The means are exact: a sum is so small that what a share is rounded by can't reach the next whole number. */
HOT static void end_run(uint8_t *restrict out, uint8_t *restrict stays, const run *restrict from, size_t pixels) {
    for (size_t i = 0; i < pixels; i++) {
        uint8_t ahead = (uint8_t)(from->length[i] - 1), alone = (uint8_t)-(ahead == 0);
        uint16_t sum = (uint16_t)(from->sum[i] + (from->length[i] >> 1));
        uint8_t mean = (uint8_t)((uint32_t)sum * from->share[i] >> 16);
        out[i] = (uint8_t)((alone & sum) | (~alone & mean));
        stays[i] = ahead < stays[i] ? ahead : stays[i];
    }
}

/* One channel of a stretch. */
static void denoise(uint8_t *out, uint8_t *stays, const uint8_t *const *pictures, int32_t count, size_t pixels,
                    int32_t limit, int32_t drift) {
    run one;
    begin_run(&one, pictures[0], pixels);
    for (int32_t k = 1; k < count; k++) {
        if (k > GIF_WHILE)
            stop_drifting(&one, pictures[0], pictures[k], pixels, limit, drift);
        go_on(&one, pictures[0], pictures[k], pixels, k + 1, limit);
    }
    end_run(out, stays, &one, pixels);
}

void gif_denoise(gif_planes *out, uint8_t *stays, const gif_planes *pictures, int32_t count, size_t pixels,
                 int32_t limit, int32_t drift) {
    memset(stays, count - 1, pixels);
    for (size_t at = 0; at < pixels; at += STRETCH)
        for (int32_t channel = 0; channel < 3; channel++) {
            const uint8_t *from[GIF_LOOK_AHEAD + 1];
            for (int32_t k = 0; k < count; k++)
                from[k] = channel_of(&pictures[k], channel) + at;
            size_t length = pixels - at < STRETCH ? pixels - at : STRETCH;
            denoise(channel_of(out, channel) + at, stays + at, from, count, length, limit, drift);
        }
}

HOT void gif_mark_same(uint8_t *restrict same, const gif_planes *now, const gif_planes *was, size_t pixels,
                           int32_t limit) {
    const uint8_t *restrict r = now->r, *restrict g = now->g, *restrict b = now->b;
    const uint8_t *restrict was_r = was->r, *restrict was_g = was->g, *restrict was_b = was->b;
    for (size_t i = 0; i < pixels; i++)
        same[i] = (uint8_t)((apart(r[i], was_r[i]) <= limit) & (apart(g[i], was_g[i]) <= limit) &
                            (apart(b[i], was_b[i]) <= 2 * limit));
}

HOT int32_t gif_count_renewed(const uint8_t *restrict keep, const gif_planes *now, const gif_planes *was, size_t pixels,
                              int32_t limit) {
    const uint8_t *restrict r = now->r, *restrict g = now->g, *restrict b = now->b;
    const uint8_t *restrict was_r = was->r, *restrict was_g = was->g, *restrict was_b = was->b;
    int32_t count = 0;
    for (size_t i = 0; i < pixels; i++)
        count += !keep[i] & (apart(r[i], was_r[i]) <= limit) & (apart(g[i], was_g[i]) <= limit) &
                 (apart(b[i], was_b[i]) <= 2 * limit);
    return count;
}

/* Mean difference between neighbours in a block that begins at `at`, `width` and `height` being what is left there. */
static int32_t block_activity(const uint8_t *at, int32_t stride, int32_t width, int32_t height) {
    int32_t sum = 0;
    int32_t across = width - 1 < GIF_BLOCK ? width - 1 : GIF_BLOCK;
    int32_t down = height - 1 < GIF_BLOCK ? height - 1 : GIF_BLOCK;
    for (int32_t y = 0; y < down; y++, at += stride)
        for (int32_t x = 0; x < across; x++)
            sum += apart(at[x], at[x + 1]) + apart(at[x], at[x + stride]);
    return across > 0 && down > 0 ? sum / (across * down) : 0;
}

void gif_find_activity(uint8_t *levels, const gif_planes *picture, int32_t width, int32_t height) {
    for (int32_t y = 0; y < height; y += GIF_BLOCK)
        for (int32_t x = 0; x < width; x += GIF_BLOCK) {
            const uint8_t *at = picture->g + (size_t)y * (size_t)width + x;
            int32_t activity = block_activity(at, width, width - x, height - y) / 2;
            *levels++ = (uint8_t)(activity < BUSIEST ? activity : BUSIEST);
        }
}
