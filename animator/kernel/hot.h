/* How loops over many pixels are compiled. */
#ifndef ZOETROPE_HOT_H
#define ZOETROPE_HOT_H

/* Hot loops are compiled twice, and the machine's instruction set picks one when the library is loaded. */
#if defined(__x86_64__) && defined(__gnu_linux__) && defined(__GNUC__) && !defined(ZOETROPE_SANITISED)
#define HOT __attribute__((target_clones("avx2", "default")))
#else
#define HOT
#endif

#endif
