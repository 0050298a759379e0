/* A rectangle of blocks among others. */
#ifndef ZOETROPE_WEBP_SPAN_H
#define ZOETROPE_WEBP_SPAN_H

#include <stdint.h>

/* In blocks, of which the field around it has `stride` a row. */
typedef struct {
    int32_t left, top, columns, rows, stride;
} webp_span;

/* The smallest that has all marked blocks of a field; without a column or row where none is. */
webp_span webp_span_around(const uint8_t *marked, int32_t columns, int32_t rows);

static inline int32_t webp_span_place(const webp_span *span, int32_t column, int32_t row) {
    return (span->top + row) * span->stride + span->left + column;
}

#endif
