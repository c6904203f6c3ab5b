import Registry

extension VersionReview {
    /// What trading earned in the test of a version's own run, by its own strategy, after costs.
    package struct Test: Sendable, Equatable {
        /// `NAME/VERSION`.
        package let reference: String
        /// As the run recorded them, without their `test.`; empty where it recorded none.
        package let measures: [String: Double]
    }
}

extension ReviewVersion {
    /// - Returns: of the version, then of the one that the gate compared it with.
    static func tests(_ version: VersionRecord, against incumbent: String?, session: Session) throws
        -> [VersionReview.Test]
    {
        let registry = try session.registry()
        return try ([version] + [incumbent].compactMap { $0 }.compactMap { try? registry.version($0) }).map {
            let measures = try registry.latestMetrics(run: $0.run)
            return VersionReview.Test(
                reference: $0.reference,
                measures: Dictionary(
                    uniqueKeysWithValues: measures.filter { $0.key.hasPrefix("test.") }.map {
                        (String($0.key.dropFirst(5)), $0.value)
                    }))
        }
    }
}
