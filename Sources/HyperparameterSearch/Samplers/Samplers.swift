package import Basics

/// Samplers by their configuration names. A new one is a file beside this one and a line here.
package enum Samplers {
    /// By name, in the order of the reference documentation.
    package static let kinds = Kinds<any Sampler.Type>(
        "sampler",
        [
            entry(RandomSampler.self), entry(GridSampler.self), entry(HaltonSampler.self), entry(TPESampler.self),
            entry(CMAESSampler.self), entry(GaussianProcessSampler.self), entry(NSGA2Sampler.self),
        ])

    /// As configurations write them.
    package static var names: [String] { kinds.names }

    /// - Throws: ``ConfigError`` for an unknown name.
    package static func make(_ name: String, seed: UInt64, at mark: SourceMark? = nil) throws -> any Sampler {
        try kinds.find(name, at: mark).init(seed: seed)
    }

    private static func entry<S: Sampler>(_ sampler: S.Type) -> Kinds<any Sampler.Type>.Entry {
        .init(sampler.kind, sampler.summary, sampler)
    }
}
