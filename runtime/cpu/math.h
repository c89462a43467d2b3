/* What kernels call in place of instructions that a CPU hasn't got (codegen/halide/code/KernelIr.h has the
 * list). */
#ifndef NINC_MATH_H
#define NINC_MATH_H

#include <stdint.h>

float ninc_truncf(float x);
float ninc_floorf(float x);
float ninc_ceilf(float x);
float ninc_roundevenf(float x);
float ninc_sqrtf(float x);

#endif /* NINC_MATH_H */
