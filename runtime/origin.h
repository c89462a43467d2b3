/* In which process a thing was made. fork gives the child a copy of a team or a state, but neither the team's
 * threads nor what a driver has for the state: both must know that they are such a copy. */
#ifndef NINC_ORIGIN_H
#define NINC_ORIGIN_H

#include <stdint.h>

struct ninc_origin {
  const volatile unsigned char *mark; /* of a page that the kernel clears in a child; NULL: none to be had */
  int64_t process;
};

/* Remembers this process. Can't fail. */
void ninc_origin_remember(struct ninc_origin *origin);
/* Whether this is still that process. */
int ninc_origin_is_here(const struct ninc_origin *origin);
/* Gives back what `remember` has taken, in this process or a child. */
void ninc_origin_forget(struct ninc_origin *origin);

#endif /* NINC_ORIGIN_H */
