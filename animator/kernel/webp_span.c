/* A rectangle of blocks among others. */
#include "webp_span.h"

webp_span webp_span_around(const uint8_t *marked, int32_t columns, int32_t rows) {
    int32_t left = columns, right = -1, top = rows, bottom = -1;
    for (int32_t row = 0; row < rows; row++)
        for (int32_t column = 0; column < columns; column++) {
            if (!marked[row * columns + column])
                continue;
            left = column < left ? column : left;
            right = column > right ? column : right;
            top = row < top ? row : top;
            bottom = row;
        }
    if (right < 0)
        return (webp_span){.stride = columns};
    return (webp_span){left, top, right + 1 - left, bottom + 1 - top, columns};
}
