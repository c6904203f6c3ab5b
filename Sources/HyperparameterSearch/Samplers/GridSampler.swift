/// Every combination of the parameters' values, once. Continuous parameters are cut into `divisions` values.
package struct GridSampler: Sampler {
    package static let kind = "grid"
    package static let summary = "Every combination of values once; ranges are cut into five."
    let divisions: Int

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

    package func propose(number: Int, _ history: TrialHistory) throws -> Proposal {
        // Failed trials give their place back, so places are counted by what was tried, not by numbers.
        let taken = Set(
            history.trials.filter { !$0.point.isEmpty && $0.state != .failed }.map { $0.point.map(\.bitPattern) })
        guard let next = points(history.space, limit: 1_000_000).first(where: { !taken.contains($0.map(\.bitPattern)) })
        else {
            throw SearchError.exhausted
        }
        return Proposal(next)
    }
}
