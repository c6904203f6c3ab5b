import Basics

/// Quasi-random points: each prefix of the sequence covers the space more evenly than random points would.
///
/// Halton's radical inverses in the first primes, digits permuted at random per dimension and place (Owen 2017,
/// arXiv:1706.02808), which breaks the correlation between high dimensions.
package struct HaltonSampler: Sampler {
    package static let kind = "halton"
    package static let summary = "Quasi-random points, which cover the space more evenly than random ones."
    let seed: UInt64

    /// The seed decides the permutations of digits.
    package init(seed: UInt64) { self.seed = seed }

    package func propose(number: Int, _ history: TrialHistory) throws -> Proposal {
        let space = history.space, dimensions = space.parameters.count
        var random = SeededRandom(seed: seed, DrawPurpose.halton, UInt64(number))
        return Proposal(
            try feasible(space) { attempt in
                // A place that the constraints forbid is replaced by a random one, so the sequence stays what it is for
                // the rest.
                space.point(
                    units: attempt == 0
                        ? Halton.point(number, dimensions: dimensions, seed: seed)
                        : (0..<dimensions).map { _ in random.uniform() })
            })
    }
}

/// The sequence by itself: places in [0, 1) by number and dimension.
package enum Halton {
    /// Point `index` of the permuted sequence in [0, 1)ᵈ.
    package static func point(_ index: Int, dimensions: Int, seed: UInt64) -> [Double] {
        (0..<dimensions).map { radicalInverse(index, base: prime($0), dimension: $0, seed: seed) }
    }

    private static func radicalInverse(_ index: Int, base: Int, dimension: Int, seed: UInt64) -> Double {
        var value = 0.0, scale = 1.0, rest = index
        // Permuted zeros count too, so digits go on until they no longer matter.
        for place in 0... {
            scale /= Double(base)
            if scale < 0x1p-40 { break }
            let digit = rest % base
            rest /= base
            value += scale * Double(permuted(digit, base: base, seed: seed, dimension: dimension, place: place))
        }
        return min(value, 1 - 0x1p-40)
    }

    /// The image of a digit under the permutation of one place, by Fisher–Yates over the base.
    private static func permuted(_ digit: Int, base: Int, seed: UInt64, dimension: Int, place: Int) -> Int {
        var random = SeededRandom(seed: seed, DrawPurpose.halton, UInt64(dimension) << 32 | UInt64(place))
        if base == 2 { return digit ^ Int(random.next() >> 63) }
        return withUnsafeTemporaryAllocation(of: Int.self, capacity: base) { digits in
            for i in 0..<base { digits.initializeElement(at: i, to: i) }
            for i in stride(from: base - 1, to: 0, by: -1) { digits.swapAt(i, random.index(below: i + 1)) }
            return digits[digit]
        }
    }

    /// The n-th prime, from 2.
    private static func prime(_ n: Int) -> Int {
        if n < primes.count { return primes[n] }
        var candidate = primes[primes.count - 1], found = primes.count - 1
        while found < n {
            candidate += 2
            if !(2...).lazy.prefix(while: { $0 * $0 <= candidate }).contains(where: { candidate % $0 == 0 }) {
                found += 1
            }
        }
        return candidate
    }

    private static let primes = [
        2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107,
        109, 113,
    ]
}
