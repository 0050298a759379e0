/* Whether blocks that could stay as they are do. Hiding one spares its detail, and each edge between what is hidden and
 * what shows costs bytes, for neighbours promise nothing across it. */
#include "webp_planes.h"

static int32_t shows(const webp_patch *patch, const uint8_t *blocks, int32_t column, int32_t row) {
    return blocks[row * patch->columns + column] == WEBP_SHOWN;
}

/* How many edges a block has to the left and above where one side shows and the other doesn't. */
static int32_t seams(const webp_patch *patch, const uint8_t *blocks, int32_t column, int32_t row) {
    int32_t here = shows(patch, blocks, column, row);
    return (column && shows(patch, blocks, column - 1, row) != here) + (row && shows(patch, blocks, column, row - 1) != here);
}

void webp_hide_if_it_pays(const webp_image *image, const webp_tolerance *tolerance, webp_patch *patch, uint8_t *blocks) {
    webp_area luma = webp_part(image, patch, WEBP_LUMA);
    int64_t all = 0, hidden = 0, edges = 0;
    for (int32_t i = 0; i < patch->columns * patch->rows; i++) {
        int32_t column = i % patch->columns, row = i / patch->columns;
        int32_t here = webp_detail(webp_block_at(luma, column, row, WEBP_BLOCK), (int32_t)tolerance->fine);
        all += here;
        hidden += blocks[i] == WEBP_SHOWN ? 0 : here;
        edges += seams(patch, blocks, column, row);
    }
    if ((double)hidden - tolerance->seam * (double)edges < tolerance->spared * (double)all)
        webp_show_all(patch, blocks);
}
