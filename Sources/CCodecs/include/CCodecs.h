#pragma once
// The decompressors of table files, each loaded when it is first needed: a machine without one of them still runs.

#include <stddef.h>

enum {
    hftml_codec_zstd = 0,
    hftml_codec_snappy = 1,
    // Bare blocks.
    hftml_codec_lz4 = 2,
    hftml_codec_lz4_frame = 3,
    hftml_codec_brotli = 4,
    // Only as a stream.
    hftml_codec_bzip2 = 5,
};

// 0 if the library is there; from any thread.
int hftml_codec_load(int codec);

// Decompresses a whole block into exactly raw_size bytes. 0: done; -1: no library; -2: damaged, or of another size.
int hftml_codec_decompress(int codec, const void *stored, size_t stored_size, void *raw, size_t raw_size);

// Bytes that compressing so many can take at most; 0 if they are too many or the library is missing.
size_t hftml_codec_bound(int codec, size_t raw_size);

// Bytes written, at most capacity; 0 on failure.
size_t hftml_codec_compress(int codec, const void *raw, size_t raw_size, void *stored, size_t capacity);

// State of decompressing a stream of zstd, LZ4 frames, brotli or bzip2; null without library or memory.
void *hftml_stream_open(int codec);

// Takes from *in, fills *out, and moves both on. 0: goes on; 1: a frame ended, another may follow; -2: damaged.
int hftml_stream_step(void *stream, const void **in, size_t *in_left, void **out, size_t *out_left);

void hftml_stream_close(void *stream);
