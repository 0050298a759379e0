/* The GIF kernel: pictures in, compressed GIF image data out.
 *
 * Two objects, both opaque to the caller:
 *   gif_planner  takes the pictures in order (gif_push) and decides for each, looking a few pictures ahead, which
 *                pixels must be drawn and in which colours (gif_plan). One planner per clip, used by one thread at a time.
 *   gif_part     one planned picture; gif_compress turns it into LZW data. Parts don't know of each other, so that
 *                several may be compressed at once, and the bytes don't depend on how many are.
 *
 * All sizes are in pixels. Nothing here keeps state outside these objects, and no result depends on the machine:
 * integers throughout, and doubles without contraction where a palette is cut.
 */
#ifndef ZOETROPE_GIF_H
#define ZOETROPE_GIF_H

#include <stddef.h>
#include <stdint.h>

enum {
    GIF_LOOK_AHEAD = 3,     /* pictures seen beyond the one being planned */
    GIF_COLOURS = 255,      /* opaque colours in a part: one index is kept for "leave what is there" */
    GIF_PALETTE = 256,
    GIF_CODES = 4096,       /* LZW codes have at most 12 bits */
    GIF_LEVELS = 16,        /* steps of tolerance that a pixel may have */
};

/* Hot loops are compiled twice, and the machine's instruction set picks one when the library is loaded. */
#if defined(__x86_64__) && defined(__gnu_linux__) && defined(__GNUC__) && !defined(ZOETROPE_SANITISED)
#define GIF_HOT __attribute__((target_clones("avx2", "default")))
#else
#define GIF_HOT
#endif

/* What quality means, in the kernel's own numbers. Differences are in steps of 1/255 of a channel, errors are the
 * weighted squares that gif_error gives. */
typedef struct {
    int32_t denoise;        /* look-ahead averages pictures while a channel stays this close */
    int32_t keep;           /* a pixel stays as it is drawn while its channels stay this close to what was drawn */
    int32_t stray;          /* the same for a pixel whose neighbours all stay */
    int32_t lossy;          /* error for which LZW may take another colour than the nearest */
    int32_t refine;         /* palette refinement passes */
    int32_t dither;         /* strength of selective dithering, 0–256 */
} gif_tuning;

typedef struct {
    int32_t x, y, width, height;    /* the rectangle that the part redraws */
    int32_t colours;                /* in its palette, at most GIF_COLOURS */
    int32_t lossless;               /* 1: no pixel may be drawn in another colour than its own */
    int32_t clear;                  /* 1: the rectangle (all of the canvas) must be wiped after the part was shown */
    uint8_t palette[3 * GIF_PALETTE];
} gif_head;

typedef struct {
    uint16_t first[GIF_CODES], next[GIF_CODES];     /* children of a string, newest first */
    uint8_t colour[GIF_CODES];                      /* the last colour of a string */
    uint16_t pair[GIF_PALETTE * GIF_PALETTE];       /* strings of two colours */
} gif_strings;

typedef struct {
    gif_head head;              /* first, so that a caller may read it through the part's address */
    int32_t canvas_width, canvas_height;
    uint32_t *wanted;           /* per pixel of the canvas: wanted colour 0xLLRRGGBB, LL its tolerance level */
    uint8_t *index;             /* per pixel: nearest palette index; head.colours where nothing is drawn */
    int32_t tolerance[GIF_LEVELS];
    gif_strings strings;
} gif_part;

typedef struct gif_planner gif_planner;

gif_planner *gif_planner_new(int32_t width, int32_t height, int32_t alpha, const gif_tuning *tuning);
void gif_planner_free(gif_planner *planner);
/* Take in one picture: `stride` bytes a row, RGB or (with alpha) RGBA. 0 when GIF_LOOK_AHEAD + 1 are waiting. */
int32_t gif_push(gif_planner *planner, const uint8_t *pixels, ptrdiff_t stride);
/* Plan the oldest waiting picture into `part`. 1: it must be drawn; 0: it looks as the one before; -1: none waits. */
int32_t gif_plan(gif_planner *planner, gif_part *part);

gif_part *gif_part_new(int32_t width, int32_t height);
void gif_part_free(gif_part *part);
/* The most bytes that gif_compress may need for a canvas. */
size_t gif_room(int32_t width, int32_t height);
/* Write LZW minimum code size, data sub-blocks and terminator; the bytes written, or 0 when `room` is too small. */
size_t gif_compress(gif_part *part, uint8_t *out, size_t room);

/* How far two colours are apart, to the eye: green counts most, blue least. */
enum { GIF_WEIGHT_R = 3, GIF_WEIGHT_G = 6, GIF_WEIGHT_B = 1 };

static inline int32_t gif_error(int32_t r, int32_t g, int32_t b) {
    return GIF_WEIGHT_R * r * r + GIF_WEIGHT_G * g * g + GIF_WEIGHT_B * b * b;
}

#endif
