// Declares what is used of libzstd 1, libsnappy 1, liblz4 1, libbrotli 1 and libbz2 1.0 instead of their headers, so
// that only the libraries themselves must be there, and each only when it is used.
#include "CCodecs.h"

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

struct zstd_buffer {
    void *bytes;
    size_t size, position;
};

struct bzip2_state {
    char *next_in;
    unsigned avail_in, total_in_low, total_in_high;
    char *next_out;
    unsigned avail_out, total_out_low, total_out_high;
    void *state;
    void *(*allocate)(void *, int, int);
    void (*release)(void *, void *);
    void *opaque;
};

#define ZSTD(F) \
    F(size_t, ZSTD_decompress, (void *, size_t, const void *, size_t)) \
    F(size_t, ZSTD_compress, (void *, size_t, const void *, size_t, int)) \
    F(size_t, ZSTD_compressBound, (size_t)) \
    F(unsigned, ZSTD_isError, (size_t)) \
    F(void *, ZSTD_createDStream, (void)) \
    F(size_t, ZSTD_freeDStream, (void *)) \
    F(size_t, ZSTD_decompressStream, (void *, struct zstd_buffer *, struct zstd_buffer *))
#define SNAPPY(F) \
    F(int, snappy_uncompress, (const char *, size_t, char *, size_t *)) \
    F(int, snappy_uncompressed_length, (const char *, size_t, size_t *)) \
    F(int, snappy_compress, (const char *, size_t, char *, size_t *)) \
    F(size_t, snappy_max_compressed_length, (size_t))
#define LZ4(F) \
    F(int, LZ4_decompress_safe, (const char *, char *, int, int)) \
    F(int, LZ4_compress_default, (const char *, char *, int, int)) \
    F(int, LZ4_compressBound, (int)) \
    F(unsigned, LZ4F_isError, (size_t)) \
    F(size_t, LZ4F_createDecompressionContext, (void **, unsigned)) \
    F(size_t, LZ4F_freeDecompressionContext, (void *)) \
    F(size_t, LZ4F_decompress, (void *, void *, size_t *, const void *, size_t *, const void *)) \
    F(size_t, LZ4F_compressFrame, (void *, size_t, const void *, size_t, const void *)) \
    F(size_t, LZ4F_compressFrameBound, (size_t, const void *))
#define BROTLI_DECODER(F) \
    F(void *, BrotliDecoderCreateInstance, (void *(*)(void *, size_t), void (*)(void *, void *), void *)) \
    F(void, BrotliDecoderDestroyInstance, (void *)) \
    F(int, BrotliDecoderDecompressStream, \
      (void *, size_t *, const uint8_t **, size_t *, uint8_t **, size_t *))
#define BROTLI_ENCODER(F) \
    F(size_t, BrotliEncoderMaxCompressedSize, (size_t)) \
    F(int, BrotliEncoderCompress, (int, int, int, size_t, const uint8_t *, size_t *, uint8_t *))
#define BZIP2(F) \
    F(int, BZ2_bzDecompressInit, (struct bzip2_state *, int, int)) \
    F(int, BZ2_bzDecompress, (struct bzip2_state *)) \
    F(int, BZ2_bzDecompressEnd, (struct bzip2_state *))

#define MEMBER(type, name, arguments) type (*name) arguments;
static struct {
    ZSTD(MEMBER) SNAPPY(MEMBER) LZ4(MEMBER) BROTLI_DECODER(MEMBER) BROTLI_ENCODER(MEMBER) BZIP2(MEMBER)
} lib;

