/* Lettering and drawings nearly without loss. Where a picture is even it stays as it is, at edges it loses bits that
 * nobody sees there, and what a codec's noise has roughened becomes repetition again. */
#include "webp_near.h"

#include "webp_planes.h"

#include <stdlib.h>
#include <string.h>

/* Two chroma samples are very different from this many steps on. */
enum { HARD = 24 };
/* Chroma further apart than so many steps is more than roundings. */
enum { FAR = 4 };
enum { BLUE, GREEN, RED, ALPHA, CHANNELS };
enum { OPAQUE = 255 };
/* One line of this many is looked at for a guess. */
enum { SAMPLED = 4 };
/* A pixel is even that differs by less than ROUGH from its neighbours, and at an edge from EDGE on. Of lettering at most
 * so many are rough, and most of those at an edge (0.60 to 0.77 of them; of films 0.09 to 0.45). */
enum { ROUGH = 2, EDGE = 12 };
static const double MOST_ROUGH = 0.75, LEAST_EDGES = 0.52;

static inline int32_t sample(webp_area plane, int32_t x, int32_t y) {
    return plane.at[(ptrdiff_t)y * plane.stride + x];
}

/* -- chroma --------------------------------------------------------------------------------------------------- */

static int32_t is_hard(webp_area plane, int32_t x, int32_t y) {
    const uint8_t *at = plane.at + (ptrdiff_t)y * plane.stride + x;
    return abs(at[1] - at[0]) >= HARD || abs(at[plane.stride] - at[0]) >= HARD;
}

int32_t webp_hard_edges(const webp_image *image) {
    webp_area blue = webp_plane(image, WEBP_BLUE), red = webp_plane(image, WEBP_RED);
    int64_t found = 0;
    for (int32_t y = 0; y + 1 < blue.height; y++)
        for (int32_t x = 0; x + 1 < blue.width; x++)
            found += is_hard(blue, x, y) || is_hard(red, x, y);
    return (int32_t)(1000 * found / ((int64_t)blue.width * blue.height));
}

static int64_t far_samples(webp_area plane, webp_area other) {
    int64_t found = 0;
    for (int32_t y = 0; y < plane.height; y++)
        for (int32_t x = 0; x < plane.width; x++)
            found += abs(sample(plane, x, y) - sample(other, x, y)) > FAR;
    return found;
}

int32_t webp_far_chroma(const webp_image *image, const webp_image *other) {
    webp_area blue = webp_plane(image, WEBP_BLUE), red = webp_plane(image, WEBP_RED);
    int64_t found = far_samples(blue, webp_plane(other, WEBP_BLUE)) + far_samples(red, webp_plane(other, WEBP_RED));
    return (int32_t)(1000 * found / (2 * (int64_t)blue.width * blue.height));
}

static webp_area whole_plane(const webp_image *image, int32_t place) {
    return (webp_area){image->plane[place], image->stride[place], image->width, image->height};
}

static void halve_plane(webp_area whole, webp_area half) {
    for (int32_t y = 0; y < half.height; y++) {
        const uint8_t *upper = whole.at + (ptrdiff_t)(2 * y) * whole.stride;
        const uint8_t *lower = whole.at + (ptrdiff_t)webp_least(2 * y + 1, whole.height - 1) * whole.stride;
        for (int32_t x = 0; x < half.width; x++) {
            int32_t left = 2 * x, right = webp_least(2 * x + 1, whole.width - 1);
            half.at[(ptrdiff_t)y * half.stride + x] = (uint8_t)((upper[left] + upper[right] + lower[left] + lower[right] + 2) / 4);
        }
    }
}

void webp_halve(const webp_image *whole, const webp_image *target) {
    webp_copy(whole_plane(whole, WEBP_LUMA), webp_plane(target, WEBP_LUMA));
    halve_plane(whole_plane(whole, WEBP_BLUE), webp_plane(target, WEBP_BLUE));
    halve_plane(whole_plane(whole, WEBP_RED), webp_plane(target, WEBP_RED));
}

/* -- colours -------------------------------------------------------------------------------------------------- */

