/* Palettes for many colours: Wu's variance cut (Graphics Gems II), then k-means. */
#include "gif_cut.h"

#include <stdlib.h>
#include <string.h>

enum { SIDE = 33 };

/* Sums over a box of colour space: pixels, channels, weighted squares. */
typedef struct {
    double n, r, g, b, s;
} moments;

typedef struct {
    int32_t low[3], high[3];
    double spread;
} box;

typedef struct {
    float r[GIF_PALETTE], g[GIF_PALETTE], b[GIF_PALETTE];
    int32_t count;
} centres;

struct gif_cutter {
    moments sums[SIDE * SIDE * SIDE];
    float r[GIF_HELD], g[GIF_HELD], b[GIF_HELD], weight[GIF_HELD], error[GIF_HELD];
    int32_t items;
    double inside;      /* the mean error of pixels to their item, which no choice of colours can mend */
};

gif_cutter *gif_cutter_new(void) {
    return calloc(1, sizeof(gif_cutter));
}

void gif_cutter_free(gif_cutter *cutter) {
    free(cutter);
}

static double square(double r, double g, double b) {
    double light = GIF_LIGHT_R * r + GIF_LIGHT_G * g + GIF_LIGHT_B * b;
    return GIF_WEIGHT_R * r * r + GIF_WEIGHT_G * g * g + GIF_WEIGHT_B * b * b +
           GIF_WEIGHT_LIGHT * light * light / (GIF_LIGHT * GIF_LIGHT);
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

/* Fill sums with each cell's own moments. */
static void gather(gif_cutter *cutter) {
    memset(cutter->sums, 0, sizeof cutter->sums);
    for (int32_t k = 0; k < cutter->items; k++) {
        double n = cutter->weight[k], r = cutter->r[k], g = cutter->g[k], b = cutter->b[k];
        moments one = {n, n * r, n * g, n * b, n * square(r, g, b)};
        add(&cutter->sums[at(((int32_t)r >> 3) + 1, ((int32_t)g >> 3) + 1, ((int32_t)b >> 3) + 1)], &one, 1);
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
    return square(m->r, m->g, m->b) / m->n;
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

/* Cut until there are as many as wanted, or all colours are on average this near to their box's. */
static int32_t cut_boxes(const gif_cutter *cutter, box *boxes, int32_t wanted, double enough, double least) {
    const moments *sums = cutter->sums;
    int32_t count = 1;
    boxes[0] = (box){{0, 0, 0}, {SIDE - 1, SIDE - 1, SIDE - 1}, 0};
    measure(sums, &boxes[0]);
    double allowed = (enough - cutter->inside) * volume(sums, &boxes[0]).n;
    while (count < wanted) {
        int32_t widest = 0;
        double spread = boxes[0].spread;
        for (int32_t i = 1; i < count; i++) {
            spread += boxes[i].spread;
            if (boxes[i].spread > boxes[widest].spread)
                widest = i;
        }
        if (boxes[widest].spread <= least || spread <= allowed)
            break;
        if (split(sums, &boxes[widest], &boxes[count]))
            count++;
        else
            boxes[widest].spread = 0;
    }
    return count;
}

/* -- refining ------------------------------------------------------------------------------------------------- */

static void centre(centres *c, float r, float g, float b) {
    c->r[c->count] = r;
    c->g[c->count] = g;
    c->b[c->count++] = b;
}

/* How far each centre is off in eighths, with its number below: the least is the nearest, the first of those as near. */
HOT static void rank_centres(int32_t *restrict ranks, const centres *c, float r, float g, float b) {
    const float *restrict cr = c->r, *restrict cg = c->g, *restrict cb = c->b;
    for (int32_t k = 0; k < c->count; k++) {
        float dr = r - cr[k], dg = g - cg[k], db = b - cb[k];
        float light = (GIF_LIGHT_R * dr + GIF_LIGHT_G * dg + GIF_LIGHT_B * db) * (1.0f / GIF_LIGHT);
        float error = GIF_WEIGHT_R * dr * dr + GIF_WEIGHT_G * dg * dg + GIF_WEIGHT_B * db * db +
                      GIF_WEIGHT_LIGHT * light * light;
        ranks[k] = (int32_t)(error * 8) << 8 | k;
    }
}

HOT static int32_t least_rank(const int32_t *ranks, int32_t count) {
    int32_t best = INT32_MAX;
    for (int32_t k = 0; k < count; k++)
        best = ranks[k] < best ? ranks[k] : best;
    return best;
}

/* The nearest centre of an item, and how far off it is. */
static int32_t nearest_centre(gif_cutter *cutter, const centres *c, int32_t item) {
    int32_t ranks[GIF_PALETTE];
    rank_centres(ranks, c, cutter->r[item], cutter->g[item], cutter->b[item]);
    int32_t best = least_rank(ranks, c->count);
    cutter->error[item] = (float)(best >> 8) / 8;
    return best & 255;
}

/* The mean error of the pixels counted. */
static double mean_error(gif_cutter *cutter, const centres *c) {
    double sum = 0, n = 0;
    for (int32_t i = 0; i < cutter->items; i++) {
        nearest_centre(cutter, c, i);
        sum += (double)cutter->weight[i] * cutter->error[i];
        n += cutter->weight[i];
    }
    return n > 0 ? sum / n + cutter->inside : 0;
}

/* Where boxes can't be cut any further, the colours that are furthest off by their weight become centres. */
static void fill_up(gif_cutter *cutter, centres *c, int32_t wanted, double enough, double least) {
    if (c->count >= wanted || mean_error(cutter, c) <= enough)
        return;
    while (c->count < wanted) {
        int32_t worst = 0;
        for (int32_t i = 1; i < cutter->items; i++)
            if (cutter->weight[i] * cutter->error[i] > cutter->weight[worst] * cutter->error[worst])
                worst = i;
        if (cutter->weight[worst] * cutter->error[worst] <= least)
            return;
        centre(c, cutter->r[worst], cutter->g[worst], cutter->b[worst]);
        for (int32_t i = 0; i < cutter->items; i++) {
            float error = (float)square(cutter->r[i] - cutter->r[worst], cutter->g[i] - cutter->g[worst],
                                        cutter->b[i] - cutter->b[worst]);
            cutter->error[i] = error < cutter->error[i] ? error : cutter->error[i];
        }
    }
}

/* Move each centre to the mean of the colours that are nearest to it. */
static void refine(gif_cutter *cutter, centres *c) {
    moments sums[GIF_PALETTE];
    memset(sums, 0, sizeof sums);
    for (int32_t i = 0; i < cutter->items; i++) {
        double n = cutter->weight[i];
        moments one = {n, n * cutter->r[i], n * cutter->g[i], n * cutter->b[i], 0};
        add(&sums[nearest_centre(cutter, c, i)], &one, 1);
    }
    for (int32_t k = 0; k < c->count; k++) {
        if (sums[k].n <= 0)
            continue;
        c->r[k] = (float)(sums[k].r / sums[k].n);
        c->g[k] = (float)(sums[k].g / sums[k].n);
        c->b[k] = (float)(sums[k].b / sums[k].n);
    }
}

/* -- outside -------------------------------------------------------------------------------------------------- */

void gif_cutter_take(gif_cutter *cutter, const gif_census *census) {
    double inside = 0, all = 0;
    cutter->items = census->held;
    for (int32_t k = 0; k < census->held; k++) {
        const gif_bin *bin = &census->bins[k];
        double n = (double)bin->count, r = (double)bin->r / n, g = (double)bin->g / n, b = (double)bin->b / n;
        cutter->r[k] = (float)r;
        cutter->g[k] = (float)g;
        cutter->b[k] = (float)b;
        cutter->weight[k] = (float)n;
        inside += (double)bin->squares / (GIF_LIGHT * GIF_LIGHT) - n * square(r, g, b);
        all += n;
    }
    cutter->inside = all > 0 && inside > 0 ? inside / all : 0;
}

double gif_cutter_error(gif_cutter *cutter, const uint8_t *colours, int32_t count) {
    centres c = {.count = 0};
    for (int32_t i = 0; i < count; i++)
        centre(&c, colours[3 * i], colours[3 * i + 1], colours[3 * i + 2]);
    return mean_error(cutter, &c);
}

static uint8_t rounded(float value) {
    int32_t whole = (int32_t)(value + 0.5f);
    return (uint8_t)(whole < 0 ? 0 : whole > 255 ? 255 : whole);
}

int32_t gif_cutter_cut(gif_cutter *cutter, uint8_t *colours, int32_t wanted, int32_t passes, double enough,
                       double least) {
    box boxes[GIF_PALETTE];
    centres c = {.count = 0};
    gather(cutter);
    accumulate(cutter->sums);
    int32_t count = cut_boxes(cutter, boxes, wanted, enough, least);
    for (int32_t i = 0; i < count; i++) {
        moments m = volume(cutter->sums, &boxes[i]);
        double n = m.n > 0 ? m.n : 1;
        centre(&c, (float)(m.r / n), (float)(m.g / n), (float)(m.b / n));
    }
    fill_up(cutter, &c, wanted, enough, least);
    for (int32_t pass = 0; pass < passes; pass++)
        refine(cutter, &c);
    for (int32_t i = 0; i < c.count; i++) {
        colours[3 * i] = rounded(c.r[i]);
        colours[3 * i + 1] = rounded(c.g[i]);
        colours[3 * i + 2] = rounded(c.b[i]);
    }
    return c.count;
}
