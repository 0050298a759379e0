/* The GIF kernel: pictures in, compressed GIF image data out.
 *
 * Two objects, both opaque to the caller:
 *   gif_planner  takes the pictures in order (gif_push) and decides for each, looking a few pictures ahead, which
 *                pixels may have to be drawn and with which palette (gif_plan). One per clip, one thread at a time.
 *   gif_part     one planned picture. gif_compress maps it and turns it into LZW data; it touches nothing
 *                but the part, so that the next picture may be prepared meanwhile.
 *
 * What a pixel really looks like is known only when its part has been compressed. The caller gives every compressed
 * part back (gif_settle) before it plans the next: so a picture is compared with what is really shown, and the bytes
 * are the same however many threads there are.
 *
 * Sizes are in pixels, colours are 8 bits a channel. Nothing is kept outside these objects. Integers throughout, and
 * doubles without contraction where a palette is cut: no result depends on the machine.
 */
#ifndef ZOETROPE_GIF_H
#define ZOETROPE_GIF_H

#include "gif_palette.h"

#include <stddef.h>

enum {
    GIF_LOOK_AHEAD = 7,     /* pictures seen beyond the one being planned, at most */
    GIF_WHILE = 3,          /* a pixel stays that so many pictures ahead leave alone */
    GIF_CODES = 4096,       /* LZW codes have at most 12 bits */
    GIF_LEVELS = 24,        /* how a pixel may be treated: 8 of activity around it, each passing, staying or lasting */
    GIF_STAYING = 8,        /* added to the level of a pixel that GIF_WHILE pictures ahead leave alone, and again where
                               GIF_LOOK_AHEAD do */
    GIF_DEAREST = 1 << 17,  /* so that an error's price is a number of 32 bits */
    GIF_KEEP = 255,         /* instead of a level: the pixel stays as it is */
};

/* What quality means, in the kernel's own numbers. Differences are in steps of 1/255 of a channel, errors are the
 * weighted squares that gif_error gives. */
typedef struct {
    int32_t exact;          /* 1: a picture with few colours is drawn without any error */
    int32_t ahead;          /* pictures seen beyond the one being planned: GIF_WHILE to GIF_LOOK_AHEAD */
    int32_t denoise;        /* look-ahead averages pictures while a channel stays this close */
    int32_t drift;          /* ... and, further than GIF_WHILE, while a channel of its neighbourhood goes no further */
    int32_t keep;           /* a pixel counts as unchanged while its channels stay this close to when it was drawn */
    int32_t refine;         /* an unchanged pixel that will stay may be drawn anew when it is further off than this */
    int32_t margin;         /* ... if it can then be this much nearer; a pixel this near to the best is left alone */
    int32_t sample;         /* about so many pixels tell which colours a large part has */
    int32_t bins;           /* ... of which so many are told apart */
    int32_t passes;         /* palette refinement passes */
    int32_t renew;          /* 0: each picture has its palette sought; else an older one goes on while it is no more than
                               so many hundredths as far off, and the first colour that is near enough will do */
    int32_t patience;       /* so many strings are looked at for one that goes on nearly as wanted */
    int32_t search;         /* 1: strings are also sought by what they are worth, and the better result is taken */
    int32_t enough;         /* a palette gets no more colours when pixels are this little off on average */
    int32_t byte;           /* the error that is worth a byte */
    int32_t lossy[GIF_LEVELS];      /* error beyond the nearest colour's that LZW may make for a longer string */
    int32_t price[GIF_LEVELS];      /* what an error of 256 costs where a pixel is left that could be drawn, in 16ths of
                                       a bit, up to GIF_DEAREST; 0: what could be drawn is */
} gif_tuning;

typedef struct {
    int32_t x, y, width, height;    /* the rectangle that the part redraws */
    int32_t colours;                /* in its palette, at most GIF_COLOURS; this index itself means "leave it" */
    int32_t lossless;               /* 1: no pixel may be drawn in another colour than its own */
    int32_t clear;                  /* 1: the rectangle (all of the canvas) must be wiped after the part was shown */
    uint8_t palette[3 * GIF_PALETTE];
} gif_head;

typedef struct {
    uint16_t first[GIF_CODES], next[GIF_CODES];     /* children of a string that end in a colour, newest first */
    uint16_t leave[GIF_CODES];                      /* the child that ends in a pixel left alone */
    uint8_t colour[GIF_CODES];                      /* the last colour of a string */
    uint16_t parent[GIF_CODES];                     /* the string without its last colour, where they are searched */
    uint16_t pair[GIF_PALETTE * GIF_PALETTE];       /* strings of two colours */
} gif_strings;

typedef struct {
    int32_t r, g, b;
} gif_colour;

typedef struct {
    gif_head head;              /* first, so that a caller may read it through the part's address */
    int32_t canvas_width, canvas_height;
    uint32_t *wanted;           /* per pixel of the canvas 0xLLRRGGBB, LL its level or GIF_KEEP; after gif_compress
                                   the colour that it is shown in */
    uint32_t *shown;            /* per pixel 0x01RRGGBB as it is shown before the part, 0 when nothing (known) is */
    gif_tuning tuning;
    gif_palette palette;
    gif_strings strings;
} gif_part;

typedef struct gif_planner gif_planner;

/* `once`: 1 when nothing follows the last picture, which then stays; else the first one does. */
gif_planner *gif_planner_new(int32_t width, int32_t height, int32_t alpha, int32_t once, const gif_tuning *tuning);
void gif_planner_free(gif_planner *planner);
/* Take in one picture: `stride` bytes a row, RGB or (with alpha) RGBA. 0 when one more than are seen ahead wait. */
int32_t gif_push(gif_planner *planner, const uint8_t *pixels, ptrdiff_t stride);
/* Look at the oldest waiting picture, before the part that is under way is settled; gif_plan goes on with this `part`. */
void gif_prepare(gif_planner *planner, gif_part *part);
/* Plan the picture that was prepared into `part`. 1: it must be drawn; 0: it looks as the one before; -1: none waits. */
int32_t gif_plan(gif_planner *planner, gif_part *part);
/* Learn from a compressed part what its pixels look like now. */
void gif_settle(gif_planner *planner, const gif_part *part);

gif_part *gif_part_new(int32_t width, int32_t height);
void gif_part_free(gif_part *part);
/* The most bytes that gif_compress may need for a canvas. */
size_t gif_room(int32_t width, int32_t height);
/* Write LZW minimum code size, data sub-blocks and terminator; the bytes written, or 0 when `room` is too small. */
size_t gif_compress(gif_part *part, uint8_t *out, size_t room);

#endif
