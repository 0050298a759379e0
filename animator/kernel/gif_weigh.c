/* What is left as it is because drawing it would cost more than it is worth. LZW makes long strings of pixels that are
 * left, so that a lone pixel among them breaks one string and begins two: it costs several times what it does among
 * others that are drawn. So of each row that way is taken which is cheapest on the whole, bits and errors together. */
#include "gif_planner.h"

/* In 16ths of a bit: to begin to draw, or to end, and each pixel that is drawn. */
enum { BEGIN = 160, END = 160, PIXEL = 56 };
enum { LARGEST = 8191, NEVER = 1 << 20 };       /* errors are counted up to this; nothing is so dear as what can't be */
enum { ENDED = 1, BEGAN = 2 };                  /* how a pixel was come to, where it is left and where it is drawn */

/* What leaving a pixel costs that would be drawn, in 16ths of a bit. */
static inline int32_t cost_left(const gif_planner *p, size_t at, int32_t activity) {
    int32_t shown = (int32_t)p->shown[at];
    int32_t error = gif_error((shown >> 16 & 255) - p->wanted.r[at], (shown >> 8 & 255) - p->wanted.g[at],
                              (shown & 255) - p->wanted.b[at]);
    int32_t counted = error < LARGEST ? error : LARGEST;
    return shown ? counted * p->tuning.price[gif_level(activity, p->stays[at])] >> 8 : NEVER;
}

/* Follow the row from `first` to `last`: into `ways` how each pixel is best come to. 1 where the last is best drawn. */
static int32_t follow(const gif_planner *p, size_t row, const uint8_t *activity, int32_t first, int32_t last) {
    int32_t left = 0, drawn = first ? BEGIN : 0;
    for (int32_t x = first; x <= last; x++) {
        size_t at = row + (size_t)x;
        int32_t error = p->keep[at] ? 0 : cost_left(p, at, activity[x / GIF_BLOCK]);
        int32_t ended = drawn + END < left, began = left + BEGIN < drawn;
        int32_t so_left = (ended ? drawn + END : left) + error, so_drawn = (began ? left + BEGIN : drawn) + PIXEL;
        int32_t least = so_left < so_drawn ? so_left : so_drawn;
        p->ways[x] = (uint8_t)(ended * ENDED | began * BEGAN);
        left = so_left - least;     /* what both cost tells them not apart */
        drawn = so_drawn - least;
    }
    return drawn < left;
}

/* Back along the cheapest way: what it leaves is kept. */
static void go_back(gif_planner *p, size_t row, int32_t first, int32_t last, int32_t drawn) {
    for (int32_t x = last; x >= first; x--) {
        p->keep[row + (size_t)x] |= (uint8_t)!drawn;
        drawn = drawn ? !(p->ways[x] & BEGAN) : p->ways[x] & ENDED;
    }
}

void gif_weigh(gif_planner *p) {
    if (!p->tuning.price[0])
        return;
    for (int32_t y = 0; y < p->height; y++) {
        size_t row = (size_t)y * (size_t)p->width;
        int32_t first = 0, last = p->width - 1;
        while (first <= last && p->keep[row + (size_t)first])
            first++;
        while (first <= last && p->keep[row + (size_t)last])
            last--;
        const uint8_t *activity = p->activity + (size_t)(y / GIF_BLOCK) * (size_t)gif_blocks(p->width);
        if (first <= last)
            go_back(p, row, first, last, follow(p, row, activity, first, last));
    }
}
