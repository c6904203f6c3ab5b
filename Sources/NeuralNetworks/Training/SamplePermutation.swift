import Basics

/// The order of an epoch: a permutation of 0 ..< count as a formula, so that a billion samples need no table of their
/// order.
///
/// Four rounds of a Feistel network on the next power of four, walked until inside the range (Black & Rogaway 2002); a
/// function of seed and epoch alone, so a resumed run walks the same samples. About 20 ns an index.
package struct SamplePermutation: Sendable {
    private let count: UInt64
    private let halfBits: UInt64
    private let mask: UInt64
    private let keys: (UInt64, UInt64, UInt64, UInt64)

    /// The order of one epoch, counted from 0.
    package init(count: Int, seed: UInt64, epoch: Int) {
        self.count = UInt64(count)
        var bits: UInt64 = 1
        while UInt64(1) << (2 * bits) < UInt64(max(count, 2)) { bits += 1 }
        halfBits = bits
        mask = (1 << bits) - 1
        var random = SeededRandom(seed: seed, 0x0E0C, UInt64(epoch))
        keys = (random.next(), random.next(), random.next(), random.next())
    }

    /// The sample at a position; both below `count`.
    package func callAsFunction(_ position: Int) -> Int {
        var value = UInt64(position)
        repeat { value = mixed(value) } while value >= count
        return Int(value)
    }

    @inline(__always)
    private func mixed(_ value: UInt64) -> UInt64 {
        var left = value >> halfBits, right = value & mask
        func round(_ key: UInt64) {
            let next = left ^ (scrambled(right &+ key) & mask)
            left = right
            right = next
        }
        round(keys.0)
        round(keys.1)
        round(keys.2)
        round(keys.3)
        return left << halfBits | right
    }

    /// The finaliser of SplitMix64.
    @inline(__always)
    private func scrambled(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
