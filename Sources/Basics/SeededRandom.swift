import Foundation

/// A small, fast, seedable generator: SplitMix64 (Steele, Lea, Flood 2014, doi:10.1145/2660193.2660195).
///
/// The sequence of a seed is part of the reproducibility contract and never changes. Not for keys.
package struct SeededRandom: RandomNumberGenerator, Sendable {
    /// All there is to the generator; a generator seeded with it goes on from here.
    package private(set) var state: UInt64

    package init(seed: UInt64) { state = seed }

    /// A generator for one purpose at one place: keyed by two numbers, never by thread or by how much was drawn before.
    package init(seed: UInt64, _ purpose: UInt64, _ place: UInt64 = 0) {
        var mixer = SeededRandom(seed: seed)
        var key = mixer.next()
        mixer = SeededRandom(seed: key ^ (purpose &* 0xD6E8_FEB8_6659_FD93))
        key = mixer.next()
        mixer = SeededRandom(seed: key ^ (place &* 0xD6E8_FEB8_6659_FD93))
        state = mixer.next()
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Uniform in [0, 1), 53 bits.
    package mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Uniform in [0, 1), 24 bits.
    package mutating func uniformFloat() -> Float { Float(next() >> 40) * 0x1p-24 }

    /// An index below `bound` by multiplication; the bias is below bound / 2⁶⁴.
    package mutating func index(below bound: Int) -> Int {
        Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// Standard normal by twelve uniforms (Irwin–Hall): exact arithmetic only, so the bits are the same on every
    /// platform; tails end at ±6.
    package mutating func approximateNormal() -> Double {
        var sum = -6.0
        for _ in 0..<12 { sum += uniform() }
        return sum
    }

    /// Standard normal by the Box–Muller transform; one of the pair is dropped, so that a draw depends on nothing but
    /// the state.
    package mutating func normal() -> Double { (-2 * log(1 - uniform())).squareRoot() * cos(2 * .pi * uniform()) }

    /// Fisher–Yates, from the end.
    package mutating func shuffle(_ items: inout [Int32]) {
        guard items.count > 1 else { return }
        for i in stride(from: items.count - 1, to: 0, by: -1) { items.swapAt(i, index(below: i + 1)) }
    }
}
