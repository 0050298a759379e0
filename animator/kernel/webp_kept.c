/* Noise that a coder can't keep is no change, however strong all of it together is: coding a block again would only lose
 * it once more. What moves gathers in few patterns, which are kept.
 *
 * The patterns are those of a Walsh-Hadamard transform of 4x4 pixels, which is near enough to VP8's own. */
#include "webp_kept.h"

#include "hot.h"

#include <stdlib.h>

/* The transform without a division makes coefficients so many times as large. */
enum { SCALE = 4 };

struct webp_kept {
    int32_t cells, lost, lost_mean;
    int16_t *lines[WEBP_CELL];  /* differences, then patterns along columns */
    int32_t *squares;
};

webp_kept *webp_kept_new(int32_t width, double lost, double lost_mean) {
    webp_kept *k = calloc(1, sizeof *k);
    if (!k)
        return NULL;
    k->cells = (width + WEBP_CELL - 1) / WEBP_CELL;
    k->lost = (int32_t)(SCALE * lost);
    k->lost_mean = (int32_t)(SCALE * lost_mean);
    k->squares = malloc((size_t)k->cells * sizeof *k->squares);
    int32_t had = k->squares != NULL;
    for (int32_t y = 0; y < WEBP_CELL; y++) {
        k->lines[y] = malloc((size_t)k->cells * WEBP_CELL * sizeof *k->lines[y]);
        had = had && k->lines[y];
    }
    if (had)
        return k;
    webp_kept_free(k);
    return NULL;
}

void webp_kept_free(webp_kept *k) {
    if (!k)
        return;
    for (int32_t y = 0; y < WEBP_CELL; y++)
        free(k->lines[y]);
    free(k->squares);
    free(k);
}

HOT static void subtract(int16_t *restrict to, const uint8_t *restrict now, const uint8_t *restrict was, int32_t width) {
    for (int32_t x = 0; x < width; x++)
        to[x] = (int16_t)(now[x] - was[x]);
}

HOT static void transform_columns(const webp_kept *k) {
    int16_t *restrict first = k->lines[0], *restrict second = k->lines[1];
    int16_t *restrict third = k->lines[2], *restrict fourth = k->lines[3];
    for (int32_t x = 0; x < k->cells * WEBP_CELL; x++) {
        int16_t a = (int16_t)(first[x] + third[x]), b = (int16_t)(second[x] + fourth[x]);
        int16_t c = (int16_t)(first[x] - third[x]), d = (int16_t)(second[x] - fourth[x]);
        first[x] = (int16_t)(a + b);
        second[x] = (int16_t)(a - b);
        third[x] = (int16_t)(c + d);
        fourth[x] = (int16_t)(c - d);
    }
}

static inline int32_t square(int32_t value, int32_t lost) {
    return abs(value) > lost ? value * value : 0;
}

/* Adds the squares of a line of patterns along columns, of which `lost` is for the mean along the line. */
HOT static void add_squares(int32_t *restrict squares, const int16_t *restrict line, int32_t cells, int32_t lost, int32_t rest) {
    for (int32_t i = 0; i < cells; i++) {
        const int16_t *at = line + WEBP_CELL * i;
        int32_t a = at[0] + at[2], b = at[1] + at[3], c = at[0] - at[2], d = at[1] - at[3];
        squares[i] += square(a + b, lost) + square(a - b, rest) + square(c + d, rest) + square(c - d, rest);
    }
}

const int32_t *webp_kept_row(webp_kept *k, webp_area now, webp_area was, int32_t row) {
    int32_t cells = (now.width + WEBP_CELL - 1) / WEBP_CELL;
    for (int32_t i = 0; i < WEBP_CELL; i++) {
        ptrdiff_t y = webp_least(WEBP_CELL * row + i, now.height - 1);
        subtract(k->lines[i], now.at + y * now.stride, was.at + y * was.stride, now.width);
        for (int32_t x = now.width; x < WEBP_CELL * cells; x++)
            k->lines[i][x] = k->lines[i][now.width - 1];
    }
    transform_columns(k);
    for (int32_t i = 0; i < cells; i++)
        k->squares[i] = 0;
    for (int32_t i = 0; i < WEBP_CELL; i++)
        add_squares(k->squares, k->lines[i], cells, i ? k->lost : k->lost_mean, k->lost);
    return k->squares;
}
