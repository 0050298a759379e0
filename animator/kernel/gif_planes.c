/* Pictures as planes: the passes over whole pictures that compilers turn into vector code. */
#include "gif_planes.h"

#include "gif.h"

#include <stdlib.h>
#include <string.h>

enum { BUSIEST = GIF_STAYING - 1 };

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

static inline uint8_t distance(uint8_t a, uint8_t b) {
    return (uint8_t)(a < b ? b - a : a - b);
}

HOT static void denoise_plane(uint8_t *restrict out, uint8_t *restrict stays, const uint8_t *restrict a,
                                  const uint8_t *restrict b, const uint8_t *restrict c, const uint8_t *restrict d,
                                  size_t pixels, int32_t limit) {
    uint8_t most = (uint8_t)limit;
    for (size_t i = 0; i < pixels; i++) {
        uint8_t to_two = (uint8_t)-(distance(a[i], b[i]) <= most);
        uint8_t to_three = (uint8_t)(to_two & -(distance(a[i], c[i]) <= most));
        uint8_t to_four = (uint8_t)(to_three & -(distance(a[i], d[i]) <= most));
        uint16_t two = (uint16_t)(a[i] + b[i] + 1), three = (uint16_t)(a[i] + b[i] + c[i] + 1);
        uint16_t four = (uint16_t)(a[i] + b[i] + c[i] + d[i] + 2);
        /* A third, exactly, in 16 bits. */
        uint8_t pair = (uint8_t)(two >> 1), triple = (uint8_t)((uint16_t)(three * 85u + (three >> 2) + 85u) >> 8);
        uint8_t all = (uint8_t)(four >> 2);
        uint8_t length = (uint8_t)-(to_two + to_three + to_four);
        uint8_t mean = (uint8_t)((to_two & pair) | (~to_two & a[i]));
        mean = (uint8_t)((to_three & triple) | (~to_three & mean));
        out[i] = (uint8_t)((to_four & all) | (~to_four & mean));
        stays[i] = length < stays[i] ? length : stays[i];
    }
}

void gif_denoise(gif_planes *out, uint8_t *stays, const gif_planes *const pictures[4], size_t pixels, int32_t limit) {
    const gif_planes *a = pictures[0], *b = pictures[1], *c = pictures[2], *d = pictures[3];
    memset(stays, GIF_LOOK_AHEAD, pixels);
    denoise_plane(out->r, stays, a->r, b->r, c->r, d->r, pixels, limit);
    denoise_plane(out->g, stays, a->g, b->g, c->g, d->g, pixels, limit);
    denoise_plane(out->b, stays, a->b, b->b, c->b, d->b, pixels, limit);
}

HOT void gif_mark_same(uint8_t *restrict same, const gif_planes *now, const gif_planes *was, size_t pixels,
                           int32_t limit) {
    const uint8_t *restrict r = now->r, *restrict g = now->g, *restrict b = now->b;
    const uint8_t *restrict was_r = was->r, *restrict was_g = was->g, *restrict was_b = was->b;
    for (size_t i = 0; i < pixels; i++)
        same[i] = (uint8_t)((apart(r[i], was_r[i]) <= limit) & (apart(g[i], was_g[i]) <= limit) &
                            (apart(b[i], was_b[i]) <= 2 * limit));
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
