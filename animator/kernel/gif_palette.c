/* Palettes: exact ones for few colours; else a histogram, Wu's variance cut (Graphics Gems II) and k-means. */
#include "gif_palette.h"

#include <stdlib.h>
#include <string.h>

enum { SIDE = 33, PADDED = 8, FAR = 1000 };     /* FAR: no colour of a picture comes near */

/* Sums over a box of colour space: pixels, channels, weighted squares. */
typedef struct {
    double n, r, g, b, s;
} moments;

typedef struct {
    int32_t low[3], high[3];
    double spread;
} box;

struct gif_cutter {
    moments sums[SIDE * SIDE * SIDE];
    float r[GIF_BINS], g[GIF_BINS], b[GIF_BINS], weight[GIF_BINS];
    int32_t bins;
};

gif_cutter *gif_cutter_new(void) {
    return calloc(1, sizeof(gif_cutter));
}

void gif_cutter_free(gif_cutter *cutter) {
    free(cutter);
}

/* -- exact palettes ------------------------------------------------------------------------------------------- */

void gif_palette_clear(gif_palette *palette, int32_t most) {
    palette->colours = 0;
    palette->most = most;
    palette->exact = 1;
    memset(palette->slot_colour, 0, sizeof palette->slot_colour);
}

int32_t gif_palette_note(gif_palette *palette, uint32_t rgb) {
    uint32_t key = rgb | 0x01000000u;
    uint32_t slot = gif_slot(palette, key);
    if (palette->slot_colour[slot])
        return palette->slot_index[slot];
    if (palette->colours == palette->most)
        return -1;
    int32_t index = palette->colours++;
    palette->slot_colour[slot] = key;
    palette->slot_index[slot] = (uint8_t)index;
    palette->r[index] = (int32_t)(rgb >> 16 & 255);
    palette->g[index] = (int32_t)(rgb >> 8 & 255);
    palette->b[index] = (int32_t)(rgb & 255);
    return index;
}

/* -- cutting -------------------------------------------------------------------------------------------------- */

static int32_t at(int32_t r, int32_t g, int32_t b) {
    return (r * SIDE + g) * SIDE + b;
}

static void add(moments *to, const moments *from, double sign) {
    to->n += sign * from->n;
    to->r += sign * from->r;
    to->g += sign * from->g;
    to->b += sign * from->b;
    to->s += sign * from->s;
}

/* Fill sums with each bin's own moments and list the bins that hold anything. */
static void gather(gif_cutter *cutter, const gif_bin *bins) {
    memset(cutter->sums, 0, sizeof cutter->sums);
    cutter->bins = 0;
    for (int32_t i = 0; i < GIF_BINS; i++) {
        if (!bins[i].count)
            continue;
        double n = bins[i].count;
        double r = bins[i].r / n, g = bins[i].g / n, b = bins[i].b / n;
        double s = GIF_WEIGHT_R * r * r + GIF_WEIGHT_G * g * g + GIF_WEIGHT_B * b * b;
        cutter->sums[at((i >> 10) + 1, (i >> 5 & 31) + 1, (i & 31) + 1)] = (moments){n, n * r, n * g, n * b, n * s};
        int32_t k = cutter->bins++;
        cutter->r[k] = (float)r;
        cutter->g[k] = (float)g;
        cutter->b[k] = (float)b;
        cutter->weight[k] = (float)n;
    }
}

/* Turn sums into cumulative ones: sums[r, g, b] covers all bins below. */
static void accumulate(moments *sums) {
    for (int32_t r = 1; r < SIDE; r++) {
        moments area[SIDE] = {0};
        for (int32_t g = 1; g < SIDE; g++) {
            moments line = {0};
            for (int32_t b = 1; b < SIDE; b++) {
                moments *here = &sums[at(r, g, b)];
                add(&line, here, 1);
                add(&area[b], &line, 1);
                *here = sums[at(r - 1, g, b)];
                add(here, &area[b], 1);
            }
        }
    }
}

