/* How much there is to code in a picture: what decides between ways of coding it. */
#include "hot.h"
#include "webp_planes.h"

#include <stdlib.h>

/* What a flat block still costs, in the unit of webp_detail. */
enum { FLAT = 64 };

static inline int32_t coarse(int32_t a, int32_t b, int32_t fine) {
    int32_t apart = abs(a - b);
    return apart > fine ? apart : 0;
}

HOT static int32_t line_detail(const uint8_t *restrict at, const uint8_t *restrict above, int32_t width, int32_t fine) {
    int32_t sum = 0;
    for (int32_t x = 1; x < width; x++)
        sum += coarse(at[x], at[x - 1], fine) + coarse(at[x], above[x], fine);
    return sum;
}

int32_t webp_detail(webp_area block, int32_t fine) {
    int32_t sum = FLAT;
    for (int32_t y = 1; y < block.height; y++) {
        const uint8_t *at = block.at + (ptrdiff_t)y * block.stride;
        sum += line_detail(at, at - block.stride, block.width, fine);
    }
    return sum;
}

/* -- lossless ------------------------------------------------------------------------------------------------- */

/* One line of this many is looked at. */
enum { SAMPLED = 4 };
/* The logarithm is linear between powers of two, 0.09 too low at most: the same on every machine. */
static double binary_logarithm(double value) {
    int32_t whole = 0;
    for (; value >= 2; value /= 2)
        whole++;
    return whole + value - 1;
}

static int32_t between(int32_t value, int32_t a, int32_t b) {
    int32_t low = a < b ? a : b, high = a < b ? b : a;
    return value < low ? low : value > high ? high : value;
}

/* The bits that a pixel's difference from what its neighbours promise needs, by how often each difference occurs. */
static double bits_each(webp_area plane) {
    int32_t counts[256] = {0}, total = 0;
    for (int32_t y = 1; y < plane.height; y += SAMPLED) {
        const uint8_t *at = plane.at + (ptrdiff_t)y * plane.stride, *above = at - plane.stride;
        for (int32_t x = 1; x < plane.width; x++)
            counts[(at[x] - between(at[x - 1] + above[x] - above[x - 1], at[x - 1], above[x])) & 255]++;
        total += plane.width - 1;
    }
    double bits = 0;
    for (int32_t i = 0; i < 256; i++)
        if (counts[i])
            bits += counts[i] * binary_logarithm((double)total / counts[i]);
    return total > 0 ? bits / total : 0;
}

double webp_lossless_guess(const webp_image *image) {
    double bits = 0;
    for (int32_t place = WEBP_LUMA; place < WEBP_ALPHA; place++)
        bits += bits_each(webp_plane(image, place));
    return bits * image->width * image->height / 8;
}
