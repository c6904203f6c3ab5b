import Synchronization

/// Every combination of the parameters' values, once. Continuous parameters are cut into `divisions` values.
///
/// A point that was tried is not tried again, whatever came of it: one that failed would fail again, and the search
/// would never get beyond it.
package struct GridSampler: Sampler {
    package static let kind = "grid"
    package static let summary = "Every combination of values once; ranges are cut into five."
    let divisions: Int
    private let walk = GridWalk()

    /// - Parameter divisions: values that a continuum is cut into, its ends included.
    package init(divisions: Int = 5) { self.divisions = divisions }
    /// The grid knows no chance.
    package init(seed: UInt64) { self.init() }

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
                guard out.count < limit else { break }
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

    /// Amortised O(1) a trial for a history that grows, and O(points) for the first.
    package func propose(number: Int, _ history: TrialHistory) throws -> Proposal {
        guard let next = walk.next(history, number: number, points: { points($0, limit: 1_000_000) }) else {
            throw SearchError.exhausted
        }
        return Proposal(next)
    }
}

/// The points of a grid, and how far the trials of a study have come among them. What it gives follows from the history
/// alone; what it remembers saves looking at every trial again.
private final class GridWalk: Sendable {
    private struct State {
        var space: SearchSpace?
        var points: [Point] = []
        var positions: [[UInt64]: Int] = [:]
        var isTaken: [Bool] = []
        /// Points before this one are taken.
        var first = 0
        /// Trials before this one were looked at; those of them that had no point yet are to be looked at again.
        var known = 0
        var open: [Int] = []
        var beginning: Point = []
    }

    private let state = Mutex(State())

    /// The next free point; nil where there is none.
    ///
    /// Processes that ask at the same time have claimed different numbers and do not know of each other's point yet:
    /// every one leaves as many free points alone as trials before its own have none.
    func next(_ history: TrialHistory, number: Int, points: (SearchSpace) -> [Point]) -> Point? {
        state.withLock { state in
            if state.space != history.space || history.trials.count < state.known
                || (history.trials.first?.point ?? []).map(\.bitPattern) != state.beginning.map(\.bitPattern)
            {
                state = State()
                (state.space, state.points) = (history.space, points(history.space))
                state.isTaken = [Bool](repeating: false, count: state.points.count)
                for (position, point) in state.points.enumerated() {
                    state.positions[point.map(\.bitPattern)] = position
                }
            }
            let looked = state.open + (state.known..<history.trials.count)
            (state.open, state.known) = ([], history.trials.count)
            state.beginning = history.trials.first?.point ?? []
            var waiting = 0
            for index in looked {
                let trial = history.trials[index]
                if let position = state.positions[trial.point.map(\.bitPattern)] {
                    state.isTaken[position] = true
                } else if trial.point.isEmpty, !trial.state.isFinished {
                    state.open.append(index)
                    if trial.number < number { waiting += 1 }
                }
            }
            while state.first < state.points.count, state.isTaken[state.first] { state.first += 1 }
            var position = state.first
            while position < state.points.count {
                if !state.isTaken[position] {
                    if waiting == 0 { return state.points[position] }
                    waiting -= 1
                }
                position += 1
            }
            return nil
        }
    }
}
