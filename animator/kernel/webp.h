/* The WebP kernel: which blocks of a picture have to be coded, given what a player already shows, and how the rest of
 * the rectangle around them is made cheap.
 *
 * Pictures are YUV 4:2:0, with or without alpha. A block has 16x16 pixels of luma and alpha and 8x8 of chroma; those at
 * the right and lower edge may be smaller. Nothing is kept outside a webp_screen, and only webp_update touches that, so
 * that several patches may be cut and coded at once. No result depends on the machine: sums are integers, and doubles
 * are compared without contraction.
 */
#ifndef ZOETROPE_WEBP_H
#define ZOETROPE_WEBP_H

#include <stddef.h>
#include <stdint.h>

enum { WEBP_LUMA, WEBP_BLUE, WEBP_RED, WEBP_ALPHA, WEBP_PLANES };
enum { WEBP_BLOCK = 16 };

/* What becomes of a block of a patch. LEFT: it doesn't show, but is coded as it is. */
enum { WEBP_HIDDEN, WEBP_SHOWN, WEBP_LEFT };

/* Sizes in pixels, strides in bytes; plane[WEBP_ALPHA] is NULL where there is no alpha. */
typedef struct {
    uint8_t *plane[WEBP_PLANES];
    int32_t stride[WEBP_PLANES];
    int32_t width, height;
} webp_image;

/* How far a block may be from the source and stay; in 8-bit steps, squares of them for the *_square. */
typedef struct {
    double lost, lost_mean; /* patterns and means of 4x4 pixels that a coder loses (webp_kept.h): no difference; */
    double luma_square;     /* mean square of the rest, of a busy block; */
    double contrast, flat;  /* ... less where contrast * (variance + flat) is less */
    double luma_peak;
    double chroma_square, chroma_peak;
    double drift;           /* of a block's mean, any plane */
    double alpha_peak;
    double fine;            /* differences between neighbours that a coder loses: no detail */
    double seam;            /* what an edge between a hidden block and one that shows costs, as so much detail */
    double spared;          /* the part of a patch's detail that hiding has to spare */
} webp_tolerance;

/* A rectangle to code, in pixels (x and y multiples of WEBP_BLOCK) and in blocks. */
typedef struct {
    int32_t x, y, width, height;
    int32_t columns, rows;
    int32_t shown;          /* how many of its blocks show */
    int32_t blend;          /* 1: what is transparent leaves the screen as it is, 0: it clears it */
    int32_t alpha;          /* 1: pixels that show are not all opaque */
    double life;            /* how many pictures a block that shows stands for, in the mean by detail */
} webp_patch;

typedef struct webp_screen webp_screen;

/* For each block on screen, what it was last coded from (not the picture before: drift would add up). */
webp_screen *webp_screen_new(int32_t width, int32_t height, int32_t alpha, const webp_tolerance *tolerance);
void webp_screen_free(webp_screen *screen);
/* Show pictures[0], which the others follow. 1: `patch` of `drawn` has to be coded for that, and `blocks` (room for those
 * of the whole screen) tells by rows which of its blocks show; 0: nothing has to. `drawn` is a picture of the screen's
 * size: pictures[0], but that each block is the mean of those for which it stays. */
int32_t webp_update(webp_screen *screen, const webp_image *pictures, int32_t count, webp_patch *patch, uint8_t *blocks,
                    const webp_image *drawn);
/* Copy a patch to `target`, which has its size, with whatever costs a coder least in the blocks that don't show.
 * Marks in `blocks` those that are left as they are. A target with alpha, of a picture without, is transparent where
 * nothing shows. */
void webp_cut(const webp_image *image, const webp_patch *patch, uint8_t *blocks, const webp_image *target);
/* About how many bytes a lossless coder needs for a picture; half of that where it repeats itself. */
double webp_lossless_guess(const webp_image *image);
/* The most bytes that webp_mask may need. */
size_t webp_mask_room(const webp_patch *patch);
/* Write the payload of an ALPH chunk that is opaque in the blocks that show and transparent in the others; the bytes
 * written, 0 when there is no memory. */
size_t webp_mask(const webp_patch *patch, const uint8_t *blocks, uint8_t *out);

#endif
