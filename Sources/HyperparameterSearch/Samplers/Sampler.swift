import Basics

/// Where to look next, from what is known.
///
/// The same history, number and seed give the same point; draws are keyed by the trial's number, so workers that ask at
/// the same time look in different places.
package protocol Sampler: Sendable {
    static var kind: String { get }
    /// - Throws: ``Failure`` with code `search.infeasible` when no point satisfies the constraints, `search.exhausted`
    ///   when a finite space is.
    func propose(number: Int, _ history: TrialHistory) throws -> Proposal
}

package struct Proposal: Sendable, Equatable {
    package var point: Point
    /// See ``Trial/tag``.
    package var tag: Int

    package init(_ point: Point, tag: Int = 0) {
        self.point = point
        self.tag = tag
    }
}

/// Purposes of random draws, so that samplers never share a stream.
enum DrawPurpose {
    static let uniform: UInt64 = 0x5A01
    static let halton: UInt64 = 0x5A02
    static let parzen: UInt64 = 0x5A03
    static let evolution: UInt64 = 0x5A04
    static let gaussian: UInt64 = 0x5A05
    static let genetic: UInt64 = 0x5A06
    static let forest: UInt64 = 0x5A07
}

extension Sampler {
    /// The first of many candidates that satisfies the constraints.
    func feasible(_ space: SearchSpace, _ draw: (Int) -> Point) throws -> Point {
        for attempt in 0..<10_000 {
            let point = draw(attempt)
            if space.isFeasible(point) { return point }
        }
        throw Failure(
            "search.infeasible",
            "found no point that satisfies \(space.constraints.map { "'\($0.text)'" }.joined(separator: " and ")) in "
                + "10,000 draws",
            hint: "loosen the constraints, or narrow the ranges to where they hold")
    }
}

/// Points drawn alike from the whole space.
package struct RandomSampler: Sampler {
    package static let kind = "random"
    let seed: UInt64

    package init(seed: UInt64) { self.seed = seed }

    package func propose(number: Int, _ history: TrialHistory) throws -> Proposal {
        var random = SeededRandom(seed: seed, DrawPurpose.uniform, UInt64(number))
        let space = history.space
        return Proposal(try feasible(space) { _ in space.point(units: space.parameters.map { _ in random.uniform() }) })
    }
}

/// Every combination of the parameters' values, once. Continuous parameters are cut into `divisions` values.
package struct GridSampler: Sampler {
    package static let kind = "grid"
    let divisions: Int

    package init(divisions: Int = 5) { self.divisions = divisions }

    /// Distinct feasible points in the order of the parameters, the last one fastest; no more than `limit`.
    package func points(_ space: SearchSpace, limit: Int) -> [Point] {
        var out: [Point] = [], point = Point(repeating: .nan, count: space.parameters.count)
        func fill(_ index: Int) {
            guard out.count < limit else { return }
            guard index < space.parameters.count else {
                if space.isFeasible(point) { out.append(point) }
                return
            }
            guard space.isActive(index, in: point) else {
                point[index] = .nan
                return fill(index + 1)
            }
            let parameter = space.parameters[index], count = parameter.count ?? divisions
            for k in 0..<count {
                // Discrete values sit in the middle of their share, the cuts of a continuum include its ends.
                let unit =
                    parameter.count == nil
                    ? (count > 1 ? Double(k) / Double(count - 1) : 0.5) : (Double(k) + 0.5) / Double(count)
                point[index] = parameter.value(unit: unit)
                fill(index + 1)
            }
            point[index] = .nan
        }
        fill(0)
        // Shares on a logarithmic scale are not equal, so a value may come twice.
        var seen: Set<[UInt64]> = []
        return out.filter { seen.insert($0.map(\.bitPattern)).inserted }
    }

    package func propose(number: Int, _ history: TrialHistory) throws -> Proposal {
        // Failed trials give their place back, so places are counted by what was tried, not by numbers.
        let taken = Set(
            history.trials.filter { !$0.point.isEmpty && $0.state != .failed }.map { $0.point.map(\.bitPattern) })
        guard let next = points(history.space, limit: 1_000_000).first(where: { !taken.contains($0.map(\.bitPattern)) })
        else {
            throw Failure(
                "search.exhausted", "found every point of the grid tried",
                hint: "the search is complete; widen the space to go on")
        }
        return Proposal(next)
    }
}
