import Foundation

/// A fixed block of 32-bit floats, aligned to a cache line, zero at the start, with a spare cache line behind that
/// kernels may read.
///
/// A class because it stands for one piece of memory: kernels write through its pointer. Whoever holds the buffer
/// decides who writes; sharing one between threads is only right while they touch disjoint ranges (gradient shards do).
package final class FloatBuffer: @unchecked Sendable {
    // Guard for `@unchecked`: the type has no mutable Swift state; writers of the memory are separated by range, by
    // contract.

    private static let hugePage = 2 << 20

    /// Floats.
    package let count: Int
    /// The first of them; valid as long as the buffer.
    package let pointer: UnsafeMutablePointer<Float>

    /// Zeros. From 2 MiB on, on huge pages where the system has them.
    package init(count: Int) {
        self.count = count
        let bytes = count * MemoryLayout<Float>.stride + 64
        let raw = UnsafeMutableRawPointer.allocate(
            byteCount: bytes, alignment: bytes >= FloatBuffer.hugePage ? FloatBuffer.hugePage : 64)
        #if canImport(Glibc)
            // Activations of image networks are walked through in megabytes; small pages cost them page walks.
            if bytes >= FloatBuffer.hugePage { madvise(raw, bytes, MADV_HUGEPAGE) }
        #endif
        raw.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
        pointer = raw.assumingMemoryBound(to: Float.self)
    }

    /// A copy of the values.
    package convenience init(_ values: [Float]) {
        self.init(count: values.count)
        copy(from: values)
    }

    deinit { pointer.deallocate() }

    /// A copy of all values.
    package var array: [Float] { Array(UnsafeBufferPointer(start: pointer, count: count)) }

    /// - Precondition: as many values as the buffer has.
    package func copy(from values: [Float]) {
        precondition(values.count == count, "found \(values.count) values for a buffer of \(count)")
        values.withUnsafeBufferPointer { if let base = $0.baseAddress { pointer.update(from: base, count: count) } }
    }

    /// - Precondition: both have the same count.
    package func copy(from other: FloatBuffer) {
        precondition(other.count == count, "found \(other.count) values for a buffer of \(count)")
        pointer.update(from: other.pointer, count: count)
    }

    /// Sets every value.
    package func fill(_ value: Float) { pointer.update(repeating: value, count: count) }
}