static moments volume(const moments *sums, const box *x) {
    moments total = {0};
    for (int32_t corner = 0; corner < 8; corner++) {
        int32_t r = corner & 4 ? x->low[0] : x->high[0];
        int32_t g = corner & 2 ? x->low[1] : x->high[1];
        int32_t b = corner & 1 ? x->low[2] : x->high[2];
        int32_t lows = (corner >> 2 & 1) + (corner >> 1 & 1) + (corner & 1);
        add(&total, &sums[at(r, g, b)], lows & 1 ? -1 : 1);
    }
    return total;
}

static double energy(const moments *m) {
    if (m->n <= 0)
        return 0;
    return (GIF_WEIGHT_R * m->r * m->r + GIF_WEIGHT_G * m->g * m->g + GIF_WEIGHT_B * m->b * m->b) / m->n;
}

static void measure(const moments *sums, box *x) {
    moments m = volume(sums, x);
    x->spread = m.s - energy(&m);
}

/* Split `x` where the variance falls most; the other half goes to `other`. 0 when it can't be split. */
static int32_t split(const moments *sums, box *x, box *other) {
    double best = -1;
    int32_t best_axis = -1, best_cut = 0;
    moments whole = volume(sums, x);
    for (int32_t axis = 0; axis < 3; axis++) {
        box lower = *x;
        for (int32_t cut = x->low[axis] + 1; cut < x->high[axis]; cut++) {
            lower.high[axis] = cut;
            moments below = volume(sums, &lower), above = whole;
            add(&above, &below, -1);
            if (below.n < 0.5 || above.n < 0.5)
                continue;
            double gain = energy(&below) + energy(&above);
            if (gain > best) {
                best = gain;
                best_axis = axis;
                best_cut = cut;
            }
        }
    }
    if (best_axis < 0)
        return 0;
    *other = *x;
    x->high[best_axis] = other->low[best_axis] = best_cut;
    measure(sums, x);
    measure(sums, other);
    return 1;
}

static int32_t cut_boxes(const moments *sums, box *boxes, int32_t wanted) {
    int32_t count = 1;
    boxes[0] = (box){{0, 0, 0}, {SIDE - 1, SIDE - 1, SIDE - 1}, 0};
    measure(sums, &boxes[0]);
    while (count < wanted) {
        int32_t widest = 0;
        for (int32_t i = 1; i < count; i++)
            if (boxes[i].spread > boxes[widest].spread)
                widest = i;
        if (boxes[widest].spread <= 1e-9)
            break;
        if (split(sums, &boxes[widest], &boxes[count]))
            count++;
        else
            boxes[widest].spread = 0;
    }
    return count;
}

/* -- refining ------------------------------------------------------------------------------------------------- */

typedef struct {
    float r[GIF_PALETTE], g[GIF_PALETTE], b[GIF_PALETTE];
    int32_t count, padded;
} centres;

static void centres_from_boxes(centres *c, const moments *sums, const box *boxes, int32_t count) {
    for (int32_t i = 0; i < GIF_PALETTE; i++)
        c->r[i] = c->g[i] = c->b[i] = 1e6f;
    for (int32_t i = 0; i < count; i++) {
        moments m = volume(sums, &boxes[i]);
        double n = m.n > 0 ? m.n : 1;
        c->r[i] = (float)(m.r / n);
        c->g[i] = (float)(m.g / n);
        c->b[i] = (float)(m.b / n);
    }
    c->count = count;
    c->padded = (count + PADDED - 1) / PADDED * PADDED;
}

HOT static int32_t nearest_centre(const centres *c, float r, float g, float b) {
    float error[GIF_PALETTE];
    for (int32_t k = 0; k < c->padded; k++) {
        float dr = r - c->r[k], dg = g - c->g[k], db = b - c->b[k];
        error[k] = GIF_WEIGHT_R * dr * dr + GIF_WEIGHT_G * dg * dg + GIF_WEIGHT_B * db * db;
    }
    int32_t best = 0;
    for (int32_t k = 1; k < c->count; k++)
        if (error[k] < error[best])
            best = k;
    return best;
}

