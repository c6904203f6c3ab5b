import Basics

/// Why a sampler proposes nothing.
package enum SearchError: UserFacingError, Equatable {
    /// Every point of a finite space was tried: the search is complete.
    case exhausted
    /// No point that satisfies the constraints, as they were written, was found in so many draws.
    case infeasible(constraints: [String], draws: Int)

    /// Stable name, as `hftml explain` takes it.
    package var code: String {
        switch self {
        case .exhausted: "search.exhausted"
        case .infeasible: "search.infeasible"
        }
    }

    /// What was found.
    package var message: String {
        switch self {
        case .exhausted: return "found every point of the grid tried"
        case .infeasible(let constraints, let draws):
            let texts = constraints.map { "'\($0)'" }.joined(separator: " and ")
            return "found no point that satisfies \(texts) in \(draws) draws"
        }
    }

    /// What to do about it.
    package var hint: String? {
        switch self {
        case .exhausted: "the search is complete; widen the space to continue it"
        case .infeasible: "loosen the constraints, or narrow the ranges to where they hold"
        }
    }
}
