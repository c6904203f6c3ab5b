import Basics

/// Samplers by their configuration names.
package enum Samplers {
    package static let names = [
        RandomSampler.kind, GridSampler.kind, HaltonSampler.kind, TPESampler.kind, CMAESSampler.kind,
        GaussianProcessSampler.kind, NSGA2Sampler.kind,
    ]

    /// - Throws: ``ConfigError`` for an unknown name.
    package static func make(_ name: String, seed: UInt64, at mark: SourceMark? = nil) throws -> any Sampler {
        switch name {
        case RandomSampler.kind: RandomSampler(seed: seed)
        case GridSampler.kind: GridSampler()
        case HaltonSampler.kind: HaltonSampler(seed: seed)
        case TPESampler.kind: TPESampler(seed: seed)
        case CMAESSampler.kind: CMAESSampler(seed: seed)
        case GaussianProcessSampler.kind: GaussianProcessSampler(seed: seed)
        case NSGA2Sampler.kind: NSGA2Sampler(seed: seed)
        default:
            throw ConfigError(
                "found the sampler '\(name)', expected one of \(names.joined(separator: ", "))", at: mark,
                hint: NearestName.of(name, in: names).map { "did you mean '\($0)'?" })
        }
    }
}
