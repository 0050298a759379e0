/* Pictures that are coded without loss, or nearly so: as RGB, so that their colours needn't be halved. */
#ifndef ZOETROPE_WEBP_NEAR_H
#define ZOETROPE_WEBP_NEAR_H

#include "webp.h"

/* How far a pixel may be from what it should be. */
typedef struct {
    int32_t bits;           /* so many of the lowest bits of a channel may be lost where neighbours differ by more, */
    int32_t alike;          /* ... and a pixel so many steps off a neighbour may be drawn as that one */
} webp_nearness;

/* Whether a picture is lettering or a drawing: much is even, and what isn't is mostly edges. */
int32_t webp_is_drawn(const webp_image *image);
/* The part of a picture's pixels that are like neither the one to the left nor the one above. */
double webp_differing(const webp_image *image, const webp_nearness *nearness);
/* How many in a thousand of a picture's chroma samples have a very different one to the right or below. */
int32_t webp_hard_edges(const webp_image *image);
/* How many in a thousand of the chroma samples of two YUV 4:2:0 pictures of a size are more than four steps apart. */
int32_t webp_far_chroma(const webp_image *image, const webp_image *other);
/* `target`, whose chroma is halved, becomes `whole`, whose chroma planes are as large as the luma's. */
void webp_halve(const webp_image *whole, const webp_image *target);
/* Draw a patch of a picture as blue, green, red and alpha, four bytes a pixel, `stride` a line; what doesn't show is
 * transparent. `whole` says that the picture's chroma planes are as large as the luma's. 0 when there is no memory. */
int32_t webp_draw_near(const webp_image *image, int32_t whole, const webp_patch *patch, const uint8_t *blocks,
                       const webp_nearness *nearness, uint8_t *out, int32_t stride);

#endif
