/* crc32 and adler32: published vectors, agreement with slow definitions, pieces against the whole, combination. */
#include <pyharness/test.h>
#include <stdint.h>
#include <zlib.h>

enum { SAMPLE_SIZE = 3000 };

static void fill_sample(unsigned char* bytes, size_t size) {
  uint32_t state = 20240229u;
  size_t at;
  for (at = 0; at < size; ++at) {
    state = state * 1664525u + 1013904223u;
    bytes[at] = (unsigned char)(state >> 24);
  }
}

/* One bit at a time, as the polynomial is defined. */
static uint32_t crc32_by_definition(const unsigned char* bytes, size_t size) {
  uint32_t rest = 0xffffffffu;
  size_t at;
  int bit;
  for (at = 0; at < size; ++at) {
    rest ^= bytes[at];
    for (bit = 0; bit < 8; ++bit) {
      rest = (rest >> 1) ^ ((rest & 1u) != 0 ? 0xedb88320u : 0u);
    }
  }
  return ~rest;
}

/* Reduced after every byte, as RFC 1950 defines it. */
static uint32_t adler32_by_definition(const unsigned char* bytes, size_t size) {
  uint32_t low = 1;
  uint32_t high = 0;
  size_t at;
  for (at = 0; at < size; ++at) {
    low = (low + bytes[at]) % 65521u;
    high = (high + low) % 65521u;
  }
  return high << 16 | low;
}

static uLong checksum_of_text(uLong (*checksum)(uLong, const Bytef*, uInt), const char* text) {
  return checksum(checksum(0, Z_NULL, 0), (const Bytef*)text, (uInt)strlen(text));
}

typedef struct known_text {
  const char* text;
  uint32_t crc32;
  uint32_t adler32;
} known_text;

static const known_text known_texts[] = {
    {"", 0x00000000, 0x00000001},
    {"a", 0xe8b7be43, 0x00620062},
    {"abc", 0x352441c2, 0x024d0127},
    {"message digest", 0x20159d7f, 0x29750586},
    {"abcdefghijklmnopqrstuvwxyz", 0x4c2750bd, 0x90860b20},
    {"123456789", 0xcbf43926, 0x091e01de},
    {"Wikipedia", 0xadaac02e, 0x11e60398},
    {"The quick brown fox jumps over the lazy dog", 0x414fa339, 0x5bdc0fda},
};

TEST_EACH("crc32 of a published text", const known_text* known, known_texts, .tags = "crc32") {
  INFO("text: '%s'", known->text);
  CHECK_UINT(checksum_of_text(crc32, known->text), ==, known->crc32);
}

TEST_EACH("adler32 of a published text", const known_text* known, known_texts, .tags = "adler32") {
  INFO("text: '%s'", known->text);
  CHECK_UINT(checksum_of_text(adler32, known->text), ==, known->adler32);
}

TEST("a null buffer gives the value to start with", .tags = "crc32 adler32") {
  CHECK_UINT(crc32(12345, Z_NULL, 0), ==, 0);
  CHECK_UINT(adler32(12345, Z_NULL, 0), ==, 1);
}

TEST("an empty piece changes nothing", .tags = "crc32 adler32") {
  const unsigned char nothing[1] = {0};
  CHECK_UINT(crc32(0xcbf43926, nothing, 0), ==, 0xcbf43926);
  CHECK_UINT(adler32(0x091e01de, nothing, 0), ==, 0x091e01de);
}

/* Around the widths at which implementations change their loops, and around adler32's delayed reduction (5552). */
static const size_t sizes[] = {1, 7, 17, 64, 255, 5551, 5552, 5553, 11105};

TEST_EACH("checksums agree with their definitions", const size_t* size, sizes, .tags = "crc32 adler32") {
  unsigned char bytes[11105];
  fill_sample(bytes, *size);
  CHECK_UINT(crc32(0, bytes, (uInt)*size), ==, crc32_by_definition(bytes, *size));
  CHECK_UINT(adler32(1, bytes, (uInt)*size), ==, adler32_by_definition(bytes, *size));
}

static const size_t offsets[] = {1, 3, 7};

TEST_EACH("checksums do not depend on alignment", const size_t* offset, offsets, .tags = "crc32 adler32") {
  unsigned char bytes[SAMPLE_SIZE];
  unsigned char moved[SAMPLE_SIZE + 8];
  fill_sample(bytes, SAMPLE_SIZE);
  memcpy(moved + *offset, bytes, SAMPLE_SIZE);
  CHECK_UINT(crc32(0, moved + *offset, SAMPLE_SIZE), ==, crc32(0, bytes, SAMPLE_SIZE));
  CHECK_UINT(adler32(1, moved + *offset, SAMPLE_SIZE), ==, adler32(1, bytes, SAMPLE_SIZE));
}

static const size_t steps[] = {1, 64, 2999};

TEST_EACH("pieces give the checksum of the whole", const size_t* step, steps, .tags = "crc32 adler32") {
  unsigned char bytes[SAMPLE_SIZE];
  uLong crc = crc32(0, Z_NULL, 0);
  uLong adler = adler32(0, Z_NULL, 0);
  size_t at;
  fill_sample(bytes, SAMPLE_SIZE);
  for (at = 0; at < SAMPLE_SIZE; at += *step) {
    const size_t length = SAMPLE_SIZE - at < *step ? SAMPLE_SIZE - at : *step;
    crc = crc32(crc, bytes + at, (uInt)length);
    adler = adler32(adler, bytes + at, (uInt)length);
  }
  CHECK_UINT(crc, ==, crc32(0, bytes, SAMPLE_SIZE));
  CHECK_UINT(adler, ==, adler32(1, bytes, SAMPLE_SIZE));
}

