/* The two ways to compress a part. Both draw it: `wanted` then has the colours that its pixels are shown in. */
#ifndef ZOETROPE_GIF_SEARCH_H
#define ZOETROPE_GIF_SEARCH_H

#include "gif_lzw.h"

/* Pixel by pixel, with the nearest colour that makes the current string longer. The bytes written. */
size_t gif_compress_near(gif_part *part, uint8_t *out);
/* String by string, each the one that is worth most in bits and errors. The bytes written; 0 when there is no memory. */
size_t gif_compress_searching(gif_part *part, uint8_t *out);
/* Both, and the better one stays. The bytes written. */
size_t gif_compress_best(gif_part *part, uint8_t *out, size_t room);

#endif
