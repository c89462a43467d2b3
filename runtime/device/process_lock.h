/* One lock for the whole process, across all the libraries in it that have this code, none of which knows of
 * the others: each has its own copy of everything, and globals that are shared would tie them together. */
#ifndef NINC_PROCESS_LOCK_H
#define NINC_PROCESS_LOCK_H

/* Waits for the lock, some seconds at most: where it can't be had, no lock is better than no answer. Returns
 * what unlocks it. */
int ninc_process_lock(void);
void ninc_process_unlock(int lock);

#endif /* NINC_PROCESS_LOCK_H */
