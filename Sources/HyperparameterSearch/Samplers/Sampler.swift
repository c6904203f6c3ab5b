import Basics

/// Where to look next, from what is known.
///
/// The same history, number and seed give the same point; draws are keyed by the trial's number, so workers that ask at
/// the same time look in different places.
///
/// A new sampler is one file here and one line in ``Samplers/kinds``.
package protocol Sampler: Sendable {
    /// As configurations write it.
    static var kind: String { get }
    /// One sentence for the reference documentation.
    static var summary: String { get }
    /// A sampler whose draws follow from the seed.
    init(seed: UInt64)
    /// - Parameter number: of the trial that the proposal is for.
    /// - Throws: ``SearchError/infeasible(constraints:draws:)`` when no point satisfies the constraints,
    ///   ``SearchError/exhausted`` when every point of a finite space was tried.
    func propose(number: Int, _ history: TrialHistory) throws -> Proposal
}

/// Where a trial shall look.
package struct Proposal: Sendable, Equatable {
    /// One number a parameter; see ``Point``.
    package var point: Point
    /// See ``Trial/tag``.
    package var tag: Int

    /// A point, with what the sampler remembers of it.
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
        let draws = 10_000
        for attempt in 0..<draws {
            let point = draw(attempt)
            if space.isFeasible(point) { return point }
        }
        throw SearchError.infeasible(constraints: space.constraints.map(\.text), draws: draws)
    }
}