static inline uint8_t within_byte(int32_t value) {
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

/* Halved chroma at a pixel, as players make it whole: of the sample that covers it nine parts, of its neighbours on the
 * pixel's side three and one. */
static inline int32_t spread(webp_area plane, int32_t x, int32_t y) {
    int32_t near_x = x >> 1, near_y = y >> 1, far_x = near_x + (x & 1 ? 1 : -1), far_y = near_y + (y & 1 ? 1 : -1);
    far_x = far_x < 0 ? 0 : webp_least(far_x, plane.width - 1);
    far_y = far_y < 0 ? 0 : webp_least(far_y, plane.height - 1);
    int32_t covers = sample(plane, near_x, near_y), corner = sample(plane, far_x, far_y);
    return (9 * covers + 3 * sample(plane, far_x, near_y) + 3 * sample(plane, near_x, far_y) + corner + 8) >> 4;
}

/* ITU-R BT.601, limited range, in 256ths. */
static inline void write_colour(uint8_t *out, int32_t luma, int32_t blue, int32_t red) {
    int32_t light = 298 * (luma - 16) + 128;
    blue -= 128;
    red -= 128;
    out[BLUE] = within_byte((light + 516 * blue) >> 8);
    out[GREEN] = within_byte((light - 100 * blue - 208 * red) >> 8);
    out[RED] = within_byte((light + 409 * red) >> 8);
    out[ALPHA] = OPAQUE;
}

static void write_patch(const webp_image *image, int32_t whole, const webp_patch *patch, uint8_t *out) {
    webp_area luma = webp_plane(image, WEBP_LUMA), blue = webp_plane(image, WEBP_BLUE), red = webp_plane(image, WEBP_RED);
    for (int32_t y = patch->y; y < patch->y + patch->height; y++)
        for (int32_t x = patch->x; x < patch->x + patch->width; x++, out += CHANNELS)
            write_colour(out, sample(luma, x, y), whole ? sample(blue, x, y) : spread(blue, x, y),
                         whole ? sample(red, x, y) : spread(red, x, y));
}

/* -- what may be lost ----------------------------------------------------------------------------------------- */

static inline int32_t apart(const uint8_t *a, const uint8_t *b) {
    int32_t most = abs(a[BLUE] - b[BLUE]);
    for (int32_t i = GREEN; i <= RED; i++)
        most = abs(a[i] - b[i]) > most ? abs(a[i] - b[i]) : most;
    return most;
}

/* How many bits a pixel loses whose neighbours are so far off. */
static inline int32_t bits_lost(int32_t far, const webp_nearness *nearness) {
    int32_t bits = 0;
    while (bits < nearness->bits && 2 << bits <= far)
        bits++;
    return bits;
}

/* So many steps off a neighbour it is drawn as that one. */
static inline int32_t steps_lost(int32_t bits, const webp_nearness *nearness) {
    int32_t half = bits ? 1 << (bits - 1) : 0;
    return half > nearness->alike ? half : nearness->alike;
}

int32_t webp_is_drawn(const webp_image *image) {
    webp_area luma = webp_plane(image, WEBP_LUMA);
    int64_t rough = 0, edges = 0, seen = 0;
    for (int32_t y = 1; y < luma.height; y += SAMPLED)
        for (int32_t x = 1; x < luma.width; x++, seen++) {
            int32_t here = sample(luma, x, y), left = abs(here - sample(luma, x - 1, y)), above = abs(here - sample(luma, x, y - 1));
            int32_t most = left > above ? left : above;
            rough += most >= ROUGH;
            edges += most >= EDGE;
        }
    return (double)rough <= MOST_ROUGH * (double)seen && (double)edges >= LEAST_EDGES * (double)rough;
}

double webp_differing(const webp_image *image, const webp_nearness *nearness) {
    webp_area luma = webp_plane(image, WEBP_LUMA);
    int64_t differing = 0, seen = 0;
    for (int32_t y = 1; y < luma.height; y += SAMPLED)
        for (int32_t x = 1; x < luma.width; x++, seen++) {
            int32_t here = sample(luma, x, y), left = abs(here - sample(luma, x - 1, y)), above = abs(here - sample(luma, x, y - 1));
            int32_t most = left > above ? left : above;
            differing += (left < above ? left : above) > steps_lost(bits_lost(most, nearness), nearness);
        }
    return seen ? (double)differing / (double)seen : 1;
}

static inline uint8_t rounded(uint8_t value, int32_t bits) {
    return within_byte((value + (1 << bits) / 2) & ~((1 << bits) - 1));
}

/* How far a pixel is from its neighbours: from the furthest and from the nearest one. */
typedef struct {
    int32_t most, least;
} contrast;

/* `stride` is that of the picture around it, x and y its place there. */
static contrast contrast_at(const uint8_t *pixel, ptrdiff_t stride, const webp_patch *patch, int32_t x, int32_t y) {
    const uint8_t *neighbours[] = {
        x ? pixel - CHANNELS : NULL, x + 1 < patch->width ? pixel + CHANNELS : NULL,
        y ? pixel - stride : NULL, y + 1 < patch->height ? pixel + stride : NULL,
    };
    contrast found = {0, OPAQUE};
    for (int32_t i = 0; i < 4; i++) {
        int32_t far = neighbours[i] ? apart(pixel, neighbours[i]) : found.most;
        found.most = far > found.most ? far : found.most;
        found.least = neighbours[i] ? webp_least(far, found.least) : found.least;
    }
    return found;
}

/* Which of the pixels drawn to the left, above and in between is nearest to what should be, and no further than
 * `tolerance`; or NULL. `drawn` is the pixel's own place. */
static const uint8_t *alike(const uint8_t *pixel, const uint8_t *drawn, ptrdiff_t stride, int32_t x, int32_t y, int32_t tolerance) {
    const uint8_t *neighbours[] = {x ? drawn - CHANNELS : NULL, y ? drawn - stride : NULL, x && y ? drawn - stride - CHANNELS : NULL};
    const uint8_t *found = NULL;
    for (int32_t i = 0; i < 3; i++) {
        int32_t far = neighbours[i] ? apart(pixel, neighbours[i]) : OPAQUE;
        if (far > tolerance)
            continue;
        found = neighbours[i];
        tolerance = far - 1;
    }
    return found;
}

static void draw_pixel(const uint8_t *pixel, uint8_t *drawn, int32_t bits, const uint8_t *same) {
    for (int32_t i = BLUE; i <= RED; i++)
        drawn[i] = same ? same[i] : rounded(pixel[i], bits);
    drawn[ALPHA] = OPAQUE;
}

static void draw_patch(const uint8_t *source, const webp_patch *patch, const webp_nearness *nearness, uint8_t *out, int32_t stride) {
    ptrdiff_t source_stride = (ptrdiff_t)patch->width * CHANNELS;
    for (int32_t y = 0; y < patch->height; y++)
        for (int32_t x = 0; x < patch->width; x++) {
            const uint8_t *pixel = source + y * source_stride + (ptrdiff_t)x * CHANNELS;
            uint8_t *drawn = out + (ptrdiff_t)y * stride + (ptrdiff_t)x * CHANNELS;
            contrast far = contrast_at(pixel, source_stride, patch, x, y);
            int32_t bits = bits_lost(far.most, nearness);
            /* What is even keeps its colour up to its edges. */
            draw_pixel(pixel, drawn, far.least ? bits : 0, alike(pixel, drawn, stride, x, y, steps_lost(bits, nearness)));
        }
}

/* What doesn't show becomes nothing at all. */
static void hide(const webp_patch *patch, const uint8_t *blocks, uint8_t *out, int32_t stride) {
    for (int32_t y = 0; y < patch->height; y++)
        for (int32_t column = 0; column < patch->columns; column++) {
            if (blocks[y / WEBP_BLOCK * patch->columns + column] == WEBP_SHOWN)
                continue;
            int32_t x = column * WEBP_BLOCK, width = webp_least(WEBP_BLOCK, patch->width - x);
            memset(out + (ptrdiff_t)y * stride + (ptrdiff_t)x * CHANNELS, 0, (size_t)width * CHANNELS);
        }
}

int32_t webp_draw_near(const webp_image *image, int32_t whole, const webp_patch *patch, const uint8_t *blocks,
                       const webp_nearness *nearness, uint8_t *out, int32_t stride) {
    uint8_t *source = malloc((size_t)patch->width * (size_t)patch->height * CHANNELS);
    if (!source)
        return 0;
    write_patch(image, whole, patch, source);
    draw_patch(source, patch, nearness, out, stride);
    hide(patch, blocks, out, stride);
    free(source);
    return 1;
}
