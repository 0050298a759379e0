/* Whether blocks that could stay as they are do. Hiding one spares its detail, and each edge between what is hidden and
 * what shows costs bytes, for neighbours promise nothing across it. */
#include "webp_hide.h"

static int32_t shown(const webp_span *span, const uint8_t *shows, int32_t column, int32_t row) {
    return shows[webp_span_place(span, column, row)] == WEBP_SHOWN;
}

/* How many edges a block has to the left and above where one side shows and the other doesn't. */
static int32_t seams(const webp_span *span, const uint8_t *shows, int32_t column, int32_t row) {
    int32_t here = shown(span, shows, column, row);
    return (column && shown(span, shows, column - 1, row) != here) + (row && shown(span, shows, column, row - 1) != here);
}

int32_t webp_hiding_pays(const webp_tolerance *tolerance, const webp_span *span, const int32_t *detail, const uint8_t *shows) {
    int64_t all = 0, hidden = 0, edges = 0;
    for (int32_t row = 0; row < span->rows; row++)
        for (int32_t column = 0; column < span->columns; column++) {
            int32_t here = detail[webp_span_place(span, column, row)];
            all += here;
            hidden += shown(span, shows, column, row) ? 0 : here;
            edges += seams(span, shows, column, row);
        }
    return (double)hidden - tolerance->seam * (double)edges >= tolerance->spared * (double)all;
}
