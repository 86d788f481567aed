/* sampler.h: what only the kernel knows about watched processes, as events. The only module that reads /proc regularly.
 */
#ifndef MPW_SAMPLER_H
#define MPW_SAMPLER_H

#include "collect.h"

struct sampler;
struct watched;

/* Called between processes: reading /proc takes long enough for rings to fill. */
typedef void sampler_pause(void *context);

struct sampler *sampler_new(struct collect *collect, sampler_pause *pause, void *context);
void sampler_free(struct sampler *sampler);

/* Once a second: memory, CPU, descriptors of every live process; first sights. `last`: the session ends. */
void sampler_second(struct sampler *sampler, bool last);

/* A number that changes when processes read or write as the kernel counts it, or one that is not watched inside works;
 * *cpu_ns: time on a CPU of all, or ready for one. As of the latest second. */
uint64_t sampler_moved(const struct sampler *sampler, uint64_t *cpu_ns);

/* The program has just been started: what it was given. */
void sampler_begin(struct sampler *sampler, struct watched *root);

/* Between: children that nobody told of, and processes that should have spoken and did not. Cheap when there are none.
 */
void sampler_look(struct sampler *sampler);

#endif
