/* recording_context.c: a direct-mapped table. Only slots that are used become real memory. */
#include "recording_context.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { SLOT_BITS = 13 };

struct contexts {
	uint32_t generation;
	unsigned fields;
	size_t stride;
	unsigned char *slots;
};

struct contexts *contexts_new(unsigned fields)
{
	struct contexts *contexts = mem_zalloc(1, sizeof(*contexts));

	contexts->generation = 1;
	contexts->fields = fields;
	contexts->stride = sizeof(struct context) + fields * sizeof(uint64_t);
	contexts->slots = mem_zalloc((size_t)1 << SLOT_BITS, contexts->stride);
	return contexts;
}

void contexts_reset(struct contexts *contexts)
{
	contexts->generation++;
	if (contexts->generation == 0) {
		memset(contexts->slots, 0, contexts->stride << SLOT_BITS);
		contexts->generation = 1;
	}
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
	return (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
}

struct context *contexts_get(struct contexts *contexts, uint32_t type, uint32_t proc, uint32_t tid, uint64_t key)
{
	uint64_t hash = mix(mix(mix(mix(0, type), proc) >> 7, tid) >> 7, key);
	void *slot = contexts->slots + (hash >> (64 - SLOT_BITS)) * contexts->stride;
	struct context *context = slot;

	if (context->generation == contexts->generation && context->type == type && context->proc == proc &&
		context->tid == tid && context->key == key)
		return context;
	*context = (struct context){contexts->generation, type, proc, tid, key, 0};
	memset(context->values, 0, contexts->fields * sizeof(context->values[0]));
	return context;
}

void contexts_free(struct contexts *contexts)
{
	if (!contexts)
		return;
	free(contexts->slots);
	free(contexts);
}
