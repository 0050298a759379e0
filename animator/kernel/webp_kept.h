/* What a coder would keep of a difference between two pictures. */
#ifndef ZOETROPE_WEBP_KEPT_H
#define ZOETROPE_WEBP_KEPT_H

#include "webp_planes.h"

/* A coder's patterns are of so many pixels each way. */
enum { WEBP_CELL = 4 };

typedef struct webp_kept webp_kept;

/* Room for lines of a width; NULL without memory. A pattern is lost that is no stronger than `lost`, and a mean of a cell
 * that is no stronger than `lost_mean`: both as coefficients of an orthonormal transform, in 8-bit steps. */
webp_kept *webp_kept_new(int32_t width, double lost, double lost_mean);
void webp_kept_free(webp_kept *kept);
/* For each cell of a row of cells, 16 times the squares of what would be kept of `now` less `was`. Cells that the planes'
 * edges cut count as if the last column and line went on. Valid until the next call. */
const int32_t *webp_kept_row(webp_kept *kept, webp_area now, webp_area was, int32_t row);

#endif