static void refine(centres *c, const gif_cutter *cutter) {
    moments sums[GIF_PALETTE];
    memset(sums, 0, sizeof sums);
    for (int32_t i = 0; i < cutter->bins; i++) {
        moments *m = &sums[nearest_centre(c, cutter->r[i], cutter->g[i], cutter->b[i])];
        double n = cutter->weight[i];
        m->n += n;
        m->r += n * cutter->r[i];
        m->g += n * cutter->g[i];
        m->b += n * cutter->b[i];
    }
    for (int32_t k = 0; k < c->count; k++) {
        if (sums[k].n <= 0)
            continue;
        c->r[k] = (float)(sums[k].r / sums[k].n);
        c->g[k] = (float)(sums[k].g / sums[k].n);
        c->b[k] = (float)(sums[k].b / sums[k].n);
    }
}

static int32_t rounded(float value) {
    int32_t whole = (int32_t)(value + 0.5f);
    return whole < 0 ? 0 : whole > 255 ? 255 : whole;
}

static void settle(gif_palette *palette, const centres *c) {
    palette->colours = c->count;
    palette->exact = 0;
    palette->padded = c->padded;
    for (int32_t i = 0; i < c->padded; i++) {
        palette->r[i] = i < c->count ? rounded(c->r[i]) : FAR;
        palette->g[i] = i < c->count ? rounded(c->g[i]) : FAR;
        palette->b[i] = i < c->count ? rounded(c->b[i]) : FAR;
    }
    memset(palette->cell, 0xff, sizeof palette->cell);
}

void gif_palette_cut(gif_palette *palette, gif_cutter *cutter, const gif_bin *bins, int32_t colours, int32_t passes) {
    box boxes[GIF_PALETTE];
    centres c;
    gather(cutter, bins);
    accumulate(cutter->sums);
    int32_t count = cut_boxes(cutter->sums, boxes, colours < GIF_COLOURS ? colours : GIF_COLOURS);
    centres_from_boxes(&c, cutter->sums, boxes, count);
    for (int32_t pass = 0; pass < passes; pass++)
        refine(&c, cutter);
    settle(palette, &c);
}

/* -- looking up ----------------------------------------------------------------------------------------------- */

/* Each colour's error with its index below it: the smallest is the nearest, the lower index where two are as near. */
HOT static void rank_all(int32_t *restrict ranks, const gif_palette *palette, int32_t r, int32_t g, int32_t b) {
    const int32_t *restrict pr = palette->r, *restrict pg = palette->g, *restrict pb = palette->b;
    for (int32_t k = 0; k < palette->padded; k++)
        ranks[k] = gif_error(pr[k] - r, pg[k] - g, pb[k] - b) << 8 | k;
}

HOT static int32_t least_of(const int32_t *ranks, int32_t count) {
    int32_t best = INT32_MAX;
    for (int32_t k = 0; k < count; k++)
        best = ranks[k] < best ? ranks[k] : best;
    return best;
}

uint16_t gif_palette_cell(gif_palette *palette, uint32_t cell) {
    int32_t ranks[GIF_PALETTE];
    int32_t r = (int32_t)(cell >> 12) * 4 + 2, g = (int32_t)(cell >> 6 & 63) * 4 + 2, b = (int32_t)(cell & 63) * 4 + 2;
    rank_all(ranks, palette, r, g, b);
    int32_t one = least_of(ranks, palette->padded) & 255;
    ranks[one] = palette->colours > 1 ? INT32_MAX : ranks[one];
    int32_t other = least_of(ranks, palette->padded) & 255;
    palette->cell[cell] = (uint16_t)(one | other << 8);
    return palette->cell[cell];
}
