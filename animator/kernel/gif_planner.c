/* A planner's life, and the pictures that it takes in. */
#include "gif_planner.h"

#include <stdlib.h>

static int32_t obtain(gif_planner *p) {
    size_t blocks = (size_t)gif_blocks(p->width) * (size_t)gif_blocks(p->height);
    int32_t fine = gif_planes_new(&p->drawn, p->pixels, 0) & gif_planes_new(&p->wanted, p->pixels, 0);
    for (int32_t i = 0; i <= p->tuning.ahead; i++)
        fine &= gif_planes_new(&p->waiting[i], p->pixels, p->alpha);
    p->shown = calloc(p->pixels, sizeof *p->shown);
    p->keep = calloc(p->pixels, 1);
    p->stays = calloc(p->pixels, 1);
    p->activity = calloc(blocks, 1);
    p->row_activity = calloc((size_t)p->width, 1);
    p->ways = calloc((size_t)p->width, 1);
    p->census = calloc(1, sizeof *p->census);
    p->cutter = gif_cutter_new();
    return fine && p->shown && p->keep && p->stays && p->activity && p->row_activity && p->ways &&
           p->census && p->cutter;
}

gif_planner *gif_planner_new(int32_t width, int32_t height, int32_t alpha, int32_t once, const gif_tuning *tuning) {
    gif_planner *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->width = width;
    p->height = height;
    p->alpha = alpha;
    p->once = once;
    p->pixels = (size_t)width * (size_t)height;
    p->tuning = *tuning;
    p->must_draw = 1;
    p->lasting = GIF_USUAL;
    if (obtain(p))
        return p;
    gif_planner_free(p);
    return NULL;
}

void gif_planner_free(gif_planner *p) {
    if (!p)
        return;
    gif_planes_free(&p->drawn);
    gif_planes_free(&p->wanted);
    for (int32_t i = 0; i < GIF_WAITING; i++)
        gif_planes_free(&p->waiting[i]);
    free(p->shown);
    free(p->keep);
    free(p->stays);
    free(p->activity);
    free(p->row_activity);
    free(p->ways);
    free(p->census);
    gif_cutter_free(p->cutter);
    free(p);
}

int32_t gif_push(gif_planner *p, const uint8_t *pixels, ptrdiff_t stride) {
    if (p->count > p->tuning.ahead)
        return 0;
    gif_planes *to = &p->waiting[(p->oldest + p->count++) % (p->tuning.ahead + 1)];
    for (int32_t y = 0; y < p->height; y++) {
        size_t at = (size_t)y * (size_t)p->width;
        if (p->alpha)
            gif_take_alpha_row(to, at, pixels + y * stride, p->width);
        else
            gif_take_row(to, at, pixels + y * stride, p->width);
    }
    return 1;
}