TEST("the variants for size_t agree", .tags = "crc32 adler32") {
  unsigned char bytes[SAMPLE_SIZE];
  fill_sample(bytes, SAMPLE_SIZE);
  CHECK_UINT(crc32_z(0, bytes, sizeof bytes), ==, crc32(0, bytes, SAMPLE_SIZE));
  CHECK_UINT(adler32_z(1, bytes, sizeof bytes), ==, adler32(1, bytes, SAMPLE_SIZE));
}

static const size_t splits[] = {0, 1, 1500, 2999, 3000};

TEST_EACH("crc32_combine joins two halves", const size_t* split, splits, .tags = "crc32 combine") {
  unsigned char bytes[SAMPLE_SIZE];
  const size_t rest = SAMPLE_SIZE - *split;
  fill_sample(bytes, SAMPLE_SIZE);
  CHECK_UINT(crc32_combine(crc32(0, bytes, (uInt)*split), crc32(0, bytes + *split, (uInt)rest), (z_off_t)rest), ==,
             crc32(0, bytes, SAMPLE_SIZE));
}

TEST_EACH("adler32_combine joins two halves", const size_t* split, splits, .tags = "adler32 combine") {
  unsigned char bytes[SAMPLE_SIZE];
  const size_t rest = SAMPLE_SIZE - *split;
  fill_sample(bytes, SAMPLE_SIZE);
  CHECK_UINT(adler32_combine(adler32(1, bytes, (uInt)*split), adler32(1, bytes + *split, (uInt)rest), (z_off_t)rest),
             ==, adler32(1, bytes, SAMPLE_SIZE));
}

TEST("adler32_combine refuses a negative length", .tags = "adler32 combine") {
  CHECK_UINT(adler32_combine(1, 1, -1), ==, 0xffffffff);
}

static const z_off_t tail_lengths[] = {0, 1, 4096, 1 << 30};

TEST_EACH("a prepared combination equals the direct one", const z_off_t* length, tail_lengths,
          .tags = "crc32 combine") {
  const uLong operator_for_length = crc32_combine_gen(*length);
  CHECK_UINT(crc32_combine_op(0xcbf43926, 0x352441c2, operator_for_length), ==,
             crc32_combine(0xcbf43926, 0x352441c2, *length));
}

TEST("crc32_combine is associative", .tags = "crc32 combine") {
  unsigned char bytes[SAMPLE_SIZE];
  uLong a;
  uLong b;
  uLong c;
  fill_sample(bytes, SAMPLE_SIZE);
  a = crc32(0, bytes, 700);
  b = crc32(0, bytes + 700, 1100);
  c = crc32(0, bytes + 1800, 1200);
  CHECK_UINT(crc32_combine(crc32_combine(a, b, 1100), c, 1200), ==, crc32_combine(a, crc32_combine(b, c, 1200), 2300));
}

TEST("the table of crc32 is that of its polynomial", .tags = "crc32") {
  const z_crc_t* table = get_crc_table();
  uint32_t index;
  for (index = 0; index < 256; ++index) {
    uint32_t rest = index;
    int bit;
    for (bit = 0; bit < 8; ++bit) {
      rest = (rest >> 1) ^ ((rest & 1u) != 0 ? 0xedb88320u : 0u);
    }
    INFO("entry %u", index);
    CHECK_UINT(table[index], ==, rest);
  }
}

TEST("a message with its own crc32 at the end has the fixed remainder", .tags = "crc32") {
  unsigned char bytes[104];
  uLong crc;
  fill_sample(bytes, 100);
  crc = crc32(0, bytes, 100);
  bytes[100] = (unsigned char)crc;
  bytes[101] = (unsigned char)(crc >> 8);
  bytes[102] = (unsigned char)(crc >> 16);
  bytes[103] = (unsigned char)(crc >> 24);
  CHECK_UINT(crc32(0, bytes, sizeof bytes), ==, 0x2144df1c);
}

TEST("every flipped bit changes both checksums", .tags = "crc32 adler32") {
  unsigned char bytes[64];
  uLong crc;
  uLong adler;
  unsigned bit;
  fill_sample(bytes, sizeof bytes);
  crc = crc32(0, bytes, sizeof bytes);
  adler = adler32(1, bytes, sizeof bytes);
  for (bit = 0; bit < 8 * sizeof bytes; ++bit) {
    bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
    CHECK_UINT(crc32(0, bytes, sizeof bytes), !=, crc);
    CHECK_UINT(adler32(1, bytes, sizeof bytes), !=, adler);
    bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
  }
}

TEST("adler32 of zeros counts them in its upper half", .tags = "adler32") {
  static const unsigned char zeros[70000] = {0};
  CHECK_UINT(adler32(1, zeros, 1000), ==, 1000ul << 16 | 1);
  CHECK_UINT(adler32(1, zeros, sizeof zeros), ==, (70000ul - 65521) << 16 | 1);
}

TEST("adler32 of the largest bytes does not overflow", .tags = "adler32") {
  unsigned char bytes[SAMPLE_SIZE * 4];
  memset(bytes, 0xff, sizeof bytes);
  CHECK_UINT(adler32(1, bytes, sizeof bytes), ==, adler32_by_definition(bytes, sizeof bytes));
}
