#include "sampler.h"

#include <stdlib.h>

#include "base/mem.h"

struct sampler {
	struct collect *collect;
};

struct sampler *sampler_new(struct collect *collect)
{
	struct sampler *sampler = mem_zalloc(1, sizeof(*sampler));

	sampler->collect = collect;
	return sampler;
}

void sampler_free(struct sampler *sampler)
{
	free(sampler);
}

void sampler_second(struct sampler *sampler, bool last)
{
	(void)sampler;
	(void)last;
}

void sampler_look(struct sampler *sampler)
{
	(void)sampler;
}