// Each group is loaded once, whoever comes first; a missing library stays missing for the life of the process.
#define FIND(type, name, arguments) \
    if (!(lib.name = (__typeof__(lib.name))dlsym(library, #name))) return;
#define LOADER(group, FUNCTIONS, file) \
    static pthread_once_t group##_once = PTHREAD_ONCE_INIT; \
    static int has_##group; \
    static void load_##group(void) { \
        void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL); \
        if (!library) return; \
        FUNCTIONS(FIND) \
        has_##group = 1; \
    }
LOADER(zstd, ZSTD, "libzstd.so.1")
LOADER(snappy, SNAPPY, "libsnappy.so.1")
LOADER(lz4, LZ4, "liblz4.so.1")
LOADER(brotli_decoder, BROTLI_DECODER, "libbrotlidec.so.1")
LOADER(brotli_encoder, BROTLI_ENCODER, "libbrotlienc.so.1")
LOADER(bzip2, BZIP2, "libbz2.so.1.0")
#define LOADED(group) (pthread_once(&group##_once, load_##group) == 0 && has_##group)

int hftml_codec_load(int codec) {
    switch (codec) {
        case hftml_codec_zstd: return LOADED(zstd) ? 0 : -1;
        case hftml_codec_snappy: return LOADED(snappy) ? 0 : -1;
        case hftml_codec_lz4:
        case hftml_codec_lz4_frame: return LOADED(lz4) ? 0 : -1;
        case hftml_codec_brotli: return LOADED(brotli_decoder) && LOADED(brotli_encoder) ? 0 : -1;
        case hftml_codec_bzip2: return LOADED(bzip2) ? 0 : -1;
        default: return -1;
    }
}

// One frame through the stream's functions, which alone say whether anything lies behind it.
static int decompress_stream(int codec, const void *stored, size_t stored_size, void *raw, size_t raw_size) {
    void *stream = hftml_stream_open(codec);
    if (!stream) return -1;
    // A place to write to, so that an empty block can end and a block that is too long is seen.
    char more;
    int result = 0, is_over = 0;
    while (result == 0) {
        const size_t in_before = stored_size, out_before = raw_size;
        void *out = raw_size > 0 ? raw : &more;
        size_t out_left = raw_size > 0 ? raw_size : 1;
        result = hftml_stream_step(stream, &stored, &stored_size, &out, &out_left);
        if (raw_size > 0) {
            raw = out;
            raw_size = out_left;
        } else if (out_left == 0) {
            is_over = 1;
        }
        if (is_over || (result == 0 && stored_size == in_before && raw_size == out_before)) break;
    }
    hftml_stream_close(stream);
    return result == 1 && !is_over && stored_size == 0 && raw_size == 0 ? 0 : -2;
}

int hftml_codec_decompress(int codec, const void *stored, size_t stored_size, void *raw, size_t raw_size) {
    if (hftml_codec_load(codec) != 0) return -1;
    char nothing;
    if (raw_size == 0) raw = &nothing;
    if (stored_size == 0) return -2;
    switch (codec) {
        case hftml_codec_zstd: {
            const size_t size = lib.ZSTD_decompress(raw, raw_size, stored, stored_size);
            return !lib.ZSTD_isError(size) && size == raw_size ? 0 : -2;
        }
        case hftml_codec_snappy: {
            size_t size = 0;
            if (lib.snappy_uncompressed_length(stored, stored_size, &size) != 0 || size != raw_size) return -2;
            return lib.snappy_uncompress(stored, stored_size, raw, &size) == 0 && size == raw_size ? 0 : -2;
        }
        case hftml_codec_lz4: {
            if (stored_size > INT_MAX || raw_size > INT_MAX) return -2;
            const int size = lib.LZ4_decompress_safe(stored, raw, (int)stored_size, (int)raw_size);
            return size >= 0 && (size_t)size == raw_size ? 0 : -2;
        }
        case hftml_codec_lz4_frame:
        case hftml_codec_brotli: return decompress_stream(codec, stored, stored_size, raw, raw_size);
        default: return -2;
    }
}

size_t hftml_codec_bound(int codec, size_t raw_size) {
    if (hftml_codec_load(codec) != 0 || raw_size > INT_MAX) return 0;
    switch (codec) {
        case hftml_codec_zstd: return lib.ZSTD_compressBound(raw_size);
        case hftml_codec_snappy: return lib.snappy_max_compressed_length(raw_size);
        case hftml_codec_lz4: return (size_t)lib.LZ4_compressBound((int)raw_size);
        case hftml_codec_lz4_frame: return lib.LZ4F_compressFrameBound(raw_size, 0);
        case hftml_codec_brotli: return lib.BrotliEncoderMaxCompressedSize(raw_size);
        default: return 0;
    }
}

size_t hftml_codec_compress(int codec, const void *raw, size_t raw_size, void *stored, size_t capacity) {
    if (hftml_codec_load(codec) != 0 || raw_size > INT_MAX) return 0;
    const char nothing = 0;
    if (raw_size == 0) raw = &nothing;
    size_t size = capacity;
    switch (codec) {
        case hftml_codec_zstd:
            size = lib.ZSTD_compress(stored, capacity, raw, raw_size, 3);
            return lib.ZSTD_isError(size) ? 0 : size;
        case hftml_codec_snappy: return lib.snappy_compress(raw, raw_size, stored, &size) == 0 ? size : 0;
        case hftml_codec_lz4: {
            const int limit = capacity > INT_MAX ? INT_MAX : (int)capacity;
            const int written = lib.LZ4_compress_default(raw, stored, (int)raw_size, limit);
            return written > 0 ? (size_t)written : 0;
        }
        case hftml_codec_lz4_frame:
            size = lib.LZ4F_compressFrame(stored, capacity, raw, raw_size, 0);
            return lib.LZ4F_isError(size) ? 0 : size;
        case hftml_codec_brotli:
            // Quality 5 of 11 and the usual window: where more time begins to buy little.
            return lib.BrotliEncoderCompress(5, 22, 0, raw_size, raw, &size, stored) == 1 ? size : 0;
        default: return 0;
    }
}

struct stream {
    int codec;
    // Of bzip2 and brotli: a stream that has ended begins anew.
    int is_open;
    void *state;
    struct bzip2_state bzip2;
};

static int begin(struct stream *stream) {
    switch (stream->codec) {
        case hftml_codec_zstd: return (stream->state = lib.ZSTD_createDStream()) ? 0 : -1;
        case hftml_codec_lz4_frame:
            return lib.LZ4F_isError(lib.LZ4F_createDecompressionContext(&stream->state, 100)) ? -1 : 0;
        case hftml_codec_brotli: return (stream->state = lib.BrotliDecoderCreateInstance(0, 0, 0)) ? 0 : -1;
        case hftml_codec_bzip2: return lib.BZ2_bzDecompressInit(&stream->bzip2, 0, 0) == 0 ? 0 : -1;
        default: return -1;
    }
}

static void end(struct stream *stream) {
    if (!stream->is_open) return;
    stream->is_open = 0;
    switch (stream->codec) {
        case hftml_codec_zstd: lib.ZSTD_freeDStream(stream->state); break;
        case hftml_codec_lz4_frame: lib.LZ4F_freeDecompressionContext(stream->state); break;
        case hftml_codec_brotli: lib.BrotliDecoderDestroyInstance(stream->state); break;
        case hftml_codec_bzip2: lib.BZ2_bzDecompressEnd(&stream->bzip2); break;
        default: break;
    }
}

void *hftml_stream_open(int codec) {
    if (codec == hftml_codec_snappy || codec == hftml_codec_lz4 || hftml_codec_load(codec) != 0) return 0;
    struct stream *stream = calloc(1, sizeof *stream);
    if (!stream) return 0;
    stream->codec = codec;
    if (begin(stream) != 0) {
        free(stream);
        return 0;
    }
    stream->is_open = 1;
    return stream;
}

static int step_bzip2(struct bzip2_state *state, const void **in, size_t *in_left, void **out, size_t *out_left) {
    const unsigned taken = *in_left > UINT_MAX ? UINT_MAX : (unsigned)*in_left;
    const unsigned room = *out_left > UINT_MAX ? UINT_MAX : (unsigned)*out_left;
    state->next_in = (char *)*in;
    state->avail_in = taken;
    state->next_out = *out;
    state->avail_out = room;
    const int result = lib.BZ2_bzDecompress(state);
    *in = state->next_in;
    *in_left -= taken - state->avail_in;
    *out = state->next_out;
    *out_left -= room - state->avail_out;
    return result == 4 ? 1 : result == 0 ? 0 : -2;
}

int hftml_stream_step(void *opaque, const void **in, size_t *in_left, void **out, size_t *out_left) {
    struct stream *stream = opaque;
    if (!stream->is_open) {
        if (begin(stream) != 0) return -2;
        stream->is_open = 1;
    }
    int result = -2;
    switch (stream->codec) {
        case hftml_codec_zstd: {
            struct zstd_buffer input = {(void *)*in, *in_left, 0}, output = {*out, *out_left, 0};
            const size_t hint = lib.ZSTD_decompressStream(stream->state, &output, &input);
            *in = (const char *)*in + input.position;
            *in_left -= input.position;
            *out = (char *)*out + output.position;
            *out_left -= output.position;
            return lib.ZSTD_isError(hint) ? -2 : hint == 0;
        }
        case hftml_codec_lz4_frame: {
            size_t taken = *in_left, filled = *out_left;
            const size_t hint = lib.LZ4F_decompress(stream->state, *out, &filled, *in, &taken, 0);
            if (lib.LZ4F_isError(hint)) return -2;
            *in = (const char *)*in + taken;
            *in_left -= taken;
            *out = (char *)*out + filled;
            *out_left -= filled;
            return hint == 0;
        }
        case hftml_codec_brotli:
            result = lib.BrotliDecoderDecompressStream(
                stream->state, in_left, (const uint8_t **)in, out_left, (uint8_t **)out, 0);
            result = result == 0 ? -2 : result == 1;
            break;
        case hftml_codec_bzip2: result = step_bzip2(&stream->bzip2, in, in_left, out, out_left); break;
        default: break;
    }
    if (result == 1) {
        end(stream);
        stream->bzip2 = (struct bzip2_state){0};
    }
    return result;
}

void hftml_stream_close(void *opaque) {
    struct stream *stream = opaque;
    if (!stream) return;
    end(stream);
    free(stream);
}
