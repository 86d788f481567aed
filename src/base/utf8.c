/* utf8.c: see utf8.h. */
#include "base/utf8.h"

/* By number of bytes: the bits that the first byte must show, the bits it carries, and the smallest code point allowed.
 */
static const struct {
	uint8_t mask, lead;
	uint32_t smallest;
} shapes[] = {
	{0x80, 0x00, 0},
	{0xe0, 0xc0, 0x80},
	{0xf0, 0xe0, 0x800},
	{0xf8, 0xf0, 0x10000},
};

size_t utf8_decode(const char *bytes, size_t count, uint32_t *code_point)
{
	const unsigned char *at = (const unsigned char *)bytes;
	size_t extra = 0;
	uint32_t code;

	if (!count)
		return 0;
	while (extra < 4 && (at[0] & shapes[extra].mask) != shapes[extra].lead)
		extra++;
	if (extra == 4 || extra >= count)
		return 0;
	code = at[0] & (uint8_t)~shapes[extra].mask;
	for (size_t i = 1; i <= extra; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (at[i] & 0x3fu);
	}
	if (code < shapes[extra].smallest || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	if (code_point)
		*code_point = code;
	return extra + 1;
}
