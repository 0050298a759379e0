/* The planner from inside: shared by the files that take pictures in, compare them and draw them. */
#ifndef ZOETROPE_GIF_PLANNER_H
#define ZOETROPE_GIF_PLANNER_H

#include "gif.h"
#include "gif_cut.h"
#include "gif_planes.h"

enum { GIF_WAITING = GIF_LOOK_AHEAD + 1, GIF_SOMETHING = 0x01000000 };

#define GIF_USUAL 0.4      /* `lasting`, about: 0.7 under a still camera, 0.5 in animation, 0.1 where all moves */

struct gif_planner {
    int32_t width, height, alpha, once;
    size_t pixels;
    gif_tuning tuning;
    gif_planes waiting[GIF_WAITING];    /* ring of pictures pushed and not yet planned */
    int32_t oldest, count;
    gif_planes wanted;          /* the picture being planned, without its noise */
    gif_planes drawn;           /* what each pixel was to look like when it was last drawn */
    uint32_t *shown;            /* 0x01RRGGBB as each pixel looks since the last part was settled, 0 where nothing is */
    uint8_t *keep;              /* 1 where the pixel stays as it is */
    uint8_t *stays;             /* how many of the pictures ahead look the same there */
    uint8_t *activity;          /* per block, */
    uint8_t *row_activity;      /* ... and per pixel of the row that is being handed over */
    uint8_t *ways;              /* per pixel of the row that is being weighed */
    double lasting;             /* of what the last picture had to draw, how much stays and is busy: 0 to 1 */
    int32_t lossless;           /* 1 when the picture that was prepared is to be drawn without any error */
    int32_t must_draw;          /* 1 when the next picture can't be left out: it is the first, or all was wiped */
    gif_census *census;
    gif_cutter *cutter;
    uint8_t common[3 * GIF_PALETTE];    /* the file's own table: the first picture's colours */
    int32_t common_colours;             /* 0 until there is one */
    uint8_t last[3 * GIF_PALETTE];      /* the last palette that was cut, */
    int32_t last_colours;               /* ... its colours, */
    double own_error;                   /* ... and how far its picture was off on average */
};

/* The picture being planned (0 steps) or one after it; the last one stands for those that don't wait yet. */
static inline const gif_planes *gif_ahead(const gif_planner *p, int32_t steps) {
    int32_t last = p->count - 1;
    return &p->waiting[(p->oldest + (steps < last ? steps : last)) % (p->tuning.ahead + 1)];
}

static inline int32_t gif_blocks(int32_t side) {
    return (side + GIF_BLOCK - 1) / GIF_BLOCK;
}

/* A pixel's level: the activity around it, and for how many pictures ahead it stays. */
static inline int32_t gif_level(int32_t activity, int32_t stays) {
    return activity + GIF_STAYING * ((stays >= GIF_WHILE) + (stays >= GIF_LOOK_AHEAD));
}

/* 1 when the picture has at most GIF_COLOURS colours and is to be drawn without any error. Uses `palette` up. */
int32_t gif_is_lossless(const gif_planner *planner, gif_palette *palette);
/* Set wanted, stays and activity from the pictures that wait. */
void gif_want(gif_planner *planner, int32_t lossless);
/* Keep what isn't worth its bits, too. */
void gif_weigh(gif_planner *planner);
/* Set keep; then the rectangle of what is left to be drawn, and how many pixels that is. */
size_t gif_keep(gif_planner *planner, gif_head *head, int32_t lossless);

#endif
