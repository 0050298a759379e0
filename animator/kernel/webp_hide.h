/* Whether hiding what hasn't changed is worth its edges. */
#ifndef ZOETROPE_WEBP_HIDE_H
#define ZOETROPE_WEBP_HIDE_H

#include "webp.h"
#include "webp_span.h"

/* 1 when a picture that is coded in a span of blocks should leave out those that don't show, by the detail of each. */
int32_t webp_hiding_pays(const webp_tolerance *tolerance, const webp_span *span, const int32_t *detail, const uint8_t *shows);

#endif
